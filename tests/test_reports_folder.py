"""Evidence folders: what stands in them, what is pruned, and what a kill or a second run at the same time leaves."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.redaction import Redactor
from reports.chain import CHAIN
from reports.folder import EvidenceError, EvidenceFolder, find_run, is_running, run_folders
from reports.record import Kind, Record, read_record
from reports.verify import verify

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)

ONE_RUN = """
import sys
from datetime import datetime
from pathlib import Path
from reports.folder import EvidenceFolder
from reports.record import Record

def run(folder, keep=20):
    now = datetime.fromisoformat("2026-11-23T10:15:00Z")
    folder.junit.write_text("<testsuite/>")
    folder.finish(Record(folder.run_id, "smoke", now, now, "runbook", "reference", "embedded"), keep=keep)

def begin(second=0):
    now = datetime.fromisoformat(f"2026-11-23T10:15:{second:02}Z")
    return EvidenceFolder.open(Path(sys.argv[1]), "smoke", now)
"""


def make_run(root: Path, kind: Kind = "smoke", second: int = 0, keep: int = 20) -> EvidenceFolder:
    folder = EvidenceFolder.open(root, kind, NOW + timedelta(seconds=second))
    folder.junit.write_text("<testsuite/>")
    (folder.allure_results / "a-result.json").write_text("{}")
    folder.finish(record_of(folder, kind), keep=keep)
    return folder


def record_of(folder: EvidenceFolder, kind: Kind = "smoke") -> Record:
    return Record(folder.run_id, kind, NOW, NOW, "runbook", "reference", "embedded")


@contextmanager
def process(root: Path, program: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", ONE_RUN + program, str(root)]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.kill()
        child.communicate(timeout=10)


def line_from(child: "subprocess.Popen[str]") -> str:
    assert child.stdout is not None
    assert select.select([child.stdout], [], [], 10)[0], "the child said nothing for 10 s"
    return child.stdout.readline().strip()


def test_a_finished_run_is_sealed_and_is_the_latest(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "out")
    assert folder.run_id.startswith("20261123T101500Z-smoke-")
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "allure-results",
        "junit.xml",
        "manifest.json",
        "run.json",
    ]
    assert (tmp_path / "out/latest").readlink() == Path(folder.run_id)
    assert read_record(tmp_path / "out/latest/run.json") == record_of(folder)
    assert verify(tmp_path / "out").problems == []


def test_runs_of_the_same_second_do_not_share_a_folder(tmp_path: Path) -> None:
    assert len({make_run(tmp_path).run_id for _ in range(5)}) == 5


def test_only_the_newest_smoke_runs_are_kept(tmp_path: Path) -> None:
    drill = make_run(tmp_path, "drill", second=0)
    gate = make_run(tmp_path, "gate", second=1)
    load = make_run(tmp_path, "load", second=2)
    for name in ("notes", "20261123T101500Z-party-0000", "20261123T101500Z-smoke-0000-copy"):
        (tmp_path / name).mkdir()
    smoke = [make_run(tmp_path, second=10 + second, keep=2) for second in range(5)]
    kept = [folder.run_id for folder in (drill, gate, load, *smoke[3:])]
    assert [path.name for path in run_folders(tmp_path)] == kept
    assert (tmp_path / "notes").is_dir()
    assert (tmp_path / "20261123T101500Z-party-0000").is_dir()
    assert (tmp_path / "20261123T101500Z-smoke-0000-copy").is_dir()
    assert verify(tmp_path).problems == []


def test_a_drill_prunes_nothing_and_keep_0_leaves_the_run_itself(tmp_path: Path) -> None:
    make_run(tmp_path, second=1)
    drill = make_run(tmp_path, "drill", second=2, keep=0)
    assert len(run_folders(tmp_path)) == 2
    smoke = make_run(tmp_path, second=3, keep=0)
    assert [path.name for path in run_folders(tmp_path)] == [drill.run_id, smoke.run_id]


def test_a_run_in_progress_is_never_pruned_and_a_killed_one_is(tmp_path: Path) -> None:
    with process(tmp_path, "folder = begin(); print(folder.run_id, flush=True); sys.stdin.read()") as child:
        running = tmp_path / line_from(child)
        make_run(tmp_path, second=5, keep=1)
        assert is_running(running)
        assert verify(tmp_path).notes == [f"{running.name} is still running: it is not verified."]
        child.kill()
        child.wait(timeout=10)
    assert not is_running(running)
    assert verify(tmp_path).notes == [f"{running.name} did not finish: it is not verified."]
    assert verify(tmp_path).problems == []
    make_run(tmp_path, second=6, keep=1)
    assert not running.exists()
    assert verify(tmp_path).problems == []


@pytest.mark.parametrize(
    "dies_in",
    [
        "reports.folder.write_record",
        "reports.folder.hash_files",
        "reports.folder.write_manifest",
        "reports.folder.Chain.append",
        "reports.folder._point_latest_to",
        "reports.folder._remove",
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_run_killed_at_any_point_while_it_finishes_harms_no_other(tmp_path: Path, dies_in: str, after: bool) -> None:
    first = make_run(tmp_path, second=0)
    program = f"""
