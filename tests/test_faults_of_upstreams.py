"""The faults that stand-ins show, the questions that make the service meet them, and the faults by name."""

import json
from pathlib import Path

import httpx
import msgspec
import pytest

from drills.faults.app_errors import AppErrors
from drills.faults.fault import FaultError
from drills.faults.openai_key_revoked import OpenAIKeyRevoked
from drills.faults.openai_timeout import OpenAITimeout
from drills.faults.questions import ask, fresh, fresh_company, known
from drills.faults.rate_limited import RateLimited
from drills.faults.registry import FAULTS, make
from drills.faults.stand_in import StandIn
from tests.fault_fakes import KEY, FaultBench, ShellHost, StandIns

NOTHING: dict[str, list[int | None]] = {"edgar": [], "openai": []}


@pytest.fixture
def bench(tmp_path: Path) -> FaultBench:
    host = ShellHost(tmp_path)
    host.stub("curl", "echo 502")
    return FaultBench(host)


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> StandIns:
    fake = StandIns()
    client = fake.client

    class Httpx:
        Client = staticmethod(client)
        Response, HTTPError = httpx.Response, httpx.HTTPError

    monkeypatch.setattr("drills.faults.stand_in.httpx", Httpx)
    return fake


def test_application_errors_are_500_from_both_upstreams_and_a_dozen_questions(
    bench: FaultBench, stand_ins: StandIns
) -> None:
    AppErrors().inject(bench)
    assert stand_ins.rules() == {"edgar": [500], "openai": [500]}
    assert len(bench.host.calls("curl")) == 12
    AppErrors().cure(bench)
    assert stand_ins.rules() == NOTHING


@pytest.mark.parametrize(("down", "left"), [("edgar", "openai"), ("openai", "edgar")])
def test_where_one_stand_in_cannot_be_cured_the_other_is(
    bench: FaultBench, stand_ins: StandIns, down: str, left: str
) -> None:
    AppErrors().inject(bench)
    stand_ins.down.add(down)
    with pytest.raises(FaultError, match=f"The stand-in {down} does not take DELETE /rules: Connection refused"):
        AppErrors().cure(bench)
    assert stand_ins.rules()[left] == []


LOGGED = "12:00 ERROR finchat_sec_qa.edgar error edgar_unavailable"
ERRORS = {
    "it gives 502 and logs it": ("502", LOGGED, True),
    "it gives 503 and logs it": ("503", LOGGED, True),
    "it answers, and logged something": ("200", LOGGED, False),
    "it gives 502 and logs nothing of it": ("502", "12:00 INFO fine", False),
    "the question is at fault": ("422", LOGGED, False),
    "it does not answer": ("000", LOGGED, False),
}


@pytest.mark.parametrize("what", ERRORS)
def test_application_errors_are_witnessed_only_when(what: str, bench: FaultBench) -> None:
    status, logged, witnessed = ERRORS[what]
    bench.host.stub("curl", f"echo {status}")
    bench.host.stub("docker", f"echo '{logged}' >&2")
    evidence = f"a fresh question on the host got {status}; the engine's log of finchat-api: {logged}"
    assert AppErrors().witness(bench) == (evidence if witnessed else None)
    assert bench.host.calls("docker") == ["logs --since 60s finchat-api"]


def test_a_rate_limit_is_429_from_edgar_alone_and_a_few_questions_about_companies_that_nobody_asks_about(
    bench: FaultBench, stand_ins: StandIns
) -> None:
    RateLimited().inject(bench)
    assert stand_ins.rules() == {"edgar": [429], "openai": []}
    assert len(bench.host.calls("curl")) == 4
    assert all('"ticker": "SYN' in call for call in bench.host.calls("curl"))
    RateLimited().cure(bench)
    assert stand_ins.rules() == NOTHING


@pytest.mark.parametrize(("status", "witnessed"), [(429, True), (200, False), (503, False), (0, False)])
def test_a_rate_limit_is_witnessed_by_the_status_in_the_apis_network(
    bench: FaultBench, status: int, witnessed: bool
) -> None:
    bench.host.stub("nsenter", f"echo 0; echo {status:03} 0")
    evidence = "from the API's network: data.sec.gov answers 429"
    assert RateLimited().witness(bench) == (evidence if witnessed else None)


def environment(bench: FaultBench, key: str) -> None:
    bench.host.put("/proc/77/environ", f"HOME=/home/x\0OPENAI_API_KEY={key}\0A=b\0")


