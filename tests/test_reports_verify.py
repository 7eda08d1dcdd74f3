"""`python -m reports.verify`: every way to alter the evidence is said in one sentence."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.chain import CHAIN
from reports.folder import EvidenceFolder
from reports.record import Kind, Record
from reports.verify import main, verify

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


def make_run(root: Path, kind: Kind, second: int, keep: int = 20) -> Path:
    folder = EvidenceFolder.open(root, kind, NOW + timedelta(seconds=second))
    folder.junit.write_text("<testsuite/>")
    (folder.allure_results / "a-result.json").write_text("{}")
    folder.finish(Record(folder.run_id, kind, NOW, NOW, "runbook", "reference", "embedded"), keep=keep)
    return folder.path


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """A smoke run, a drill and a smoke run, in this order."""
    return [make_run(tmp_path, "smoke", 0), make_run(tmp_path, "drill", 1), make_run(tmp_path, "smoke", 2)]


def edit_chain(run: Path, edit: Callable[[list[str]], list[str]]) -> None:
    chain = run.parent / CHAIN
    chain.write_text("".join(edit(chain.read_text().splitlines(keepends=True))))


def forge(run: Path) -> None:
    """Alters a file and makes the manifest agree."""
    (run / "junit.xml").write_text("<forged/>")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["files"]["junit.xml"] = "45c59d3b0ed8ff3b5ee0a3bdd4d6a3ae8b4bb0d0df1b9a2d5b7e2d6d5a7f5a3c"
    (run / "manifest.json").write_text(json.dumps(manifest))


# (what is done to the drill, what is said; {run} stands for its id)
ALTERATIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file altered": (lambda run: (run / "run.json").write_text("{}"), "{run}/run.json was altered"),
    "a file removed": (lambda run: (run / "junit.xml").unlink(), "{run}/junit.xml is missing"),
    "a file added": (
        lambda run: (run / "allure-results/b-result.json").write_text("{}"),
        "{run}/allure-results/b-result.json was added",
    ),
    "a link added": (
        lambda run: (run / "allure-results/link").symlink_to("/etc"),
        "{run}/allure-results/link was added",
    ),
    "a manifest emptied": (
        lambda run: (run / "manifest.json").write_text("{}"),
        "{run}/manifest.json is not a manifest",
    ),
    "a manifest removed": (lambda run: (run / "manifest.json").unlink(), "{run}/manifest.json cannot be read"),
    "a file and its manifest altered": (
        forge,
        "{run}/manifest.json was altered: its SHA-256 is not the one in chain.jsonl",
    ),
    "a run removed": (lambda run: shutil.rmtree(run), "{run} is missing: it finished and was not pruned"),
    "a run renamed": (lambda run: run.rename(run.parent / "20261123T101501Z-drill-zzzz"), "{run} is missing"),
    "a run copied": (
        lambda run: shutil.copytree(run, run.parent / "20260101T000000Z-gate-0000"),
        "20260101T000000Z-gate-0000 is not in",
    ),
    "a line of the chain removed": (
        lambda run: edit_chain(run, lambda lines: [lines[0], lines[2]]),
        "chain.jsonl line 2",
    ),
    "the end of the chain removed": (
        lambda run: edit_chain(run, lambda lines: lines[:1]),
        "{run} is not in chain.jsonl: it was added, or its line was",
    ),
    "a line emptied": (
        lambda run: edit_chain(run, lambda lines: [lines[0], "{}\n", lines[2]]),
        "chain.jsonl line 2 was altered",
    ),
    "two lines swapped": (
        lambda run: edit_chain(run, lambda lines: [lines[1], lines[0], lines[2]]),
        "chain.jsonl line 1",
    ),
    "a line reformatted": (
        lambda run: edit_chain(run, lambda lines: [lines[0].replace("[]", "[ ]"), *lines[1:]]),
        "chain.jsonl line 2",
    ),
    "the chain emptied": (lambda run: (run.parent / CHAIN).write_text(""), "{run} is not in chain.jsonl"),
}


@pytest.mark.parametrize(("alter", "says"), ALTERATIONS.values(), ids=ALTERATIONS)
def test_every_alteration_is_said(
    runs: list[Path], capsys: pytest.CaptureFixture[str], alter: Callable[[Path], object], says: str
) -> None:
    assert main(["--out", str(runs[0].parent)]) == 0
    alter(runs[1])
    assert main(["--out", str(runs[0].parent)]) == 1
    assert says.format(run=runs[1].name) in capsys.readouterr().out


def test_one_altered_file_is_one_sentence_and_no_other_run_is_accused(runs: list[Path]) -> None:
    (runs[1] / "run.json").write_text("{}")
    assert verify(runs[0].parent).problems == [
        f"{runs[1].name}/run.json was altered: its SHA-256 is not the one in manifest.json."
    ]
    assert verify(runs[0].parent, runs[2].name).problems == []


def test_the_report_is_made_from_the_evidence_and_is_not_part_of_it(runs: list[Path]) -> None:
    (runs[1] / "report").mkdir()
    (runs[1] / "report/index.html").write_text("<html></html>")
    assert verify(runs[0].parent).problems == []
    assert "report/" in json.loads((runs[1] / "manifest.json").read_text())["not_covered"]


def test_a_pruned_run_is_said_and_is_no_problem(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    make_run(runs[0].parent, "smoke", 3, keep=1)
    assert main(["--out", str(runs[0].parent)]) == 0
    assert "Pruned smoke runs: 2." in capsys.readouterr().out
    assert main(["--out", str(runs[0].parent), runs[0].name]) == 0
    assert f"{runs[0].name} was pruned" in capsys.readouterr().out


def test_a_drill_is_missing_even_where_the_chain_says_that_it_was_pruned(runs: list[Path]) -> None:
    edit_chain(runs[1], lambda lines: [*lines[:2], lines[2].replace('"pruned": []', f'"pruned": ["{runs[1].name}"]')])
    shutil.rmtree(runs[1])
    assert verify(runs[0].parent).problems == [f"{runs[1].name} is missing: it finished and was not pruned."]


def test_a_run_that_did_not_finish_is_no_evidence_when_asked_for(runs: list[Path]) -> None:
    folder = EvidenceFolder.open(runs[0].parent, "smoke", NOW + timedelta(seconds=9))
    assert verify(runs[0].parent).problems == []
    assert "is still running" in verify(runs[0].parent, folder.run_id).problems[0]


@pytest.mark.parametrize(
    "run", ["latest", "20261123T101500Z-smoke-zzzz", "20261123T101500Z-smoke-0000", "../elsewhere"]
)
def test_a_run_that_is_not_there_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str], run: str) -> None:
    assert main(["--out", str(tmp_path), run]) == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_option_is_one_line_and_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--all"])
    assert caught.value.code == 4
    assert capsys.readouterr().err.count("\n") == 1
