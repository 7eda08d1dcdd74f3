"""Whatever ends a run, nothing of it stays: at its end, or at the latest after the next start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from drills.bench.engine import connect
from drills.bench.labels import SUITE
from drills.bench.options import Choice
from drills.bench.reap import CGROUPS
from drills.bench.run import Run, begin
from drills.bench.spec import prepare
from drills.bench.start import start_bench

ROOT = Path(__file__).resolve().parents[2]
BOUND_S = 120.0
DRILL = (sys.executable, "-m", "pytest", "drills", "-k", "brings_a_killed_api_back", "--evidence", "none")


class Started:
    """A run of drills in a process group of its own, with state and temporary files of its own."""

    def __init__(self, directory: Path, *more: str) -> None:
        self.temporary = directory / "tmp"
        self.state = directory / "state"
        for path in (self.temporary, self.state):
            path.mkdir()
        self.env = {**os.environ, "TMPDIR": str(self.temporary), "XDG_STATE_HOME": str(self.state)}
        self._log = directory / "log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*DRILL, *more], cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        deadline_s = time.monotonic() + BOUND_S
        while text not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline_s, self.said
            time.sleep(0.02)

    def reap(self) -> None:
        """What the next start does first."""
        subprocess.run([sys.executable, "-m", "drills.bench.reap"], cwd=ROOT, env=self.env, check=True, timeout=60)

    def leftovers(self, client: docker.DockerClient, before: set[str]) -> list[str]:
        """What of this run is still there."""
        files = [path.name for path in self.temporary.iterdir() if not path.name.startswith("pytest-of-")]
        ledgers = [path.name for path in self.state.rglob("*.jsonl")]
        processes = [path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if _is_in(path, self.temporary)]
        return [*(objects(client) - before), *files, *ledgers, *processes]


def objects(client: docker.DockerClient) -> set[str]:
    """Every container, network and volume of a run, and the control groups of containers that are gone."""
    label = {"label": f"{SUITE}=run"}
    containers = client.containers.list(all=True, filters=label, ignore_removed=True)
    alive = {one.id for one in client.containers.list(all=True, ignore_removed=True)}
    groups = {path.name for path in CGROUPS.glob("memory/docker/*") if path.is_dir()} - alive
    found = {*(one.name for one in containers), *(one.name for one in client.volumes.list(filters=label)), *groups}
    return found | {one.name for one in client.networks.list(filters=label)}


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    connected = connect()
    yield connected
    connected.close()


POINTS = ("starting a bench", "control (", "step (")
MORE_POINTS = ("steady: ", "inject (", "cure (")
THOROUGH = [pytest.param(point, marks=pytest.mark.thorough) for point in MORE_POINTS]


@pytest.mark.parametrize("point", [*POINTS, *THOROUGH])
def test_a_run_that_is_killed_leaves_nothing_after_the_next_start(
    point: str, client: docker.DockerClient, tmp_path: Path
) -> None:
    before = objects(client)
    started = Started(tmp_path)
    started.wait_for(point)
    started.process.kill()
    started.process.wait(10)
    started.reap()
    deadline_s = time.monotonic() + 20  # a watch ends when it next wants to print
    while (left := started.leftovers(client, before)) and time.monotonic() < deadline_s:
        time.sleep(0.2)
    assert left == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("point", ["starting a bench", "control ("])
def test_a_run_that_is_told_to_end_leaves_nothing_at_its_end(
    point: str, number: signal.Signals, client: docker.DockerClient, tmp_path: Path
) -> None:
    before = objects(client)
    started = Started(tmp_path)
    started.wait_for(point)
    started.process.send_signal(number)
    assert started.process.wait(BOUND_S) == pytest.ExitCode.INTERRUPTED, started.said
    assert started.leftovers(client, before) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_workers_leave_nothing_either(number: signal.Signals, client: docker.DockerClient, tmp_path: Path) -> None:
    before = objects(client)
    started = Started(tmp_path, "-n", "2")
    deadline_s = time.monotonic() + BOUND_S
    while len(objects(client) - before) < 4 and time.monotonic() < deadline_s:
        time.sleep(0.1)
    started.process.send_signal(number)
    started.process.wait(BOUND_S)
    deadline_s = time.monotonic() + 30
    while (left := started.leftovers(client, before)) and time.monotonic() < deadline_s:
        started.reap()
        time.sleep(0.5)
    assert left == []


@pytest.mark.thorough
def test_two_runs_side_by_side_do_not_reap_each_other(client: docker.DockerClient, tmp_path: Path) -> None:
    mine = begin(print)
    try:
        bench = start_bench(mine, prepare(mine, Choice()))
        other = Started(tmp_path)
        assert other.process.wait(BOUND_S) == 0, other.said
        assert bench.host.running
        assert bench.first is not None
        assert bench.first.differences(bench.state()) == []
    finally:
        mine.end()


def test_a_part_that_crashes_does_not_keep_the_rest_from_going(run: Run, client: docker.DockerClient) -> None:
    mine = begin(print)
    bench = start_bench(mine, prepare(mine, Choice()))
    for container in (bench.host.container, bench.neighbours.proxy.get_wrapped_container()):
        container.kill()
    mine.end()
    label = {"label": f"{SUITE}.run={mine.run_id}"}
    assert client.containers.list(all=True, filters=label) == []
    assert client.networks.list(filters=label) == []
    assert not mine.directory.exists()


def _is_in(environ: Path, directory: Path) -> bool:
    try:
        return f"TMPDIR={directory}".encode() in environ.read_bytes().split(b"\0")
    except OSError:
        return False