@pytest.mark.parametrize("questions", [0, 2])
def test_the_key_that_the_api_runs_with_is_revoked_and_accepted_again(
    bench: FaultBench, stand_ins: StandIns, questions: int
) -> None:
    environment(bench, KEY)
    keys = stand_ins.states["openai"].keys
    assert keys is not None
    fault = OpenAIKeyRevoked(questions)
    fault.inject(bench)
    assert (keys.revoked, keys.accepts(KEY)) == ([KEY], False)
    assert len(bench.host.calls("curl")) == questions
    assert KEY not in json.dumps(dict(fault.declared))
    for _ in range(2):
        fault.cure(bench)
        assert (keys.revoked, keys.accepts(KEY)) == ([], True)


def test_an_api_without_a_key_has_none_to_revoke(bench: FaultBench, stand_ins: StandIns) -> None:
    environment(bench, "")
    fault = OpenAIKeyRevoked()
    with pytest.raises(FaultError, match=r"^finchat-api runs without OPENAI_API_KEY: there is no key to revoke"):
        fault.inject(bench)
    fault.cure(bench)


def test_a_target_that_names_no_key_has_none_to_revoke(bench: FaultBench) -> None:
    bench.host_target = msgspec.structs.replace(bench.host_target, openai=None)
    for act in (OpenAIKeyRevoked().inject, OpenAIKeyRevoked().witness):
        with pytest.raises(FaultError, match=r"^The target fake names no variable"):
            act(bench)


@pytest.mark.parametrize(("status", "witnessed"), [(401, True), (200, False), (0, False)])
def test_a_revoked_key_is_witnessed_by_401_to_the_containers_own_key(
    bench: FaultBench, status: int, witnessed: bool
) -> None:
    bench.host.stub("nsenter", f"echo 0; echo {status:03} 0")
    evidence = "from the API's network, with the key of its own environment: api.openai.com answers 401"
    assert OpenAIKeyRevoked().witness(bench) == (evidence if witnessed else None)


def test_a_look_with_a_key_takes_it_from_the_container_and_shows_it_to_nobody(bench: FaultBench) -> None:
    environment(bench, KEY)
    bench.host.stub("timeout", "true")
    bench.host.stub("mount", "true")
    bench.host.stub("nsenter", 'shift 5; exec "$@"')  # --target 77 --net unshare --mount: what is left runs
    bench.host.stub("curl", f"cat >{bench.host.root_directory}/configuration; printf 401")
    assert OpenAIKeyRevoked().witness(bench) is not None
    said = (bench.host.root_directory / "configuration").read_text()
    assert said == f'header = "Authorization: Bearer {KEY}"\n'
    assert not any(KEY in call for call in [*bench.host.calls("curl"), *bench.host.scripts])
    environment(bench, "")
    with pytest.raises(FaultError, match="cannot be asked from finchat-api's network: its first process has no OPENAI"):
        OpenAIKeyRevoked().witness(bench)


def test_questions_are_fresh_or_known_and_sent_to_the_api_on_the_host(bench: FaultBench) -> None:
    first, second = fresh(bench), fresh(bench)
    assert first["question"] != second["question"]
    assert (first["ticker"], str(fresh_company(bench)["ticker"])[:3]) == ("ACME", "SYN")
    assert known(bench)["question"] == "What are the main risk factors?"
    assert ask(bench, [known(bench), first]) == [502, 502]
    assert all("http://localhost:8000/api/v1/query" in call for call in bench.host.calls("curl"))
    assert all("--max-time 12" in call for call in bench.host.calls("curl"))


def test_questions_need_an_api_that_takes_them_and_are_few(bench: FaultBench) -> None:
    with pytest.raises(FaultError, match="21 questions at once are load, not a fault: ask 20 at most"):
        ask(bench, [known(bench)] * 21)
    api = msgspec.structs.replace(bench.host_target.api, query=False)
    bench.host_target = msgspec.structs.replace(bench.host_target, api=api)
    with pytest.raises(FaultError, match=r"^The API of fake takes no questions"):
        ask(bench, [known(bench)])


def test_a_stand_in_that_does_not_do_as_told_is_an_error(
    bench: FaultBench, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(stand_ins.states["edgar"].rules), "rules", property(lambda book: []))
    with pytest.raises(FaultError, match=r"The stand-in edgar was told to answer 500, and holds \[\]\."):
        StandIn(bench, "edgar").answer(500)
    with pytest.raises(FaultError, match="The stand-in edgar does not take POST /keys/revoke"):
        StandIn(bench, "edgar").revoke(KEY)


def test_an_openai_timeout_is_on_its_own_link() -> None:
    assert OpenAITimeout().declared["links"] == "openai"


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_a_name_and_says_what_it_is(name: str) -> None:
    one, other = make(name), make(name)
    assert one is not other
    assert one.name
    assert all(isinstance(value, str) for value in one.declared.values())


def test_an_unknown_fault_is_told_which_there_are() -> None:
    with pytest.raises(FaultError, match=r"There is no fault 'api-kiled': name one of .*api-killed, .*app-errors"):
        make("api-kiled")
