"""The ledger of a run: what it still says after its writer was killed, and what undoing it removes."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from drills.bench import run
from drills.bench.ledger import Entry, Kind, Ledger, ledgers, state_directory
from drills.bench.owner import Owner, this_process
from drills.bench.process import BenchError
from drills.bench.reap import DIRECTORY_PREFIX, undo
from tests.harness.docker_objects import FakeEngine
from tests.hostile import ROOT

RUN_ID = "fd-0a1b2c3d"
GONE = replace(this_process(), born="1")
ENTRIES: list[tuple[Kind, str]] = [("directory", "/tmp/finchat-drills-x"), ("cgroup", "ab" * 32), ("fault", "timeout")]

KILLED_MIDWAY = """\
import os, signal, sys
from pathlib import Path
from drills.bench.ledger import Ledger
from drills.bench.owner import this_process
ledger = Ledger.begin("fd-killed", this_process(), Path(sys.argv[1]))
ledger.note("cgroup", "first")
ledger.note("fault", "second")
ledger.undone("cgroup", "first")
with ledger.path.open("a") as file:
    file.write('{"kind": "cgroup", "what": "thi')
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def begun(directory: Path, owner: Owner | None = None, run_id: str = RUN_ID) -> Ledger:
    return Ledger.begin(run_id, owner or this_process(), directory)


def written(directory: Path, owner: Owner | None = None) -> Ledger:
    ledger = begun(directory, owner)
    for kind, what in ENTRIES:
        ledger.note(kind, what)
    return ledger


def test_a_ledger_outlives_a_writer_that_is_killed_in_the_middle_of_a_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_MIDWAY, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=20
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    (ledger,) = ledgers(tmp_path)
    assert (ledger.run_id, ledger.is_left_behind) == ("fd-killed", True)
    assert ledger.entries() == [Entry("fault", "second")]


def test_wherever_a_write_ends_the_whole_lines_before_it_count(tmp_path: Path) -> None:
    ledger = written(tmp_path)
    whole = ledger.path.read_bytes()
    for end in range(len(whole)):
        ledger.path.write_bytes(whole[:end])
        lines = (whole[:end] + b"\n" * (whole[end : end + 1] == b"\n")).count(b"\n")
        assert ledger.entries() == [Entry(*entry) for entry in ENTRIES[: max(0, lines - 1)]][::-1]


NO_LINE = {
    "zeros": b"\0\0\0\0\n",
    "bytes that are no text": b'{"kind": "fault", "what": "\xff\n',
    "a number": b"5\n",
    "a list": b"[1, 2]\n",
    "null": b"null\n",
    "a kind of a later version": b'{"kind": "firewall", "what": "x"}\n{"undone": {"kind": "firewall", "what": "x"}}\n',
    "an entry of nothing": b'{"kind": "fault"}\n',
    "a list undone": b'{"undone": []}\n',
    "nothing": b"\n\n",
}


@pytest.mark.parametrize("what", NO_LINE)
def test_what_is_no_line_hides_no_other(what: str, tmp_path: Path) -> None:
    ledger = written(tmp_path)
    with ledger.path.open("ab") as file:
        file.write(NO_LINE[what])
    ledger.note("cgroup", "later")
    assert ledger.entries() == [Entry("cgroup", "later"), *(Entry(*entry) for entry in ENTRIES[::-1])]
    assert not ledger.is_left_behind


def test_the_latest_entry_is_undone_first_and_what_is_undone_is_no_more(tmp_path: Path) -> None:
    ledger = written(tmp_path)
    ledger.note("cgroup", "twice")
    ledger.note("cgroup", "twice")
    ledger.undone("cgroup", "twice")
    ledger.undone("fault", "timeout")
    ledger.undone("fault", "never noted")
    kept = [Entry("cgroup", "twice"), Entry(*ENTRIES[1]), Entry(*ENTRIES[0])]
    assert ledger.entries() == Ledger(ledger.path).entries() == kept


