"""One supervised process, with small programs in place of real services."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drills.bench import process
from drills.bench.process import BenchError, PortTakenError, ReservedPort, Service

Make = Callable[[str], Service]

ANSWERS = """
import http.server, signal
{}
http.server.HTTPServer(("127.0.0.1", {{port}}), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a service that runs a Python program; `{port}` in it is the port at which it is asked."""
    port = ReservedPort()
    made: list[Service] = []

    def service(program: str) -> Service:
        command = [sys.executable, "-c", program.replace("{port}", str(port.number))]
        url = f"http://127.0.0.1:{port.number}/"
        made.append(Service("small", command, {}, tmp_path, tmp_path / "small.log", url))
        return made[-1]

    yield service
    for one in made:
        one.kill()
    port.release()


def test_any_answer_is_an_answer(make: Make) -> None:
    service = make(ANSWERS.format(""))
    service.start()
    assert service.running
    service.stop()
    assert not service.running


def test_one_that_does_not_listen_to_sigterm_is_killed(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STOP_BOUND_S", 0.2)
    service = make(ANSWERS.format("signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    service.start()
    service.stop()
    assert not service.running


@pytest.mark.parametrize(
    ("program", "error", "said"),
    [
        ("raise SystemExit('no such thing')", BenchError, r"exit code 1 .*\nno such thing"),
        ("", BenchError, "exit code 0 .*wrote nothing"),
        ("import os; os.kill(os.getpid(), 9)", BenchError, "SIGKILL"),
        ("print('Address already in use', flush=True); import time; time.sleep(60)", PortTakenError, "somebody else"),
    ],
)
def test_a_failed_start_is_told_at_once(make: Make, program: str, error: type[BenchError], said: str) -> None:
    began_s = time.monotonic()
    with pytest.raises(error, match=said):
        make(program).start()
    assert time.monotonic() - began_s < 2


def test_one_that_never_answers_is_given_up_with_its_last_log_lines(make: Make) -> None:
    service = make("print('still thinking', flush=True); import time; time.sleep(60)")
    service.launch()
    with pytest.raises(BenchError, match=r"did not answer .*\nstill thinking"):
        service.wait_until_it_answers(time.monotonic() + 0.5)


def test_the_log_tail_is_that_of_the_last_start(make: Make) -> None:
    service = make("import os; print(os.environ.get('WHICH'))")
    for which in ("first", "second"):
        with pytest.raises(BenchError):
            service.start({"WHICH": which})
    assert service.log_tail() == "second"


def test_one_that_runs_is_not_started_twice(make: Make) -> None:
    service = make(ANSWERS.format(""))
    service.start()
    with pytest.raises(BenchError, match="runs already"):
        service.start()


def test_one_that_was_never_started_has_no_pid(make: Make) -> None:
    with pytest.raises(BenchError, match="never started"):
        make("").pid  # noqa: B018


@pytest.mark.parametrize("what", [Service.freeze, Service.thaw])
def test_one_that_does_not_run_cannot_be_frozen(make: Make, what: Callable[[Service], None]) -> None:
    with pytest.raises(BenchError, match="does not run"):
        what(make(""))


def test_one_that_ended_by_itself_does_not_run_and_can_be_stopped_and_started(make: Make) -> None:
    service = make(ANSWERS.format(""))
    service.start()
    service.kill()
    service.stop()
    service.start()
    assert service.running
