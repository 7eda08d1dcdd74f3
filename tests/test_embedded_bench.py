"""The embedded bench: four processes that answer, obey, and leave nothing behind."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from drills.bench import embedded, process
from drills.bench.embedded import Embedded
from drills.bench.process import BenchError, Service

BOUND_S = 5.0


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it holds within 5 s."""
    deadline_s = time.monotonic() + BOUND_S
    while not holds() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    return holds()


def is_gone(pid: int) -> bool:
    """Whether the process has ended; a zombie has, whoever is to reap it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def group_members(pid: int) -> list[int]:
    """The living processes of the group that `pid` leads."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(group) == pid and state != "Z":
            members.append(int(stat.parent.name))
    return members


def environment(pid: int) -> dict[str, str]:
    entries = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(entry.split("=", 1) for entry in entries if entry)


@pytest.fixture(scope="module")
def bench() -> Iterator[Embedded]:
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
            patch.setenv("OPENAI_API_KEY", "sk-the-caller-s-own")
            running = stack.enter_context(embedded.running())
        yield running


@pytest.fixture
def api(bench: Embedded) -> Iterator[Service]:
    """The API, running when the test begins and, whatever the test did, when the next one does."""
    service = bench.services["api"]
    yield service
    service.kill()
    service.start()


def test_a_question_is_answered_from_the_stand_ins(bench: Embedded) -> None:
    asked = {"question": "What was total revenue in 2025?", "ticker": "ACME"}
    answer = httpx.post(f"{bench.api_url}/api/v1/query", json=asked, timeout=20)
    assert answer.status_code == 200, answer.text
    assert "$684.3 million" in answer.json()["answer"]
    assert answer.json()["metadata"]["mode"] == "live"
    for admin_url in (bench.edgar_admin_url, bench.openai_admin_url):
        assert httpx.get(f"{admin_url}/seen").json()["total"] > 0


def test_the_urls_token_and_key_are_those_of_the_services(bench: Embedded) -> None:
    assert httpx.get(f"{bench.api_url}/ready").json()["ready"] is True
    assert httpx.get(f"{bench.webapp_url}/ready").status_code == 200
    assert httpx.get(f"{bench.edgar_url}/", headers={"User-Agent": "Tests tests@finchat.example"}).status_code == 200
    models = httpx.get(f"{bench.openai_url}/models", headers={"Authorization": f"Bearer {bench.openai_key}"})
    assert models.status_code == 200
    query_url = f"{bench.webapp_url}/query"
    assert httpx.post(query_url, json={}).status_code == 401
    assert httpx.post(query_url, json={}, headers={"Authorization": f"Bearer {bench.token}"}).status_code == 400


def test_the_services_see_nothing_of_the_caller_s_environment(bench: Embedded) -> None:
    for service in bench.services.values():
        seen = environment(service.pid)
        assert seen["HOME"] == str(bench.home) != os.environ["HOME"]
        assert not [name for name in seen if name.upper().endswith("_PROXY")]
        assert seen.get("OPENAI_API_KEY", bench.openai_key) == bench.openai_key
    assert (bench.home / ".cache" / "finchat_sec_qa").is_dir()
    assert (bench.logs / "app.log").is_file()


def test_a_stopped_service_refuses_connections_and_comes_back_on_its_port(bench: Embedded, api: Service) -> None:
    before = api.pid
    api.stop()
    assert not api.running
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{bench.api_url}/live")
    api.start()
    assert api.pid != before
    assert httpx.get(f"{bench.api_url}/live").status_code == 200


def test_a_killed_service_takes_its_workers_along(bench: Embedded) -> None:
    webapp = bench.services["webapp"]
    pid = webapp.pid
    assert len(group_members(pid)) > 1, "gunicorn has a worker"
    webapp.kill()
    assert eventually(lambda: group_members(pid) == [])
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{bench.webapp_url}/health")
    webapp.start()
    assert httpx.get(f"{bench.webapp_url}/health").status_code == 200


@pytest.mark.parametrize("name", ["api", "webapp", "edgar", "openai"])
def test_a_frozen_service_does_not_answer_until_it_is_thawed(bench: Embedded, name: str) -> None:
    service = bench.services[name]
    service.freeze()
    try:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(service.probe_url, timeout=0.2)
        assert service.running
    finally:
        service.thaw()
    assert httpx.get(service.probe_url, timeout=BOUND_S).status_code == 200


