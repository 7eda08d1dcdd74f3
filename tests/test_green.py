"""On a healthy bench every check passes; and the checks keep their manners: what they send, mark and spend."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from checks import PROBE_HEADER, USER_AGENT
from drills.bench.embedded import Embedded
from tests.harness.certificates import Authority, over_tls
from tests.harness.engine import engine
from tests.harness.faults import chat_calls, use
from tests.harness.front import Asked, Front, Reply, front
from tests.harness.red import all_checks
from tests.harness.runs import EVERYTHING, Scene, look, scene

pytest_plugins = ["tests.harness.fixtures"]

QUERY = "/api/v1/query"
KNOWN = {"question": "What are the main risk factors?", "ticker": "ACME"}
PAID = {"paid = false": "paid = true"}


def _asks_for_the_token(asked: Asked, reply: Reply) -> Reply:
    if asked.method == "POST" and "authorization" not in asked.headers:
        return replace(reply, status=401, body=b'{"error": {"code": "unauthorized"}}')
    return reply


def test_every_check_passes_on_a_healthy_deployment_that_has_everything(healthy: Embedded, tmp_path: Path) -> None:
    """The bench behind TLS and a gate that wants a token, with an engine that says that its containers are fine."""
    authority = Authority()
    use(healthy, [KNOWN])
    with (
        front(healthy.api_url, {QUERY: _asks_for_the_token}) as gate,
        over_tls(
            replace(healthy, api_url=gate.url),
            authority,
            authority.serving(),
            authority.serving(),
            engine(tmp_path / "engine"),
            edits={"[api]\n": '[api]\ntoken_env = "FINCHAT_TOKEN"\n'},
            state=tmp_path / "state",
        ) as given,
    ):
        first = look(given, "-k api_metrics_are_numbers")
        assert first.exit_code == 0, first.text
        assert set(use(healthy, [KNOWN] * 25)) == {200}
        seen = look(given, EVERYTHING)
    assert (seen.exit_code, seen.amiss) == (0, {}), seen.text
    left_out = sorted(all_checks() - seen.passed)
    assert not left_out, f"{left_out} did not run on a target that has everything: give it what it looks at, here"


def _everyone(bench: Embedded, fronts: dict[str, Front]) -> Scene:
    urls = {name: fronts[name].url for name in ("api", "webapp", "edgar", "openai")}
    return scene(
        replace(
            bench,
            api_url=urls["api"],
            webapp_url=urls["webapp"],
            edgar_url=urls["edgar"],
            openai_url=urls["openai"],
        )
    )


def _requests(bench: Embedded, arguments: str) -> dict[str, list[Asked]]:
    """What each service and upstream is sent by a run of the checks that passes."""
    with (
        front(bench.api_url) as api,
        front(bench.webapp_url) as webapp,
        front(bench.edgar_url) as edgar,
        front(bench.openai_url) as openai,
    ):
        fronts = {"api": api, "webapp": webapp, "edgar": edgar, "openai": openai}
        seen = look(_everyone(bench, fronts), arguments)
        assert "fail" not in {verdict.outcome for verdict in seen.amiss.values()}, seen.text
    return {name: one.seen for name, one in fronts.items()}


def test_p0_sends_gets_and_the_one_post_without_a_token(healthy: Embedded) -> None:
    requests = _requests(healthy, "-m p0 --access=http,docker,host,logs --max-paid-calls=9")
    posts = [asked for asked in [*requests["api"], *requests["webapp"]] if asked.method != "GET"]
    assert [(asked.method, asked.path, asked.body) for asked in posts] == [("POST", "/query", b"")]
    assert "authorization" not in posts[0].headers
    assert requests["webapp"].count(posts[0]) == 1
    assert requests["edgar"] == requests["openai"] == []
    assert not any("authorization" in asked.headers for asked in [*requests["api"], *requests["webapp"]])


def test_every_request_says_that_it_is_a_probe(healthy: Embedded) -> None:
    requests = _requests(healthy, EVERYTHING)
    assert {name for name, seen in requests.items() if seen} == {"api", "webapp", "edgar", "openai"}
    for asked in [asked for seen in requests.values() for asked in seen]:
        assert asked.headers.get(PROBE_HEADER.lower()) == "1", asked
        assert asked.headers["user-agent"].startswith("finchat-checks"), asked
    assert {asked.headers["user-agent"] for asked in requests["api"]} == {USER_AGENT}
    # EDGAR wants to know whom to write to.
    assert all("@" in asked.headers["user-agent"] for asked in requests["edgar"])


def test_a_question_is_new_in_each_run(healthy: Embedded) -> None:
    given, counts = scene(healthy), [chat_calls(healthy)]
    for _ in range(2):
        assert look(given, "-k api_answers_a_fresh_question").exit_code == 0
        counts.append(chat_calls(healthy))
    assert [after - before for before, after in itertools.pairwise(counts)] == [1, 1]


@pytest.mark.parametrize("budget", [0, 1, 2])
def test_a_budget_for_paid_calls_is_kept(budget: int, healthy: Embedded) -> None:
    before = chat_calls(healthy)
    seen = look(scene(healthy, edits=PAID), f"--max-paid-calls={budget}")
    assert "fail" not in {verdict.outcome for verdict in seen.amiss.values()}, seen.text
    assert f"costs money, --max-paid-calls is {budget}" in seen.text
    assert chat_calls(healthy) - before <= budget
    assert ("api_answers_a_fresh_question" in seen.passed) == (budget > 0)


def test_no_budget_is_needed_where_questions_cost_nothing(healthy: Embedded) -> None:
    seen = look(scene(healthy), "-k question")
    assert seen.passed >= {"api_answers_a_fresh_question", "api_answers_known_question", "web_page_answers_a_question"}