import os, pkgutil, reports.folder
owner, name = pkgutil.resolve_name("{dies_in.rpartition(".")[0]}"), "{dies_in.rpartition(".")[2]}"
whole = getattr(owner, name)
def dies(*arguments):
    if {after}:
        whole(*arguments)
    os.kill(os.getpid(), {int(signal.SIGKILL)})
setattr(owner, name, dies)
folder = begin(1)
run(folder, keep=1)
"""
    with process(tmp_path, program) as child:
        assert child.wait(timeout=10) == -signal.SIGKILL
    assert (tmp_path / "latest").resolve().name in [path.name for path in run_folders(tmp_path)]
    assert verify(tmp_path).problems == []
    assert verify(tmp_path, first.run_id).problems == []
    last = make_run(tmp_path, second=2, keep=1)
    assert [path.name for path in run_folders(tmp_path)] == [last.run_id]
    assert verify(tmp_path).problems == []


def test_a_line_of_the_chain_that_was_half_written_is_dropped(tmp_path: Path) -> None:
    first = make_run(tmp_path, second=0)
    with (tmp_path / CHAIN).open("a") as chain:
        chain.write('{"run_id": "20261123T1015')
    assert verify(tmp_path).problems == []
    second = make_run(tmp_path, second=1)
    result = verify(tmp_path)
    assert (result.problems, result.verified) == ([], [first.run_id, second.run_id])


def test_the_chain_holds_when_its_last_line_is_longer_than_one_read(tmp_path: Path) -> None:
    for number in range(600):
        (tmp_path / f"20261122T101500Z-smoke-{number:04x}").mkdir()
    make_run(tmp_path, second=0, keep=1)
    assert (tmp_path / CHAIN).stat().st_size > 2 * 8192
    make_run(tmp_path, second=1)
    assert verify(tmp_path).problems == []
    assert len(verify(tmp_path).verified) == 2


def test_many_runs_at_once_make_one_chain_and_one_latest(tmp_path: Path) -> None:
    program = "for number in range(8): run(begin(number), keep=3)"
    with process(tmp_path, program) as a, process(tmp_path, program) as b, process(tmp_path, program) as c:
        assert [child.wait(timeout=20) for child in (a, b, c)] == [0, 0, 0]
    result = verify(tmp_path)
    assert result.problems == []
    assert len((tmp_path / CHAIN).read_text().splitlines()) == 24
    assert len(run_folders(tmp_path)) == len(result.verified) <= 5  # 3, and what was still running when the last pruned
    assert (tmp_path / "latest/manifest.json").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_nothing_is_sealed_before_every_file_went_through_redaction(tmp_path: Path) -> None:
    folder = EvidenceFolder.open(tmp_path, "smoke", NOW)
    folder.junit.write_text("<failure>token hunter2hunter2</failure>")
    (folder.allure_results / "screen.png").write_bytes(b"\x89PNG\xff")
    folder.finish(record_of(folder), Redactor({"FINCHAT_TOKEN": "hunter2hunter2"}))
    assert folder.junit.read_text() == "<failure>token [redacted:FINCHAT_TOKEN]</failure>"
    assert (folder.allure_results / "screen.png").read_bytes() == b"\x89PNG\xff"
    assert verify(tmp_path).problems == []


def test_a_run_is_found_by_its_id_as_latest_and_by_its_path(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    assert {find_run(tmp_path, name) for name in (folder.run_id, "latest", str(folder.path))} == {folder.path}
    with pytest.raises(EvidenceError, match=f"no run 'last' in .*: the newest are {folder.run_id}"):
        find_run(tmp_path, "last")
    with pytest.raises(EvidenceError, match="there is none yet: `make smoke` makes one"):
        find_run(tmp_path / "nothing", "latest")


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvidenceError, match="cannot be written"):
        EvidenceFolder.open(tmp_path / "file", "smoke", NOW)
    folder = EvidenceFolder.open(tmp_path / "out", "smoke", NOW)
    (tmp_path / "out/latest").mkdir()
    with pytest.raises(EvidenceError, match="latest"):
        folder.finish(record_of(folder))
    assert os.path.lexists(folder.path / "run.json")


def test_bad_arguments_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = EvidenceFolder.open(tmp_path, "smoke", NOW)
    with pytest.raises(EvidenceError, match="-1 smoke runs cannot be kept"):
        folder.finish(record_of(folder), keep=-1)
    with pytest.raises(ValueError, match="does not belong"):
        folder.finish(Record("other", "smoke", NOW, NOW, "t", "d", "e"))
    assert not (folder.path / "run.json").exists()


def test_the_import_is_cheap_enough_for_every_smoke_run() -> None:
    program = "import time; started = time.process_time(); import reports.folder; print(time.process_time() - started)"
    taken_s = [
        float(subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=20).stdout)
        for _ in range(3)
    ]
    assert min(taken_s) < 0.1  # measured: 0.04 s in a bare interpreter, 0.01 s beside pytest
