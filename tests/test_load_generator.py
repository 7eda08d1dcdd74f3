"""The generator as it runs: Locust as a subprocess, against a tiny server, through what can happen to it."""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import pytest

from load.plan import PLAN_FILE, RECORDS_FILE, Plan, read_plan
from load.records import Answered, latency_s
from load.yardstick import HOLDS_S
from tests.locust_runs import Server, finished, locust, plan_for, planned, run, serving

pytestmark = pytest.mark.slow
WAITS_S = 25.0
Found = TypeVar("Found")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def until(look: Callable[[], Found], what: str, within_s: float = WAITS_S) -> Found:
    """The first true thing that `look` gives."""
    deadline_s = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline_s, f"{what} did not come about in {within_s:g} s"
        time.sleep(0.05)
    return found


def children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def yardsticks(pid: int) -> list[int]:
    return [one for one in children(pid) if "yardstick" in command(one)]


def workers(pid: int) -> list[int]:
    return [one for one in children(pid) if "locust" in command(one)]


def has_asked(folder: Path, plan: Plan, seconds: float = 1.0) -> Callable[[], bool]:
    """Whether the plan's first records are there, and that many seconds of it are past."""

    def look() -> bool:
        begins_at = read_plan(folder / PLAN_FILE).begins_at
        path = folder / RECORDS_FILE
        is_written = path.exists() and path.stat().st_size > 0
        return bool(begins_at and time.time() > begins_at + seconds and (is_written or plan.timeout_s > seconds))

    return look


def test_a_run_keeps_its_schedule_and_measures_its_own_error(server: Server, tmp_path: Path) -> None:
    ran = run(plan_for(f"{server.url}/late/0.03", 100, 3), tmp_path)
    assert ran.exit_code == 0 and ran.ended is not None, ran.said
    assert ran.ended.made == ran.ended.written == len(ran.records)
    assert (ran.ended.processes, ran.ended.finished) == (1, 1)
    questions, own = ran.of(0), ran.of(1)
    assert len(questions) == pytest.approx(300, abs=3)
    assert set(questions["answered"]) == {Answered.WELL} and set(questions["status"]) == {200}
    assert 0.03 < ran.percentile_s(50) < 0.06
    assert questions["intended"].min() >= ran.ended.begins_at
    assert questions["intended"].max() < ran.ended.begins_at + 3
    assert len(own) == pytest.approx(15, abs=2)
    assert set(own["answered"]) == {Answered.WELL}
    assert abs(np.median(latency_s(own)) - HOLDS_S) < 0.02


def test_a_seed_gives_the_same_schedule_again(server: Server, tmp_path: Path) -> None:
    schedules = []
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        ran = run(plan_for(server.url, 30, 1), tmp_path / name)
        assert ran.ended is not None, ran.said
        schedules.append(np.sort(ran.of(0)["intended"]) - ran.ended.begins_at)
    assert schedules[0] == pytest.approx(schedules[1], abs=0.001)


def test_two_processes_make_one_run(server: Server, tmp_path: Path) -> None:
    ran = run(plan_for(server.url, 100, 3), tmp_path, "--processes", "2")
    assert ran.ended is not None, ran.said
    assert (ran.ended.processes, ran.ended.finished) == (2, 2)
    assert ran.ended.made == ran.ended.written == len(ran.records)
    assert len(set(ran.records["process"])) == 2
    assert len(ran.of(0)) == pytest.approx(300, abs=3)


def test_a_killed_worker_is_seen(server: Server, tmp_path: Path) -> None:
    plan = plan_for(server.url, 50, 4)
    process = planned(plan, tmp_path, "--processes", "2")
    until(has_asked(tmp_path, plan), "the first second of the run")
    killed = workers(process.pid)[0]
    left = yardsticks(killed)
    os.kill(killed, signal.SIGKILL)
    ran = finished(process, tmp_path, 40)
    assert ran.ended is not None, ran.said
    assert (ran.ended.processes, ran.ended.finished) == (2, 1)
    assert len(ran.of(0)) < 190
    assert left and not any("yardstick" in command(one) for one in left)


def test_users_that_are_started_again_leave_the_past_alone(server: Server, tmp_path: Path) -> None:
    plan = plan_for(server.url, 50, 11)
    process = planned(plan, tmp_path, "--processes", "2", "--enable-rebalancing")
    until(has_asked(tmp_path, plan), "the first second of the run")
    os.kill(workers(process.pid)[0], signal.SIGKILL)
    ran = finished(process, tmp_path, 50)
    assert ran.ended is not None and ran.ended.finished < ran.ended.processes, ran.said
    questions = ran.of(0)
    at_s = questions["intended"] - ran.ended.begins_at
    each_second = np.histogram(at_s, bins=11, range=(0, 11))[0]
    assert each_second[3] < 35, each_second  # one worker's share, while Locust has not noticed
    assert each_second[9] > 40, each_second  # its users are others' now
    assert each_second.max() < 65, each_second
    assert np.percentile(questions["start"] - questions["intended"], 99) < 0.5


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("processes", [1, 2])
def test_a_stop_in_the_middle_leaves_whole_records(
    server: Server, tmp_path: Path, sent: signal.Signals, processes: int
) -> None:
    plan = plan_for(f"{server.url}/silent", 40, 30, yardstick=20)
    process = planned(plan, tmp_path, *(["--processes", str(processes)] if processes > 1 else []))
    until(has_asked(tmp_path, plan, 1.5), "a second of the run")
    # As a terminal does: Ctrl-C goes to all of them.
    os.killpg(process.pid, sent) if sent is signal.SIGINT else process.send_signal(sent)
    ran = finished(process, tmp_path, 20)
    assert ran.ended is not None, ran.said
    assert ran.ended.made == ran.ended.written == len(ran.records)
    assert (ran.ended.processes, ran.ended.finished) == (processes, processes)
    questions = ran.of(0)
    assert 30 < len(questions) < 400
    assert set(questions["answered"]) == {Answered.CUT_OFF}
    assert Answered.WELL in set(ran.of(1)["answered"])
    assert "Traceback" not in ran.said


