"""A run of drills with a runbook, as a person starts it where no engine answers: listed, refused, or told as stale."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from drills.bench.options import Choice
from drills.steps import load_runbook
from drills.verified import current_hashes
from reports.record import Record, write_record
from reports.step_record import Proof, StepVerdict
from tests.hostile import Run, environment, run

NO_ENGINE = "unix:///nonexistent"
THEIRS = "## Down\n\n```bash\ncurl -f http://localhost:8000/health\nuptime -x\nfree -h\n```\n"
HEALTH = "drills/test_diagnostics.py::test_diagnostics_are_proven_under[api-killed]"


def drills(*arguments: str) -> Run:
    """`pytest drills` with these arguments."""
    return run("drills", *arguments, env=environment(DOCKER_HOST=NO_ENGINE))


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A user's runbook: one diagnostic of ours, one unknown command, one that a bench cannot judge."""
    file = tmp_path / "theirs.md"
    file.write_text(THEIRS)
    return file


def test_the_diagnostics_of_ours_are_listed_one_for_each_fault() -> None:
    ended = drills("--collect-only", "-q")
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    faults = {step.fault for step in load_runbook().steps if step.kind.is_read}
    for fault in faults:
        assert f"test_diagnostics_are_proven_under[{fault}]\n" in ended.stdout
    assert ended.stdout.count("test_diagnostics_are_proven_under") == len(faults)


def test_of_a_users_runbook_only_the_diagnostics_that_it_has_are_listed(theirs: Path) -> None:
    ended = drills("--collect-only", "-q", "--runbook", str(theirs))
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    assert HEALTH in ended.stdout
    assert ended.stdout.count("test_diagnostics_are_proven_under") <= 2, "free stands under a fault too"
    assert not (theirs.parent / "out").exists()


REFUSED = {
    "a verdict with a slip": (
        ["--fail-on", "harmfull"],
        "--fail-on: 'harmfull' is no verdict; did you mean 'harmful'?",
    ),
    "a word that is no verdict": (["--fail-on", "xyzzy"], "--fail-on: 'xyzzy' is no verdict; known: harmful, "),
    "a runbook that is not there": (
        ["--runbook", "/nonexistent"],
        "/nonexistent:1: the runbook cannot be read (No such file or directory): give the path of a Markdown file.",
    ),
    "a findings file that is not there": (
        ["--findings", "/nonexistent"],
        "/nonexistent:1: the findings file cannot be read (No such file or directory): give the path of a TOML file.",
    ),
    "a directory for a runbook": (["--runbook", "drills"], "drills is a directory: give the path of a Markdown file."),
    "a runbook without end": (["--runbook", "/dev/zero"], "/dev/zero is larger than 4 MiB"),
    "a stale list of a runbook that is not there": (["--stale", "--runbook", "/nonexistent"], "/nonexistent:1: "),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_one_sentence_is(what: str, tmp_path: Path) -> None:
    arguments, says = REFUSED[what]
    ended = drills(*arguments, "--evidence", str(tmp_path / "out"))
    assert (ended.exit_code, ended.clean) == (4, True), ended.text
    (line,) = [line for line in ended.stderr.splitlines() if line.strip()]
    assert line.startswith(f"ERROR: {says}")
    assert not (tmp_path / "out").exists()


def test_what_is_stale_is_listed_and_nothing_runs(theirs: Path, tmp_path: Path) -> None:
    ended = drills("--stale", "--runbook", str(theirs), "--evidence", str(tmp_path / "out"))
    assert (ended.exit_code, ended.clean) == (1, True), ended.text
    assert f"{theirs}:4: triage-api-health: it was never proven, or its text has changed since" in ended.stdout
    assert f"{theirs}:5: no step of ours: it was never proven" in ended.stdout
    assert "free" not in ended.stdout
    assert "\n2 command lines without a proof that holds" in ended.stdout
    assert "no tests ran" in ended.stdout
    assert "No Docker engine answers" not in ended.text
    assert not (tmp_path / "out").exists()


def test_all_of_ours_is_stale_where_there_is_no_evidence(tmp_path: Path) -> None:
    ended = drills("--stale", "--evidence", str(tmp_path / "out"))
    assert (ended.exit_code, ended.clean) == (1, True), ended.text
    assert "runbook.md:" in ended.stdout


PROVEN = {"of today": ({}, 0), "of another suite": ({"suite": "other"}, 1), "of other images": ({"images": "other"}, 0)}


@pytest.mark.parametrize("what", PROVEN)
def test_a_proof(what: str, tmp_path: Path) -> None:
    """Without an engine nobody can tell the images, so they are not compared."""
    changes, code = PROVEN[what]
    command = "curl -f http://localhost:8000/health"
    (tmp_path / "theirs.md").write_text(f"```bash\n{command}\n```\n")
    now = datetime.now(UTC)
    proof = Proof(text="t", at=now, **(current_hashes(Choice()) | {"images": "i"} | changes))
    step = StepVerdict("triage-api-health", "x.md", 1, command, "diagnostic", "blind", "", proof=proof)
    run_id = "20261124T101500Z-drill-0a1b"
    (tmp_path / "out" / run_id).mkdir(parents=True)
    record = Record(run_id, "drill", now, now, "t", "d", "e", steps=(step,))
    write_record(record, tmp_path / "out" / run_id / "run.json")
    ended = drills("--stale", "--runbook", str(tmp_path / "theirs.md"), "--evidence", str(tmp_path / "out"))
    assert (ended.exit_code, ended.clean) == (code, True), ended.text
    assert ("the suite changed since" in ended.stdout) == bool(code)


def test_what_cannot_be_deployed_is_no_list_of_nothing(tmp_path: Path) -> None:
    ended = drills("--stale", "--deployment", str(tmp_path), "--evidence", "none")
    assert (ended.exit_code, ended.clean) == (4, True), ended.text
    assert "has no compose file" in ended.stderr
    assert "without a proof" not in ended.text


def test_a_diagnostic_without_an_engine_is_doubt_in_its_own_sentence(theirs: Path) -> None:
    ended = drills("--runbook", str(theirs), "--evidence", "none", "-k", "api-killed", "--fail-on", "harmful")
    assert (ended.exit_code, ended.clean) == (3, True), ended.text
    assert f"No Docker engine answers at {NO_ENGINE}" in ended.stdout
    assert "drills/session.py" not in ended.text


def test_a_line_that_fails_the_run_does_so_though_nothing_could_be_run(theirs: Path) -> None:
    ended = drills("--runbook", str(theirs), "--evidence", "none", "-k", "api-killed", "--fail-on", "unaccounted")
    assert (ended.exit_code, ended.clean) == (1, True), ended.text


def test_the_evidence_has_the_users_runbook_and_its_lines(theirs: Path, tmp_path: Path) -> None:
    ended = drills("--runbook", str(theirs), "--evidence", str(tmp_path / "out"), "-k", "api-killed")
    assert ended.clean, ended.text
    page = (tmp_path / "out/latest/runbook.md").read_text()
    assert "| 4 | **pending** |" in page
    assert "| 5 | **unaccounted** |" in page
    assert "| 6 | **not here** |" in page
    assert (tmp_path / "out/latest/runbook-matrix.json").is_file()
