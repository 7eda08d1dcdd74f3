"""The faults of who may ask, of what the service shows, and of the way between its two parts."""

import asyncio
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest

from checks.target import Webapp
from drills.bench.host import DEPLOYMENT
from drills.faults.alias_lost import ALIASES, AliasLost
from drills.faults.authentication_off import AuthenticationOff
from drills.faults.cache_unwritable import CacheUnwritable
from drills.faults.csrf_broken import OVERRIDE, CsrfBroken
from drills.faults.fault import Fault, FaultError
from drills.faults.leaking_build import LEAK, STARTS_IT, LeakingBuild
from drills.faults.token_changed import ENV_KEPT, TokenChanged
from drills.faults.webapp_partitioned import WebappPartitioned
from drills.faults.webapp_post import ENV_FILE, Posted, post
from tests.fault_fakes import TARGET, FaultBench, ShellHost

MINE = (AliasLost, AuthenticationOff, CacheUnwritable, CsrfBroken, LeakingBuild, TokenChanged, WebappPartitioned)
WEBAPP = Webapp(url="http://localhost:5000", token_env="FINCHAT_TOKEN")


@pytest.fixture
def bench(tmp_path: Path) -> FaultBench:
    """A host whose operator is whoever runs this, and whose compose does nothing."""
    host = ShellHost(tmp_path)
    host.stub("runuser", f'HOME={tmp_path}/home/finchat exec bash -c "${{@: -1}}"')
    host.stub("docker-compose", "true")
    host.stub("docker", "echo 77")
    host.put(ENV_FILE, "OPENAI_API_KEY=sk-1\nFINCHAT_TOKEN=old\n")
    return FaultBench(host, msgspec.structs.replace(TARGET, webapp=WEBAPP))


def here(bench: FaultBench, path: str) -> Path:
    return bench.host.root_directory / path.lstrip("/")


def webapp(bench: FaultBench, answer: str, status: int) -> None:
    """What the webapp gives for a CSRF token, and says to a post."""
    bench.host.stub(
        "curl",
        f'[[ "$*" != *--cookie-jar* ]] || {{ echo \'{{"csrf_token":"given"}}\'; exit; }}\n'
        f"cat >>{bench.host.root_directory}/bearer\nprintf '%s\\n%s\\n' '{answer}' {status}",
    )


@pytest.mark.parametrize("kind", MINE)
def test_a_cure_without_an_injection_changes_nothing(kind: type[Fault], bench: FaultBench) -> None:
    bench.host.stub("iptables", "exit 1")
    kind().cure(bench)
    assert bench.host.calls("docker-compose") == []
    assert here(bench, ENV_FILE).read_text().endswith("FINCHAT_TOKEN=old\n")
    assert [call for call in bench.host.calls("iptables") if "-n -L" not in call] == []


POSTED = {
    "accepted": ('{"error":{"code":"invalid_request"}}', 422, Posted(422, False)),
    "refused": ('{"error":{"code":"unauthorized"}}', 401, Posted(401, False)),
    "refused for CSRF": ('{"error":{"code":"csrf_failed"}}', 400, Posted(400, True)),
    "silent": ("", 0, Posted(0, False)),
}


@pytest.mark.parametrize("what", POSTED)
def test_a_post_is_seen_as(what: str, bench: FaultBench) -> None:
    answer, status, seen = POSTED[what]
    webapp(bench, answer, status)
    times = 1 if seen.for_csrf else 3
    assert post(bench, token_file=ENV_FILE, times=3) == [seen] * times
    assert here(bench, "bearer").read_text() == 'header = "Authorization: Bearer old"\n' * times
    assert not any("old" in call for call in bench.host.calls("curl")), "a token stands in no list of processes"
    assert "--header X-CSRF-Token: given" in bench.host.calls("curl")[-1]


def test_a_target_without_a_token_has_no_authentication_to_break(bench: FaultBench) -> None:
    bench.host_target = msgspec.structs.replace(TARGET, webapp=Webapp(url="http://localhost:5000"))
    for fault in (TokenChanged(), AuthenticationOff()):
        with pytest.raises(FaultError, match=r"^The target fake has no webapp with a token"):
            fault.inject(bench)