@pytest.mark.parametrize("processes", [1, 2])
def test_nothing_outlives_a_killed_locust(server: Server, tmp_path: Path, processes: int) -> None:
    plan = plan_for(server.url, 20, 30)
    process = planned(plan, tmp_path, *(["--processes", str(processes)] if processes > 1 else []))
    until(has_asked(tmp_path, plan, 0.5), "the beginning of the run")
    forked = workers(process.pid)
    left = [*forked, *(one for parent in (process.pid, *forked) for one in yardsticks(parent))]
    assert len([one for one in left if "yardstick" in command(one)]) == processes
    process.kill()
    until(lambda: not any("locust" in command(one) or "yardstick" in command(one) for one in left), "their end", 15)
    ran = finished(process, tmp_path, 5)
    assert ran.ended is None


@pytest.mark.parametrize(
    ("path", "answered", "status"),
    [
        ("garbage", Answered.WRONG_STATUS, 500),
        ("elsewhere", Answered.WRONG_STATUS, 307),
        ("health-only", Answered.WELL, 200),
    ],
)
def test_what_is_answered_badly_is_bad(
    server: Server, tmp_path: Path, path: str, answered: Answered, status: int
) -> None:
    ran = run(plan_for(f"{server.url}/{path}", 30, 1, yardstick=0), tmp_path)
    assert len(ran.records) == pytest.approx(30, abs=2), ran.said
    assert set(ran.records["answered"]) == {answered}
    assert set(ran.records["status"]) == {status}


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    with serving() as other, serving("--elsewhere", other.url) as server:
        ran = run(plan_for(f"{server.url}/elsewhere", 30, 1), tmp_path)
        assert len(ran.of(0)) > 20
        assert other.asked() == 0


def test_a_dropped_connection_is_not_tried_again(server: Server, tmp_path: Path) -> None:
    plan = plan_for(f"{server.url}/broken", 50, 2, yardstick=0)
    ready = msgspec.structs.replace(plan.endpoints[0], method="GET", bodies=(), wants="answer")
    ran = run(msgspec.structs.replace(plan, endpoints=(ready,)), tmp_path)
    bad = np.mean(ran.records["answered"] == Answered.NO_ANSWER)
    assert 0.4 < bad < 0.6, ran.said


def test_nothing_listens_and_every_request_says_so(tmp_path: Path) -> None:
    ran = run(plan_for("http://127.0.0.1:9", 30, 1, yardstick=0), tmp_path)
    assert len(ran.records) == pytest.approx(30, abs=2)
    assert set(ran.records["answered"]) == {Answered.NO_ANSWER}


def test_what_is_not_answered_in_time_is_timed_out_and_what_waited_is_not_lost(server: Server, tmp_path: Path) -> None:
    plan = plan_for(f"{server.url}/silent", 20, 2, period_s=0.5, timeout_s=1.0, yardstick=0)
    ran = run(plan, tmp_path)
    assert len(ran.records) == pytest.approx(40, abs=3), ran.said
    assert set(ran.records["answered"]) <= {Answered.TIMED_OUT, Answered.UNSTARTED}
    assert ran.records["lag_s"].max() < 0.2


@pytest.mark.parametrize("processes", [[], ["--processes", "2"]])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--target", "/nowhere.toml"], "cannot be read"),
        (["--target", "finchat-2", "-H", "http://example.com"], "no load goes to example.com"),
        (["--load-rate", "nan"], "more than 0 requests/s"),
        (["--load-rate", "1e9"], "more than the 2000 allowed"),
        (["--load-lasts", "-1"], "a load lasts more than 0"),
    ],
)
def test_bad_input_is_one_line(options: list[str], says: str, processes: list[str], tmp_path: Path) -> None:
    ran = finished(locust("--headless", *options, *processes), tmp_path, WAITS_S)
    assert says in ran.said
    assert "Traceback" not in ran.said
    assert ran.exit_code == 4


def test_a_worker_without_a_master_says_so(tmp_path: Path) -> None:
    process = locust("--worker", "--master-port", "9")
    try:
        assert process.stdout is not None
        said = process.stdout.fileno()
        assert "no master has answered" in _more(said, "has answered this worker")
    finally:
        process.kill()
        process.communicate()


def _more(file: int, ends_with: str) -> str:
    """What this pipe holds, where that is in it."""
    said = ""
    while ends_with not in said and select.select([file], [], [], 10)[0]:
        said += os.read(file, 4096).decode()
    return said
