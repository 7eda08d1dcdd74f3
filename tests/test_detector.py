"""The detector: the watch really runs, goes red with a code, and one that died is doubt."""

import os
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from checks.outcome import Outcome
from drills.check_index import UnknownCheck, check_index, node_ids
from drills.detector import WatchDetector, WatchPlan, watching
from drills.sweeps import first_red, green_to_the_end, holding
from tests.hostile import ROOT, Behaviour, environment, eventually, finchat, reply, serve

BOUND_S = 15.0
READY, HEALTHY = "api_is_ready", "api_is_healthy"


def target(tmp_path: Path, url: str) -> Path:
    path = tmp_path / "target.toml"
    text = (ROOT / "checks" / "targets" / "runbook.toml").read_text()
    path.write_text(text.replace("http://localhost:8000", url).replace("http://localhost:5000", url))
    return path


def plan(
    tmp_path: Path, url: str, *check_ids: str, env: Mapping[str, str] | None = None, silence_s: float = 30.0
) -> WatchPlan:
    options = ("--probe-timeout=5", f"--state={tmp_path / 'state'}")
    env = environment() if env is None else env
    return WatchPlan(check_ids or (READY, HEALTHY), target(tmp_path, url), 0.1, env, options, silence_s)


def until(detector: WatchDetector, count: int) -> None:
    deadline_s = time.monotonic() + BOUND_S
    while len(detector.sweeps()) < count and detector.wait(len(detector.sweeps()), deadline_s):
        pass
    assert len(detector.sweeps()) >= count, detector.trouble()


def test_it_sees_a_service_go_red_and_come_back(tmp_path: Path) -> None:
    sick: list[str] = []

    def behave(connection: socket.socket, head: bytes) -> None:
        finchat({"/ready": reply('{"ready": false}')} if sick else {})(connection, head)

    with serve(behave) as url, watching(plan(tmp_path, url)) as detector:
        until(detector, 3)
        assert green_to_the_end(detector.sweeps(), [READY, HEALTHY]) is detector.sweeps()[0]
        assert [(one.every_s, one.check_ids) for one in detector.rhythms()] == [(0.1, (READY, HEALTHY))]
        assert detector.sweeps()[0].seen.keys() == {READY, HEALTHY}
        sick.append("now")
        fault_s, before = time.monotonic(), len(detector.sweeps())
        until(detector, before + 2)
        red = first_red(detector.sweeps(), READY, ["api.ready_false"])
        assert red is not None
        assert fault_s - 1 < red.started_s <= red.received_s <= time.monotonic()
        assert red.of(HEALTHY).outcome is Outcome.PASS
        assert first_red(detector.sweeps(), READY, ["api.refused"]) is None
        sick.clear()
        until(detector, len(detector.sweeps()) + 4)
        assert green_to_the_end(detector.sweeps(), [READY])
        assert detector.trouble() is None


def test_fast_gentle_and_wide_in_one_process_and_held_until_told(tmp_path: Path) -> None:
    asked: list[bytes] = []

    def behave(connection: socket.socket, head: bytes) -> None:
        asked.append(head)
        finchat()(connection, head)

    with serve(behave) as url:
        wanted = replace(plan(tmp_path, url, READY), steady=(HEALTHY,), wide_s=60.0, held=True)
        with watching(wanted) as detector:
            assert not detector.wait(0, time.monotonic() + 1.5)
            assert not asked
            assert detector.rhythms() == ()
            detector.begin()
            until(detector, 12)
            fast, gentle, wide = detector.rhythms()
            assert (fast.every_s, fast.check_ids) == (0.1, (READY,))
            assert (gentle.every_s, gentle.check_ids) == (1.0, (HEALTHY,))
            # A question reaches EDGAR: however often it is wished, it is asked once a second at most.
            assert wide.every_s == 60.0
            assert "webapp_is_ready" in wide.check_ids
            assert all(holding(detector.sweeps(), name) for name in (READY, HEALTHY, "webapp_is_ready"))
            told_s = time.monotonic()
            detector.look()
            until(detector, len(detector.sweeps()) + 12)
            looked = [one.started_s - told_s for one in holding(detector.sweeps(), "webapp_is_ready")]
            assert any(0 <= after_s < 0.5 for after_s in looked), looked


