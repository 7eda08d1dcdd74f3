"""A drill's process and a load that goes through it, with stand-ins for both: who waits for whom, and who ends whom."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from load.drill_events import EVENTS_FILE
from load.drill_process import (
    WORDS_FILE,
    Bounds,
    DrillFailed,
    LocustLoad,
    Standing,
    Went,
    drill_command,
    load_through,
    read_environment,
)
from load.plan import RECORDS_FILE, write_plan
from tests.hostile import environment
from tests.load_records import a_plan

BOUNDS = Bounds(stands_s=10, load_starts_s=0.5, tried_s=2, ends_s=5, removed_s=5, look_s=0.01)

DRILL = """
import json, pathlib, sys, time
events, words, how = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
def tell(event, **more):
    with events.open("a") as file:
        file.write(json.dumps({"event": event, "at": time.time(), **more}) + "\\n")
def wait(word):
    tell("waits", until=word)
    while word not in (words.read_text().split() if words.exists() else ()):
        time.sleep(0.01)
    tell("heard " + word)
if how == "no bench":
    sys.exit("no Docker engine answers")
tell("bench", target_file="t.toml", environment_file=str(events.with_name("environment")), api_url="http://127.0.0.1:1")
if how == "odd":
    events.write_text("no event\\n")
wait("loaded")
tell("phase", phase="inject")
if how == "dies":
    sys.exit(1)
if how == "hangs":
    time.sleep(60)
if how != "no step":
    wait("unloaded")
tell("end", verdict="recovered", expected="recovered")
"""


@dataclass
class FakeLoad:
    """A load that says what happens to it."""

    begins: bool = True
    dies: bool = False
    done: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    ended_at: float = 0.0

    def begun(self) -> bool:
        return self.begins

    def trouble(self) -> str | None:
        return "the generator ended by itself" if self.dies else None

    @contextlib.contextmanager
    def start(self, bench: Standing) -> Iterator["FakeLoad"]:
        self.environ = dict(bench.environ)
        self.done.append(f"starts at {bench.api_url}")
        try:
            yield self
        finally:
            self.ended_at = time.time()
            self.done.append("ends")


def through(folder: Path, load: FakeLoad, how: str = "well") -> Went:
    (folder / "environment").write_text("FINCHAT_TOKEN='a b'\nSSL_CERT_FILE=/tmp/bundle\n")
    command = [sys.executable, "-c", DRILL, str(folder / EVENTS_FILE), str(folder / WORDS_FILE), how]
    return load_through(command, folder, load.start, before_s=0.05, tail_s=0.05, bounds=BOUNDS)


def at(went: Went, event: str) -> float:
    return next(one.at for one in went.events if event in (one.event, one.phase))


def test_the_load_is_there_before_the_fault_and_has_ended_before_the_drill_goes_on(tmp_path: Path) -> None:
    load = FakeLoad()
    went = through(tmp_path, load)
    assert (went.trouble, went.exit_code) == ("", 0)
    assert load.done == ["starts at http://127.0.0.1:1", "ends"]
    assert load.environ == {"FINCHAT_TOKEN": "a b", "SSL_CERT_FILE": "/tmp/bundle"}
    assert at(went, "heard loaded") < at(went, "inject") < went.stopped_at < load.ended_at < at(went, "heard unloaded")
    assert went.events[-1].verdict == "recovered"


def test_an_older_run_in_the_folder_is_not_taken_for_this_one(tmp_path: Path) -> None:
    (tmp_path / WORDS_FILE).write_text("loaded\nunloaded\n")
    (tmp_path / EVENTS_FILE).write_text('{"event": "end", "at": 1.0, "verdict": "harmful"}\n')
    went = through(tmp_path, FakeLoad())
    assert [one.verdict for one in went.events if one.event == "end"] == ["recovered"]


def test_a_drill_that_runs_no_step_ends_the_load_with_it(tmp_path: Path) -> None:
    load = FakeLoad()
    went = through(tmp_path, load, "no step")
    assert (went.trouble, went.exit_code, load.done[-1]) == ("", 0, "ends")


@pytest.mark.parametrize(
    ("how", "said"), [("no bench", "no Docker engine answers"), ("odd", "announced what is no event")]
)
def test_without_a_bench_no_load_is_started_and_the_drill_says_why(tmp_path: Path, how: str, said: str) -> None:
    load = FakeLoad()
    command = [sys.executable, "-c", DRILL, str(tmp_path / EVENTS_FILE), str(tmp_path / WORDS_FILE), how]
    with pytest.raises(DrillFailed, match=said):
        load_through(command, tmp_path, load.start, bounds=BOUNDS)
    assert load.done == []


TROUBLE = {
    "a load that does not begin": (FakeLoad(begins=False), "well", "the load did not begin in time"),
    "a load that dies": (FakeLoad(dies=True), "well", "the generator ended by itself"),
    "a drill that dies": (FakeLoad(), "dies", ""),
    "a drill that hangs": (FakeLoad(), "hangs", "the drill's steps did not end in time"),
}


@pytest.mark.parametrize("what", TROUBLE)
def test_both_are_ended_and_it_is_said_where_there_was(tmp_path: Path, what: str) -> None:
    load, how, said = TROUBLE[what]
    began_s = time.monotonic()
    went = through(tmp_path, load, how)
    assert went.trouble == said
    assert load.done[-1] == "ends"
    assert went.exit_code not in (None, 0)
    assert "end" not in [one.event for one in went.events]
    assert time.monotonic() - began_s < 30


def test_what_is_raised_while_the_load_runs_ends_the_drill_too(tmp_path: Path) -> None:
    class Interrupted(FakeLoad):
        def begun(self) -> bool:
            raise KeyboardInterrupt

    (tmp_path / "environment").write_text("")
    pid = tmp_path / "pid"
    code = f"import os, pathlib; pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n" + DRILL
    command = [sys.executable, "-c", code, str(tmp_path / EVENTS_FILE), str(tmp_path / WORDS_FILE), "well"]
    load = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        load_through(command, tmp_path, load.start, bounds=BOUNDS)
    assert load.done[-1] == "ends"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_locust_has_begun_with_its_first_record_and_is_in_trouble_when_it_is_gone(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    load = LocustLoad(process, tmp_path)
    (tmp_path / RECORDS_FILE).write_bytes(b"of an older run")
    assert (load.begun(), load.trouble()) == (False, None)
    write_plan(msgspec.structs.replace(a_plan(), begins_at=0.0), tmp_path)
    assert not load.begun()
    (tmp_path / RECORDS_FILE).write_bytes(b"")
    write_plan(a_plan(), tmp_path)
    assert not load.begun()
    (tmp_path / RECORDS_FILE).write_bytes(b"x" * 40)
    assert load.begun()
    process.communicate(b"\n", timeout=10)
    assert load.trouble() == "the generator ended by itself (exit code 0)"


def test_an_environment_is_read_as_a_shell_would(tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text("A='it'\"'\"'s = x'\nB=\n")
    assert read_environment(file) == {"A": "it's = x", "B": ""}


def test_the_command_line_is_one_that_the_drills_take(tmp_path: Path) -> None:
    (tmp_path / WORDS_FILE).write_text("loaded\nunloaded\n")
    command = drill_command("api-killed", tmp_path, more=["-p", "tests.fake_session"])
    env = environment(DOCKER_HOST="unix:///nonexistent")
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert '"verdict": "recovered"' in (tmp_path / EVENTS_FILE).read_text()
