"""load/compose.yaml for real: one master, two workers, one file of records; and what a killed worker makes of it."""

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import docker
import msgspec
import pytest

from drills.bench.images.builder import Builder
from drills.bench.images.catalogue import ensure_load_image
from load.plan import ENDED_FILE, RECORDS_FILE, Ended
from load.records import Answered, read_records
from tests.locust_runs import ROOT

COMPOSE = next(filter(None, map(shutil.which, ("docker-compose", "docker"))), "")
ENDS_S = 60.0
TARGET = """\
name = "tiny"
allow_load = true
[api]
url = "http://finchat:8000"
[openai]
url = "http://finchat:8000"
paid = false
"""


def has_compose() -> bool:
    command = [COMPOSE, "version"] if COMPOSE.endswith("compose") else [COMPOSE, "compose", "version"]
    return bool(COMPOSE) and subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


pytestmark = [
    pytest.mark.skipif(not has_compose(), reason="no compose: `make load-image` installs it on Debian"),
    pytest.mark.thorough,
]


@dataclass
class Stack:
    """The compose project of one test."""

    folder: Path
    environ: dict[str, str]
    project: str = field(default_factory=lambda: f"finchat-load-{uuid.uuid4().hex[:8]}")

    def compose(self, *arguments: str, timeout_s: float = 90) -> str:
        tool = [COMPOSE] if COMPOSE.endswith("compose") else [COMPOSE, "compose"]
        files = ["-f", str(ROOT / "load/compose.yaml"), "-f", str(ROOT / "tests/live/load-compose.yaml")]
        done = subprocess.run(
            [*tool, "-p", self.project, *files, *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def until(self, look: Callable[[], bool], what: str, within_s: float = ENDS_S) -> None:
        deadline_s = time.monotonic() + within_s
        while not look():
            assert time.monotonic() < deadline_s, (
                f"{what} did not come about:\n{self.compose('logs', '--no-color')[-3000:]}"
            )
            time.sleep(0.2)

    def ended(self) -> Ended:
        self.until(lambda: self.of_run(ENDED_FILE) is not None, "the run's end")
        path = self.of_run(ENDED_FILE)
        assert path is not None
        return msgspec.json.decode(path.read_bytes(), type=Ended)

    def until_there(self, name: str) -> Path:
        """That file, as soon as there is something in it."""
        self.until(lambda: (path := self.of_run(name)) is not None and path.stat().st_size > 0, f"the first of {name}")
        path = self.of_run(name)
        assert path is not None
        return path

    def of_run(self, name: str) -> Path | None:
        """That file of the one run, where it is there."""
        return next(self.folder.glob(f"*-load-*/{name}"), None)

    def judged(self) -> str:
        """What the master said at its end."""
        self.until(lambda: "generator:" in self.said(), "the verdict")
        return self.said()

    def said(self) -> str:
        return self.compose("logs", "--no-color", "master")


@pytest.fixture
def stack() -> Iterator[Stack]:
    """Master, two workers and a tiny FinChat; 60 requests/s for 6 s."""
    client = docker.from_env()
    with tempfile.TemporaryDirectory(prefix="finchat-load-") as name:
        folder = Path(name)
        (folder / "target.toml").write_text(TARGET)
        command = (
            "python3 -m pytest load --load-profile smoke --load-workers 2 --load-rate 60 --load-lasts 6 "
            "--target=/target.toml --evidence=/evidence"
        )
        environ = {
            **os.environ,
            "LOAD_IMAGE": ensure_load_image(Builder(client, print, folder)),
            "LOAD_COMMAND": command,
            "LOAD_PROFILE": "smoke",
            "LOAD_TARGET": str(folder / "target.toml"),
            "LOAD_EVIDENCE": str(folder),
            "LOAD_SERVER": str(ROOT / "tests/load_server.py"),
        }
        one = Stack(folder, environ)
        try:
            one.compose("up", "-d", "--scale", "worker=2")
            yield one
        finally:
            one.compose("down", "-v", "-t", "3")
            client.close()


def test_the_records_of_all_workers_are_one_file(stack: Stack) -> None:
    ended = stack.ended()
    assert (ended.processes, ended.finished) == (2, 2)
    path = stack.of_run(RECORDS_FILE)
    assert path is not None
    records = read_records(path)
    assert ended.made == ended.written == len(records)
    asked = records[records["endpoint"] < 4]
    assert len(asked) == pytest.approx(360, abs=6)
    assert set(asked["answered"]) == {Answered.WELL}
    assert len(asked) > 0 and asked["intended"].max() - asked["intended"].min() < 6.1
    assert (records["endpoint"] == records["endpoint"].max()).sum() == pytest.approx(60, abs=6)  # a yardstick each
    assert "of 360 planned requests by 2 processes" in stack.judged()


def test_a_killed_worker_leaves_a_run_that_is_not_whole(stack: Stack) -> None:
    records = stack.until_there(RECORDS_FILE)
    worker = stack.compose("ps", "-q", "worker").split()[0]
    docker.from_env().containers.get(worker).kill()
    ended = stack.ended()
    assert ended.processes == 2
    assert ended.finished == 1
    asked = read_records(records)
    assert (asked["endpoint"] < 4).sum() < 355
    said = stack.judged()
    assert "inconclusive [load.records_lost]" in said
    assert " pass" not in said