def test_a_hung_sweep_does_not_hold_up_the_next(tmp_path: Path) -> None:
    """From some moment on /health hangs until the probe's timeout of five seconds, for the sweeps of a second."""
    sick: list[str] = []

    def behave(connection: socket.socket, head: bytes) -> None:
        if sick and b" /health " in head:
            connection.recv(1)
        finchat()(connection, head)

    with serve(behave) as url, watching(plan(tmp_path, url)) as detector:
        until(detector, 3)
        sick.append("now")
        detector.wait(len(detector.sweeps()) + 100, time.monotonic() + 1.0)
        sick.clear()
        healed_s = time.monotonic()
        until(detector, len(detector.sweeps()) + 60)
        hung = [one for one in detector.sweeps() if one.of(HEALTHY).outcome is Outcome.FAIL]
        assert len(hung) >= 3  # one beside the other
        assert all(one.received_s - one.started_s >= 4.9 for one in hung)
        later = [one for one in holding(detector.sweeps(), HEALTHY) if one.started_s > healed_s]
        assert later[0].received_s < hung[0].received_s
        found = green_to_the_end(detector.sweeps(), [HEALTHY])
        assert found
        assert found.started_s < hung[-1].received_s


def test_it_leads_a_group_of_its_own_and_is_gone_afterwards(tmp_path: Path) -> None:
    with serve(finchat()) as url:
        with watching(plan(tmp_path, url)) as detector:
            assert os.getpgid(detector.pid) == detector.pid != os.getpgid(0)
            until(detector, 1)
        with pytest.raises(ProcessLookupError):
            os.kill(detector.pid, 0)


def test_one_that_was_killed_is_doubt(tmp_path: Path) -> None:
    with serve(finchat()) as url, watching(plan(tmp_path, url)) as detector:
        until(detector, 1)
        os.kill(detector.pid, signal.SIGKILL)
        assert eventually(lambda: detector.trouble() is not None)
        assert "the watch ended by itself" in str(detector.trouble())
        seen = len(detector.sweeps())
        began_s = time.monotonic()
        assert not detector.wait(seen, began_s + 60)
        assert time.monotonic() - began_s < 5


def test_one_that_is_stopped_says_nothing_and_is_doubt_and_ends_all_the_same(tmp_path: Path) -> None:
    with serve(finchat()) as url, watching(plan(tmp_path, url, silence_s=0.5)) as detector:
        until(detector, 1)
        os.killpg(detector.pid, signal.SIGSTOP)
        assert eventually(lambda: detector.trouble() is not None)
        assert "said nothing for" in str(detector.trouble())
        os.killpg(detector.pid, signal.SIGCONT)


def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    bad = plan(tmp_path, "not a url")
    with watching(bad) as detector:
        assert not detector.wait(0, time.monotonic() + BOUND_S)
        trouble = str(detector.trouble())
    assert "the watch ended by itself; it said: ERROR: " in trouble


def test_a_wait_ends_with_its_bound(tmp_path: Path) -> None:
    def silent(connection: socket.socket, head: bytes) -> None:
        connection.settimeout(BOUND_S)
        connection.recv(1)

    behaviour: Behaviour = silent
    with serve(behaviour) as url, watching(plan(tmp_path, url)) as detector:
        began_s = time.monotonic()
        assert not detector.wait(0, began_s + 0.2)
        assert 0.2 <= time.monotonic() - began_s < 2


def test_the_environment_is_the_plans_and_no_secret_shows(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    made = plan(tmp_path, "http://127.0.0.1:9", env={**environment(), "FINCHAT_API_TOKEN": secret})
    assert secret not in repr(made)
    assert secret not in " ".join(made.command())


def test_a_check_is_found_by_its_id() -> None:
    assert node_ids([READY, "versions_agree", READY]) == [
        "checks/test_api.py::test_api_is_ready",
        "checks/test_consistency.py::test_versions_agree",
    ]
    assert len(check_index()) > 50


@pytest.mark.parametrize(
    ("check_ids", "says"),
    [
        (["api_is_redy"], "There is no check 'api_is_redy'; did you mean 'api_is_ready' (checks/test_api.py)?"),
        (["0000"], "There is no check '0000'; see checks/test_*.py"),
        ([], "name one"),
    ],
)
def test_an_unknown_check_is_answered_with_the_nearest(check_ids: list[str], says: str) -> None:
    with pytest.raises(UnknownCheck) as caught:
        node_ids(check_ids)
    assert says in str(caught.value)
