"""When a proof of a step goes stale: with its text, the compose file, the images or the suite, or by age."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from reports.folder import run_folders
from reports.record import RecordError, read_record
from reports.step_record import Proof, StepVerdict

AGE_MAX = timedelta(days=92)
"""A quarter: drills are to run each quarter (runbook, Continuous Improvement)."""

NO_PROOF_NEEDED = ("not here", "no reading")

Key = tuple[str, str]
"""A step's id and a command's text: where it stands may change, what is typed may not."""


@dataclass(frozen=True)
class Current:
    """What a proof would be taken of today, as hashes; empty: not known, so not compared."""

    compose: str
    images: str
    suite: str


@dataclass(frozen=True)
class Stale:
    """A command line without a proof that holds, and why."""

    line: StepVerdict
    why: str


def newest_proofs(root: Path) -> Mapping[Key, Proof]:
    """The newest proof of each command in the evidence of all runs in `root`. What cannot be read proves nothing."""
    found: dict[Key, Proof] = {}
    for run in run_folders(root):  # oldest first, so that the newest stays
        try:
            steps = read_record(run / "run.json").steps
        except RecordError:
            continue
        found |= {(step.id, step.command): step.proof for step in steps if step.proof is not None}
    return found


def stale(
    lines: Iterable[StepVerdict], proofs: Mapping[Key, Proof], current: Current, now: datetime
) -> Iterator[Stale]:
    """The command lines whose newest proof is old, or was taken of something else, or that have none."""
    for line in lines:
        if line.verdict in NO_PROOF_NEEDED:
            continue
        proof = proofs.get((line.id, line.command))
        if proof is None:
            yield Stale(line, "it was never proven, or its text has changed since")
        elif changed := _changed(proof, current):
            yield Stale(line, f"{' and '.join(changed)} changed since")
        elif now - proof.at > AGE_MAX:
            yield Stale(line, f"its proof is {(now - proof.at).days} days old; {AGE_MAX.days} are allowed")


def _changed(proof: Proof, current: Current) -> list[str]:
    parts = (
        ("the compose file", proof.compose, current.compose),
        ("an image", proof.images, current.images),
        ("the suite", proof.suite, current.suite),
    )
    return [name for name, then, today in parts if today and then != today]
