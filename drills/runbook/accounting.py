"""Accounts for every command line of a runbook: by which of our steps, and by what that step is proven; or not.

Nothing is run here. The result is a table to print, and for a run to put its verdicts beside.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from drills.runbook.kinds import Kind
from drills.runbook.matching import Finder, Place, neighbours_of
from drills.runbook.predicate import Predicate
from drills.runbook.readings import NoReading, NotHere
from drills.runbook.templates import Template, templates_of
from drills.steps import Runbook, Step, StepLine

HINTS_MAX = 50
"""So many unaccounted lines are compared with ours for a hint; each takes milliseconds."""

NO_DRILLS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Account(StrEnum):
    """How a command line is accounted for."""

    STEP = "accounted"
    NOT_HERE = "not runnable here"
    NONE = "unaccounted"


@dataclass(frozen=True)
class Row:
    """One command of the runbook. `theirs`: the step in which it stands there. `ours`: the place where we have it; None
    where it is unaccounted. `kind`: ours, or what theirs seems to be. `drills`: the scenarios that run our step.
    `by`: what accounts for it, or why nothing does, as a phrase.
    """

    line: int
    command: str
    lines: int
    theirs: Step
    ours: Place | None
    account: Account
    kind: Kind
    drills: tuple[str, ...]
    by: str

    @property
    def where(self) -> str:
        """file:line of the command."""
        return f"{self.theirs.file}:{self.line}"


@dataclass(frozen=True)
class Counts:
    """How many command lines there are, in how many shell blocks, and how many of them are accounted for."""

    lines: int
    blocks: int
    accounted: int
    not_here: int
    unaccounted: int

    @property
    def sentence(self) -> str:
        """All of it in one line, for a person."""
        return (
            f"{self.lines} command line{'s' * (self.lines != 1)} in {self.blocks} shell block"
            f"{'s' * (self.blocks != 1)}: {self.accounted} accounted for, {self.not_here} not runnable here, "
            f"{self.unaccounted} unaccounted"
        )


@dataclass(frozen=True)
class Accounting:
    """A runbook's command lines and forms, in its order, each with what accounts for it."""

    file: str
    rows: tuple[Row, ...]
    templates: tuple[Template, ...]
    counts: Counts

    @property
    def unaccounted(self) -> tuple[Row, ...]:
        """The lines that nothing accounts for: drift between that runbook and ours."""
        return tuple(row for row in self.rows if row.account is Account.NONE)

    def rows_of(self, step_id: str) -> tuple[Row, ...]:
        """The lines that stand for this step of ours, in that runbook's order; none where it has not got them."""
        return tuple(row for row in self.rows if row.ours is not None and row.ours.step.id == step_id)


def account_for(theirs: Runbook, ours: Runbook, drills: Mapping[str, tuple[str, ...]] = NO_DRILLS) -> Accounting:
    """What accounts for each command line of `theirs`. `drills`: the scenarios that run a step of ours, by its id."""
    finder = Finder(ours)
    rows = tuple(_rows(theirs, finder, drills))

    def lines(account: Account) -> int:
        return sum(row.lines for row in rows if row.account is account)

    counts = Counts(
        lines=sum(row.lines for row in rows),
        blocks=sum(block.is_shell for block in theirs.document.blocks),
        accounted=lines(Account.STEP),
        not_here=lines(Account.NOT_HERE),
        unaccounted=lines(Account.NONE),
    )
    return Accounting(theirs.file, rows, templates_of(theirs.document), counts)


def _rows(theirs: Runbook, finder: Finder, drills: Mapping[str, tuple[str, ...]]) -> Iterator[Row]:
    hints = HINTS_MAX
    for _, block in itertools.groupby(theirs.steps, key=lambda step: step.line):
        steps = tuple(block)
        neighbours = neighbours_of(steps)
        for step, line in ((one, line) for one in steps for line in one.lines):
            place = finder.find(line.text, step.section, neighbours)
            if place is not None:
                yield _accounted(step, line, place, drills.get(place.step.id, ()))
                continue
            near = finder.nearest(line.text) if hints > 0 else None
            hints -= 1
            by = f"no step of ours has it; the nearest is in {near.step.id} ({near.step.where})" if near else ""
            yield Row(
                line.line,
                line.text,
                line.lines,
                step,
                None,
                Account.NONE,
                step.kind,
                (),
                by or "no step of ours has it",
            )


def _accounted(theirs: Step, line: StepLine, place: Place, drills: tuple[str, ...]) -> Row:
    reading = place.line.reading
    account = Account.NOT_HERE if isinstance(reading, NotHere) else Account.STEP
    by = _by(place, drills)
    return Row(line.line, line.text, line.lines, theirs, place, account, place.step.kind, drills, by)


def _by(place: Place, drills: tuple[str, ...]) -> str:
    step, reading = place.step, place.line.reading
    also = f"; see check {', '.join(step.checks)}" if step.checks else ""
    match reading:
        case NotHere():
            return f"{reading.reason}{also}"
        case NoReading():
            return f"runs with its block under {step.fault}; {reading.reason}"
        case Predicate():
            return f"under {step.fault}, broken if {reading.text}{also}"
    if drills:
        return f"drill{'s' * (len(drills) != 1)} {', '.join(drills)}"
    return f"pending: a drill with {step.fault}" if step.fault else "runs with its block"