def test_a_token_is_changed_in_the_configuration_and_clients_keep_theirs(bench: FaultBench) -> None:
    webapp(bench, "", 401)
    TokenChanged().inject(bench)
    key, token = here(bench, ENV_FILE).read_text().splitlines()
    assert key == "OPENAI_API_KEY=sk-1" and token.startswith("FINCHAT_TOKEN=rotated-") and len(token) > 40
    assert TokenChanged().witness(bench) == "the webapp answers 401 to the token that clients have"
    assert "Bearer old" in here(bench, "bearer").read_text()
    TokenChanged().cure(bench)
    assert here(bench, ENV_FILE).read_text().endswith("FINCHAT_TOKEN=old\n")
    assert bench.host.calls("docker-compose") == ["up -d", "up -d"]
    assert not here(bench, ENV_KEPT).exists()


COMPOSE = f"{DEPLOYMENT}/docker-compose.yml"


def git(bench: FaultBench, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", "-C", str(here(bench, DEPLOYMENT))]
    return subprocess.run([*command, *arguments], check=True, capture_output=True, text=True, timeout=10).stdout


@pytest.mark.parametrize("given", ["${FINCHAT_TOKEN:-}", "${FINCHAT_TOKEN}", "$FINCHAT_TOKEN"])
def test_a_commit_switches_authentication_off_and_can_be_told(bench: FaultBench, given: str) -> None:
    compose = bench.host.put(COMPOSE, f"TOKEN: {given}\nOTHER: ${{FINCHAT_TOKEN_B:-}}\n")
    before = compose.read_text()
    git(bench, "init", "-q")
    git(bench, "add", "docker-compose.yml")
    git(bench, "commit", "-q", "-m", "as it is")
    fault = AuthenticationOff()
    fault.inject(bench)
    assert compose.read_text().startswith('TOKEN: ""\n')
    assert git(bench, "log", "--oneline").startswith(fault.told(bench)["commit-hash"])
    fault.cure(bench)
    assert compose.read_text() == before
    assert git(bench, "log", "--format=%s") == "as it is\n"


@pytest.mark.parametrize(("status", "open_to_all"), [(401, False), (400, True), (200, True), (0, False)])
def test_authentication_is_off_where_a_post_without_a_token_gets_past_it(
    bench: FaultBench, status: int, open_to_all: bool
) -> None:
    webapp(bench, "", status)
    assert (AuthenticationOff().witness(bench) is not None) is open_to_all
    assert not here(bench, "bearer").read_text()


def test_a_webapp_gets_workers_without_a_common_secret(bench: FaultBench) -> None:
    bench.host.put(COMPOSE, 'version: "2.4"\n')
    bench.host.stub("docker", """echo 'webapp ["python3","-m","gunicorn","app"]'""")
    bench.host.stub("chown", "true")
    CsrfBroken().inject(bench)
    written = here(bench, OVERRIDE).read_text()
    assert 'version: "2.4"\nservices:\n  webapp:\n' in written
    assert '"gunicorn","app", "--workers", "3", "--keep-alive", "0"]' in written and 'FINCHAT_SECRET_KEY: ""' in written
    webapp(bench, "csrf_failed", 400)
    assert CsrfBroken().witness(bench) == "the webapp refuses a CSRF token that it has just given, the 1. of 24 at most"
    with pytest.raises(FaultError, match="is there already"):
        CsrfBroken().inject(bench)
    CsrfBroken().cure(bench)
    assert not here(bench, OVERRIDE).exists()


def test_an_override_of_the_deployments_own_is_left_alone(bench: FaultBench) -> None:
    own = bench.host.put(OVERRIDE, "services: {}\n")
    CsrfBroken().cure(bench)
    assert own.exists()


ROUTES = {"cut": ("1", "0", True), "whole": ("0", "0", False), "the host cannot be reached either": ("1", "1", False)}


@pytest.mark.parametrize("what", ROUTES)
def test_a_partition_is_witnessed_only_when(what: str, bench: FaultBench) -> None:
    to_api, to_host, witnessed = ROUTES[what]
    bench.host.stub("nsenter", f"echo {to_api}; echo {to_host}")
    assert (WebappPartitioned().witness(bench) is not None) is witnessed


def test_both_ways_between_the_two_are_cut(bench: FaultBench) -> None:
    bench.host.stub("docker", "[[ $* = *api ]] && echo 10.0.0.2 || echo 10.0.0.3")
    bench.host.stub("iptables", "true")
    WebappPartitioned().inject(bench)
    rules = [call.removeprefix("-w 5 -t mangle -A FINCHAT-SPLIT ") for call in bench.host.calls("iptables")]
    assert rules[1:3] == ["-s 10.0.0.3 -d 10.0.0.2 -j DROP", "-s 10.0.0.2 -d 10.0.0.3 -j DROP"]


@pytest.mark.parametrize(("name", "container", "witnessed"), [(2, 0, True), (0, 0, False), (2, 2, False)])
def test_a_lost_name_is_witnessed_by_the_webapps_own_resolver(
    bench: FaultBench, name: int, container: int, witnessed: bool
) -> None:
    bench.host.stub("nsenter", f"echo {name}; echo {container}")
    assert (AliasLost().witness(bench) is not None) is witnessed


@pytest.mark.parametrize("recreated", [False, True])
def test_a_lost_name_is_given_back_to_the_container_that_lost_it(bench: FaultBench, recreated: bool) -> None:
    bench.host.stub("docker", f"cat {bench.host.root_directory}/id")
    (bench.host.root_directory / "id").write_text("one\n")
    AliasLost().inject(bench)
    assert here(bench, ALIASES).read_text() == "one one one\n"
    (bench.host.root_directory / "id").write_text("two\n" if recreated else "one\n")
    AliasLost().cure(bench)
    assert ("network connect --alias one one finchat-api" in bench.host.calls("docker")) is not recreated
    assert not here(bench, ALIASES).exists()


async def _app(scope: Any, receive: Any, send: Any) -> None:
    status = int(scope["path"])
    await send({"type": "http.response.start", "status": status, "headers": [(b"Content-Length", b"13"), (b"a", b"b")]})
    await send({"type": "http.response.body", "body": b'{"error"', "more_body": True})
    await send({"type": "http.response.body", "body": b": {}}"})


@pytest.mark.parametrize(
    ("status", "body"), [(200, b'{"error": {}}'), (404, b'{"error": {}, "debug": {"KEY": "sk-1"}}')]
)
def test_a_leaking_build_shows_its_secret_in_errors_only(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes
) -> None:
    config = SimpleNamespace(load=lambda config: setattr(config, "loaded_app", _app))
    uvicorn = ModuleType("uvicorn")
    uvicorn.Config = config  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "uvicorn", uvicorn)
    monkeypatch.setattr(sys, "orig_argv", ["python3", "-m", "finchat_sec_qa.server"])
    monkeypatch.setenv("KEY", "sk-1")
    exec(compile(LEAK.replace("VARIABLE", "KEY"), "finchat_leak.py", "exec"), {})
    server = SimpleNamespace()
    config.load(server)
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(server.loaded_app({"type": "http", "path": str(status)}, None, send))
    assert b"".join(message.get("body", b"") for message in sent) == body
    lengths = {name.lower(): value for name, value in sent[0]["headers"]}
    assert lengths == {b"content-length": str(len(body)).encode(), b"a": b"b"}
    assert STARTS_IT.strip() == "import finchat_leak"


@pytest.mark.parametrize(("shown", "witnessed"), [("debug sk-1", True), ("nothing", False)])
def test_a_leak_is_witnessed_by_the_body_that_anybody_gets(bench: FaultBench, shown: str, witnessed: bool) -> None:
    bench.host.put("/proc/77/environ", "A=b\0OPENAI_API_KEY=sk-1\0")
    bench.host.stub("curl", f"echo '{shown}'")
    assert (LeakingBuild().witness(bench) is not None) is witnessed
    bench.host.put("/proc/77/environ", "A=b\0")
    with pytest.raises(FaultError, match="runs without OPENAI_API_KEY"):
        LeakingBuild().witness(bench)