@pytest.mark.parametrize(
    ("owner", "standing", "left_behind"),
    [(this_process(), False, False), (this_process(), True, False), (GONE, False, True), (GONE, True, False)],
    ids=["its run lives", "it stands and its run lives", "its run has ended", "it stands and its run has ended"],
)
def test_a_ledger_is_left_behind_when_nobody_is_there_for_it(
    owner: Owner, standing: bool, left_behind: bool, tmp_path: Path
) -> None:
    ledger = written(tmp_path, owner)
    if standing:
        ledger.stand()
    (found,) = ledgers(tmp_path)
    assert (found.is_left_behind, found.is_standing) == (left_behind, standing)


def test_a_ledger_is_seen_only_when_it_says_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Ledger] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: seen.extend(ledgers(tmp_path)))
    ledger = begun(tmp_path)
    assert seen == []
    assert [found.path for found in ledgers(tmp_path)] == list(tmp_path.iterdir()) == [ledger.path]


def test_two_ledgers_side_by_side_know_nothing_of_each_other(tmp_path: Path) -> None:
    mine, other = written(tmp_path), begun(tmp_path, GONE, "fd-other")
    other.note("cgroup", "theirs")
    assert [ledger.is_left_behind for ledger in (mine, other)] == [False, True]
    undo(other)
    assert [ledger.run_id for ledger in ledgers(tmp_path)] == [mine.run_id]
    assert len(mine.entries()) == len(ENTRIES)


def test_a_ledger_is_closed_twice_without_harm(tmp_path: Path) -> None:
    ledger = written(tmp_path)
    ledger.close()
    ledger.close()
    assert (ledgers(tmp_path), ledger.entries()) == ([], [])


@pytest.mark.parametrize(
    ("set_to", "place"), [("/elsewhere", "/elsewhere/finchat-drills"), ("", "/home/x/.local/state/finchat-drills")]
)
def test_ledgers_are_where_state_is_kept(set_to: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/x")
    assert state_directory({"XDG_STATE_HOME": set_to}) == Path(place)


def test_undoing_removes_the_runs_directory_and_the_ledger(tmp_path: Path) -> None:
    ledger = begun(tmp_path / "state", GONE)
    directory = tmp_path / f"{DIRECTORY_PREFIX}{RUN_ID}"
    (directory / "below").mkdir(parents=True)
    (directory / "below" / "secret").write_text("x")
    ledger.note("directory", str(directory))
    ledger.note("directory", str(tmp_path / f"{DIRECTORY_PREFIX}never-made"))
    undo(ledger)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert ledgers(tmp_path / "state") == []


NOT_OURS = ["", "etc", "home/u", "finchat-drills", "x-finchat-drills-1", "finchat-drills-1/..", "finchat-drills-1/a"]


@pytest.mark.parametrize("named", NOT_OURS)
def test_a_ledger_that_names_a_directory_of_somebody_else_removes_nothing(named: str, tmp_path: Path) -> None:
    place, state = tmp_path / "place", tmp_path / "state"
    (place / "finchat-drills-1" / "a").mkdir(parents=True)
    (place / named).mkdir(parents=True, exist_ok=True)
    (place / named / "file").write_text("x")
    before = sorted(place.rglob("*"))
    ledger = begun(state, GONE)
    ledger.note("directory", f"{place}/{named}")
    undo(ledger)
    assert sorted(place.rglob("*")) == before


def test_a_link_with_the_suites_prefix_removes_nothing_behind_it(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    link = tmp_path / f"{DIRECTORY_PREFIX}link"
    link.symlink_to(tmp_path / "precious")
    ledger = begun(tmp_path / "state", GONE)
    ledger.note("directory", str(link))
    undo(ledger)
    assert (tmp_path / "precious" / "file").exists()


@pytest.mark.parametrize("what", ["state", "files"])
def test_a_run_that_cannot_write_does_not_begin(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no directory")
    places = {"state": tmp_path / "state", "files": tmp_path, what: tmp_path / "file"}
    monkeypatch.setenv("XDG_STATE_HOME", str(places["state"]))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(places["files"]))
    monkeypatch.setattr(run, "connect", lambda: FakeEngine().client)
    with pytest.raises(BenchError, match=r"^A run keeps its ledger and .* on disk, and cannot write them: .*\.$"):
        run.begin(lambda text: None)
    assert ledgers(state_directory()) == []