def test_the_web_application_comes_back_while_the_api_is_frozen(bench: Embedded, api: Service) -> None:
    api.freeze()
    bench.services["webapp"].stop()
    bench.services["webapp"].start()
    assert httpx.get(f"{bench.webapp_url}/").status_code == 200


def test_a_frozen_service_is_stopped_all_the_same(api: Service) -> None:
    api.freeze()
    pid = api.pid
    api.stop()
    assert is_gone(pid)


def test_an_environment_given_to_start_holds_for_that_start_only(bench: Embedded, api: Service) -> None:
    api.stop()
    api.start({"OPENAI_API_KEY": ""})
    assert httpx.get(f"{bench.api_url}/ready").status_code == 503
    api.stop()
    api.start()
    assert httpx.get(f"{bench.api_url}/ready").status_code == 200


def test_a_service_shows_its_last_log_lines(bench: Embedded) -> None:
    bench.services["edgar"].stop()
    bench.services["edgar"].start()
    assert 0 < len(bench.services["edgar"].log_tail(lines=2).splitlines()) <= 2


def test_a_service_that_dies_at_start_is_told_at_once_with_its_last_words() -> None:
    began_s = time.monotonic()
    told = pytest.raises(BenchError, match=r"(?s)ended with exit code 1 .*EDGAR_RETRIES")
    with told, embedded.running({"EDGAR_RETRIES": "many"}):
        pytest.fail("it must not start")
    assert time.monotonic() - began_s < BOUND_S < process.START_BOUND_S


def test_a_bench_that_does_not_get_ready_says_what_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "START_BOUND_S", 2.5)
    told = pytest.raises(BenchError, match="does not get ready: GET /ready gives 503")
    with told, embedded.running({"OPENAI_API_KEY": ""}):
        pytest.fail("it must not start")


@pytest.mark.parametrize("taken_at", [0, 1, 2], ids=["api", "webapp", "edgar"])
def test_a_port_that_somebody_took_is_replaced_by_another(monkeypatch: pytest.MonkeyPatch, taken_at: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        reserve = embedded._reserve
        calls = 0

        def reserve_a_taken_one_once(*arguments: object) -> int:
            nonlocal calls
            calls += 1
            return taken.getsockname()[1] if calls == taken_at + 1 else reserve(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(embedded, "_reserve", reserve_a_taken_one_once)
        with embedded.running() as other:
            assert httpx.get(f"{other.webapp_url}/ready").status_code == 200
        assert calls == 12


def test_the_home_is_gone_at_the_end_and_so_are_the_processes() -> None:
    with embedded.running() as other:
        pids = [service.pid for service in other.services.values()]
        other.services["edgar"].freeze()
    assert not other.home.exists()
    assert all(is_gone(pid) for pid in pids)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0), (signal.SIGINT, 0)]
)
def test_the_services_end_with_the_process_that_started_them(number: signal.Signals, status: int) -> None:
    command = [sys.executable, "-m", "drills.bench.embedded", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        told = json.loads(started.stdout.readline())
        pids = [pid for leader in told["pids"].values() for pid in group_members(leader)]
        assert len(pids) == 5, "four services, one of them with a worker"
        # Frozen, it cannot notice that its parent is gone.
        os.killpg(told["pids"]["webapp"], signal.SIGSTOP)
        started.send_signal(number)
        assert started.wait(BOUND_S) == status
    assert eventually(lambda: all(is_gone(pid) for pid in pids))
    assert eventually(lambda: not Path(told["home"]).exists())


def test_the_text_says_how_to_run_checks_against_it() -> None:
    command = [sys.executable, "-m", "drills.bench.embedded"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        lines = list(iter(started.stdout.readline, "Ctrl-C ends it.\n"))
        started.terminate()
        assert [line for line in lines if "pytest -m p0 --target=" in line]


def test_what_a_dead_run_left_behind_is_removed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    dead, alive = tmp_path / f"finchat-embedded-{ended.pid}-x", tmp_path / f"finchat-embedded-{os.getpid()}-x"
    strange = tmp_path / "finchat-embedded-notes-x"
    for directory in (dead, alive, strange):
        (directory / "logs").mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], env={"HOME": str(dead)}) as left_over:
        try:
            # For a moment after its start the kernel shows no environment of a process.
            assert eventually(lambda: bytes(dead) in Path(f"/proc/{left_over.pid}/environ").read_bytes())
            embedded.remove_leftovers(tmp_path)
            assert left_over.wait(BOUND_S) == -signal.SIGKILL
        finally:
            left_over.kill()
    assert sorted(tmp_path.iterdir()) == sorted([alive, strange])
