"""From a profile and a target to a plan: which calls, where, with which words."""

import json

import pytest

from checks.target import Target
from checks.target_file import parse_target
from load.baseline import PROFILE
from load.guard import Limits
from load.load_profile import CallName as Call
from load.load_profile import Profile, Share, Stage
from load.plan import Plan, read_plan, write_plan
from load.planning import KNOWN_QUESTIONS, TIMEOUT_S_MIN, endpoints_of, plan_of

API = '[api]\nurl = "http://localhost:8000"\nquery = "/api/v1/query"\n'
FREE = '[openai]\nurl = "http://localhost:1"\npaid = false\n'
EDGAR = '[question]\nticker = "ACME"\nuncached_tickers = "SYN0001..SYN0009"\n'


def target(text: str = API + FREE + EDGAR, top: str = "") -> Target:
    return parse_target(f'name = "x"\n{top}\n{text}', source="x")


def plan(of: Profile = PROFILE, at: Target | None = None) -> Plan:
    return plan_of(of, at or target(), Limits(2000), seed=7)


def test_all_calls_of_a_target_that_has_them() -> None:
    found = {one.name: one for one in plan().endpoints}
    assert set(found) == set(Call)
    assert sum(one.fraction for one in found.values()) == pytest.approx(1.0)
    assert found["question"].url == "http://localhost:8000/api/v1/query"
    assert found["question"].method == "POST" and found["health"].method == "GET"


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        (API + EDGAR, {Call.QUESTION_FRESH, Call.QUESTION_EDGAR}),  # questions cost money
        (API + FREE, {Call.QUESTION_EDGAR}),  # no companies to ask about
        ('[api]\nurl = "http://localhost:8000"\nhealth = false\n' + FREE + EDGAR, {Call.HEALTH}),
        (
            '[api]\nurl = "http://localhost:8000"\nquery = false\n' + FREE + EDGAR,
            {Call.QUESTION, Call.QUESTION_FRESH, Call.QUESTION_EDGAR},
        ),
    ],
)
def test_what_a_target_has_not_is_left_out_and_the_others_make_up_for_it(text: str, left_out: set[Call]) -> None:
    found = endpoints_of(PROFILE, target(text), "a")
    assert set(Call) - {Call(one.name) for one in found} == left_out
    assert sum(one.fraction for one in found) == pytest.approx(1.0)


def test_a_target_with_none_of_the_calls_is_refused_with_the_mend() -> None:
    nothing = target('[api]\nurl = "http://localhost:8000"\nhealth = false\nready = false\nquery = false\n')
    with pytest.raises(ValueError, match=r"give \[api\] its paths"):
        plan(at=nothing)


def test_the_words_of_a_question() -> None:
    found = {one.name: one for one in plan().endpoints}
    assert len(found["question"].bodies) == KNOWN_QUESTIONS == len(set(found["question"].bodies))
    assert "{nonce}" in found["question_fresh"].bodies[0]
    assert json.loads(found["question_edgar"].bodies[0])["ticker"] == "{ticker}"
    assert found["question_edgar"].tickers[0] == "SYN0001" and len(found["question_edgar"].tickers) == 9


def test_stages_follow_each_other_and_the_users_are_for_the_highest_rate() -> None:
    profile = Profile("x", (Stage(10, 5), Stage(80, 2, "peak"), Stage(10, 5)), (Share(Call.HEALTH, 1.0),), 3.0)
    made = plan(profile)
    assert [(one.from_s, one.to_s, one.rate_per_s, one.name) for one in made.stages] == [
        (0, 5, 10, ""),
        (5, 7, 80, "peak"),
        (7, 12, 10, ""),
    ]
    assert made.users == 240
    assert made.planned == 50 + 160 + 50


@pytest.mark.parametrize(("timeout_s", "waits_s"), [(1.0, TIMEOUT_S_MIN), (60.0, 60.0)])
def test_what_is_late_is_waited_for(timeout_s: float, waits_s: float) -> None:
    assert plan(at=target(top=f"timeout_s = {timeout_s}")).timeout_s == waits_s


def test_a_plan_survives_its_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = plan()
    assert read_plan(write_plan(made, tmp_path_factory.mktemp("plan"))) == made


def test_a_token_stands_in_no_plan(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOAD_TOKEN", "hunter2")
    made = plan(at=target(API + 'token_env = "LOAD_TOKEN"\n' + FREE))
    text = write_plan(made, tmp_path_factory.mktemp("plan")).read_text()
    assert "LOAD_TOKEN" in text and "hunter2" not in text
