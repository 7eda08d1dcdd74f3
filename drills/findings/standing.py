"""How each finding stands: known, new, overdue or healed. All but the first fail the run. Pure."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from drills.findings.file import Entry, FindingsFile
from drills.findings.finding import LACKS, Finding

EXCUSED = ("harmful", "no effect", "partial", "fails")
"""Verdicts on a mitigation's step that a known finding about it excuses."""


class State(StrEnum):
    """How a finding stands against the findings file."""

    NEW = "new"
    OVERDUE = "overdue"
    HEALED = "healed"
    KNOWN = "known"


@dataclass(frozen=True)
class Standing:
    """A finding of this run, or an entry of the file that this run did not see again. `file`: the findings file."""

    state: State
    file: str
    finding: Finding | None = None
    entry: Entry | None = None

    @property
    def fails(self) -> bool:
        """Whether it fails the run."""
        return self.state is not State.KNOWN

    @property
    def line(self) -> str:
        """For a person: where, which, how it stands, and what to do."""
        if self.finding is None:
            assert self.entry is not None
            return (
                f"{self.file}:{self.entry.line} {self.entry.id}: healed ({self.entry.owner}): "
                "it was run and not seen again: remove the entry"
            )
        how = {State.NEW: "NEW", State.KNOWN: "known", State.OVERDUE: "overdue"}[self.state]
        whom = f" ({self.entry.owner}, due {self.entry.due})" if self.entry else ""
        return f"{self.finding.file}:{self.finding.line} {self.finding.id}: {how}{whom}: {self.finding.sentence}"

    def as_json(self) -> dict[str, object]:
        """What it adds to the finding in run.json."""
        return {
            "state": self.state.value,
            "owner": self.entry.owner if self.entry else None,
            "due": self.entry.due.isoformat() if self.entry else None,
        }


def standings(
    findings: Sequence[Finding],
    known: FindingsFile,
    exercised: Set[tuple[str, str]],
    today: date,
    deployment: str | None = None,
) -> list[Standing]:
    """How everything stands, what fails first. `exercised`: see drills.findings.found; `deployment`: what this run
    was on: on another than the file's, nothing is called healed."""
    seen = {finding.id for finding in findings}
    stands = [_of(finding, known, today) for finding in findings]
    if known.deployment in (None, deployment):
        healed = [entry for entry in known.entries if entry.id not in seen and _was_run(entry, exercised)]
        stands += [Standing(State.HEALED, known.file, None, entry) for entry in healed]
    order = list(State)
    return sorted(stands, key=lambda one: order.index(one.state))


def excused(stands: Sequence[Standing]) -> frozenset[str]:
    """The steps whose bad verdict is a known finding, which --fail-on passes over."""
    known = (one.finding for one in stands if one.state is State.KNOWN and one.finding)
    return frozenset(finding.step for finding in known if finding.kind != LACKS)


def _of(finding: Finding, known: FindingsFile, today: date) -> Standing:
    entry = known.entry(finding.id, finding.under)
    if entry is None:
        return Standing(State.NEW, known.file, finding)
    return Standing(State.OVERDUE if entry.due < today else State.KNOWN, known.file, finding, entry)


def _was_run(entry: Entry, exercised: Set[tuple[str, str]]) -> bool:
    place = entry.id if entry.id.startswith(f"{LACKS}/") else entry.id.rpartition("/")[0]
    return any(place == run and entry.under in ("", under) for run, under in exercised)
