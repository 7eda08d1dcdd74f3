"""Which command lines need a new proof: the text, the compose file, an image or the suite is another, or it is old."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.proofs import Current, newest_proofs, stale
from reports.record import Record, write_record
from reports.step_record import Proof, StepVerdict

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
CURRENT = Current("compose-1", "images-1", "suite-1")
PROOF = Proof("text-1", "compose-1", "images-1", "suite-1", NOW - timedelta(days=1))
LINE = StepVerdict("restart", "rb.md", 5, "docker-compose restart", "mitigation", "pending", "nobody ran it")

NEVER = "it was never proven, or its text has changed since"
OTHER = "docker-compose restart api"


def whys(line: StepVerdict = LINE, proof: Proof | None = PROOF, current: Current = CURRENT) -> list[str]:
    proofs = {(LINE.id, LINE.command): proof} if proof else {}
    return [one.why for one in stale([line], proofs, current, NOW)]


STALE: dict[str, tuple[StepVerdict, Proof | None, Current, list[str]]] = {
    "a proof that holds": (LINE, PROOF, CURRENT, []),
    "never proven": (LINE, None, CURRENT, [NEVER]),
    "another text": (replace(LINE, command=OTHER), PROOF, CURRENT, [NEVER]),
    "another step of the same text": (replace(LINE, id="x"), PROOF, CURRENT, [NEVER]),
    "the same step on another line of another file": (replace(LINE, line=9, file="x.md"), PROOF, CURRENT, []),
    "unaccounted": (replace(LINE, id="", verdict="unaccounted"), None, CURRENT, [NEVER]),
    "blind": (replace(LINE, verdict="blind"), None, CURRENT, [NEVER]),
    "not here": (replace(LINE, verdict="not here"), None, CURRENT, []),
    "no reading": (replace(LINE, verdict="no reading"), None, CURRENT, []),
    "the compose file": (LINE, PROOF, replace(CURRENT, compose="2"), ["the compose file changed since"]),
    "an image": (LINE, PROOF, replace(CURRENT, images="2"), ["an image changed since"]),
    "the suite": (LINE, PROOF, replace(CURRENT, suite="2"), ["the suite changed since"]),
    "all of them": (LINE, PROOF, Current("2", "2", "2"), ["the compose file and an image and the suite changed since"]),
    "images that nobody can tell": (LINE, PROOF, replace(CURRENT, images=""), []),
    "nothing can be told": (LINE, PROOF, Current("", "", ""), []),
    "images that nobody could tell then": (LINE, replace(PROOF, images=""), CURRENT, ["an image changed since"]),
    "92 days": (LINE, replace(PROOF, at=NOW - timedelta(days=92)), CURRENT, []),
    "92 days and a second": (
        LINE,
        replace(PROOF, at=NOW - timedelta(days=92, seconds=1)),
        CURRENT,
        ["its proof is 92 days old; 92 are allowed"],
    ),
    "a year": (
        LINE,
        replace(PROOF, at=NOW - timedelta(days=365)),
        CURRENT,
        ["its proof is 365 days old; 92 are allowed"],
    ),
}


@pytest.mark.parametrize("what", STALE)
def test_what_is_stale(what: str) -> None:
    line, proof, current, expected = STALE[what]
    assert whys(line, proof, current) == expected


def run(root: Path, number: int, *steps: StepVerdict) -> Path:
    """The evidence of a run, the higher the number the newer."""
    run_id = f"202611{number:02d}T101500Z-drill-000{number % 10}"
    (root / run_id).mkdir(parents=True)
    write_record(Record(run_id, "drill", NOW, NOW, "t", "d", "e", steps=steps), root / run_id / "run.json")
    return root / run_id


def proven(at_day: int, **changes: str) -> StepVerdict:
    at = datetime(2026, 11, at_day, tzinfo=UTC)
    return replace(LINE, verdict="recovers", proof=replace(PROOF, at=at, **changes))


def test_the_newest_proof_of_a_command_counts(tmp_path: Path) -> None:
    for day in (3, 1, 2):
        run(tmp_path, day, proven(day))
    run(tmp_path, 4, LINE)  # it ran nothing, which takes no proof away
    assert [proof.at.day for proof in newest_proofs(tmp_path).values()] == [3]


def test_each_text_of_a_step_has_its_own(tmp_path: Path) -> None:
    run(tmp_path, 1, proven(1), replace(proven(1), command=OTHER))
    run(tmp_path, 2, replace(proven(2), command=OTHER))
    assert {key: proof.at.day for key, proof in newest_proofs(tmp_path).items()} == {
        ("restart", LINE.command): 1,
        ("restart", OTHER): 2,
    }


UNREADABLE: dict[str, bytes | None] = {
    "it was killed": None,
    "it was cut off": b'{"schema": 1, "run',
    "it is binary": b"\xff\xfe\x00",
    "it is of another version": b'{"schema": 2}',
    "it is a list": b"[]",
    "a proof has no time": b'{"schema": 1, "runbook": {"steps": [{"proof": {}}]}}',
    "it has no runbook": b'{"schema": 1}',
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_run_that_cannot_be_read_proves_nothing_and_hides_nothing(what: str, tmp_path: Path) -> None:
    content = UNREADABLE[what]
    run(tmp_path, 1, proven(1))
    record = run(tmp_path, 2, proven(2)) / "run.json"
    record.unlink()
    if content is not None:
        record.write_bytes(content)
    (tmp_path / "latest").symlink_to(record.parent)
    (tmp_path / "notes.txt").write_text("not ours")
    assert [proof.at.day for proof in newest_proofs(tmp_path).values()] == [1]


def test_no_evidence_is_no_proof(tmp_path: Path) -> None:
    assert newest_proofs(tmp_path / "none") == {}
