"""What a diagnostic of a runbook is worth: each of its lines run three times healthy and three times broken.

Which lines belong together, and under which fault, is ours to say (drills/runbook.md); the commands are those of the
runbook that is proven: ours, or a user's, whose lines were matched to ours.
"""

import itertools
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drills.runbook.accounting import Account, Accounting, Row
from drills.runbook.lint_commands import runs_on
from drills.runbook.predicate import Predicate, Seen
from drills.runbook.readings import NoReading, NotHere, Reading
from drills.runbook.verdict import RUNS, verdict_of
from drills.steps import Kind, Runbook, Step
from drills.terminal import BlockRun, CommandRun, Typed

LIMIT_S = 12.0
"""For a command that ends by itself: longer than anything on a bench takes that is well."""

LOOK_S = 4.0
"""For a command that never ends: so long a person would look at it."""

OUTPUT_CHARS = 2000
TICKER = "<ticker>"


@dataclass(frozen=True)
class Look:
    """One command to be read: where it stands in the runbook that is proven, and how it is read."""

    line: int
    text: str
    reading: Reading | None

    @property
    def runs(self) -> bool:
        """Whether a bench can run it."""
        return not isinstance(self.reading, NotHere)

    def typed(self, ticker: str) -> Typed:
        """What is typed for it; `ticker` stands for a company that nobody asked about lately."""
        return Typed(self.text.replace(TICKER, ticker), LOOK_S if runs_on(self.text) else LIMIT_S)


@dataclass(frozen=True)
class LookBlock:
    """The commands that one shell runs one after the other, to find out about one fault. `step`: ours."""

    step: Step
    file: str
    fault: str
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class LineVerdict:
    """What became of one command line. `verdict`: informative, blind, fails, not here, or no reading.

    `duration_s`: the median of its broken runs. `healthy`, `broken`: what it printed, one run of each.
    """

    step_id: str
    file: str
    line: int
    command: str
    kind: Kind
    fault: str
    verdict: str
    why: str
    duration_s: float | None = None
    healthy: str = ""
    broken: str = ""


class UnfinishedRun(Exception):
    """A block could not be run to its end, so its lines have no verdict; the text says what cut it short."""


def blocks_of(ours: Runbook) -> tuple[LookBlock, ...]:
    """The diagnostics and monitoring steps of our own runbook."""
    return tuple(
        LookBlock(step, step.file, step.fault, tuple(Look(one.line, one.text, one.reading) for one in step.lines))
        for step in ours.steps
        if step.kind.is_read and step.fault
    )


def blocks_of_theirs(accounting: Accounting) -> tuple[LookBlock, ...]:
    """The same for a user's runbook: its lines, each read as ours of the same words is."""

    def key(row: Row) -> tuple[int, str]:
        return row.theirs.line, row.ours.step.id if row.ours else ""

    read = [row for row in accounting.rows if row.account is not Account.NONE and row.ours and row.kind.is_read]
    return tuple(block for _, rows in itertools.groupby(read, key) for block in _block(list(rows)))


def _block(rows: Sequence[Row]) -> Iterator[LookBlock]:
    place = rows[0].ours
    assert place is not None
    looks = tuple(Look(row.line, row.command, row.ours.line.reading) for row in rows if row.ours)
    if place.step.fault:
        yield LookBlock(place.step, rows[0].theirs.file, place.step.fault, looks)


def by_fault(blocks: Sequence[LookBlock]) -> Mapping[str, tuple[LookBlock, ...]]:
    """The blocks by the fault that they are about."""
    names = sorted({block.fault for block in blocks})
    return {name: tuple(block for block in blocks if block.fault == name) for name in names}


def typed(block: LookBlock, ticker: str) -> list[Typed]:
    """What an operator types for the block, the lines left out that a bench cannot run."""
    return [look.typed(ticker) for look in block.looks if look.runs]


def seen(block: LookBlock, run: BlockRun) -> list[CommandRun]:
    """How each command of the block ended. Raises UnfinishedRun where one did not run."""
    wanted = sum(look.runs for look in block.looks)
    if run.cut_short is not None or len(run.commands) != wanted:
        why = run.cut_short or f"{len(run.commands)} of {wanted} commands ran"
        raise UnfinishedRun(f"{block.file}:{block.looks[0].line}: step {block.step.id}: {why}.")
    return list(run.commands)


def verdicts(
    block: LookBlock, healthy: Sequence[Sequence[CommandRun]], broken: Sequence[Sequence[CommandRun]]
) -> list[LineVerdict]:
    """The verdict on each line of the block, from its three runs of either kind."""
    found, column = [], 0
    for look in block.looks:
        if isinstance(look.reading, NotHere):
            found.append(_line(block, look, "not here", look.reading.reason))
            continue
        well, ill = ([runs[column] for runs in side] for side in (healthy, broken))
        column += 1
        if isinstance(look.reading, Predicate):
            judged = verdict_of([_seen(run) for run in well], [_seen(run) for run in ill], look.reading)
            found.append(_line(block, look, judged.worth.value, judged.why, well, ill))
        elif isinstance(look.reading, NoReading):
            found.append(_line(block, look, "no reading", look.reading.reason, well, ill))
    return found


def _line(
    block: LookBlock,
    look: Look,
    verdict: str,
    why: str,
    healthy: Sequence[CommandRun] = (),
    broken: Sequence[CommandRun] = (),
) -> LineVerdict:
    assert not healthy or len(healthy) == len(broken) == RUNS
    return LineVerdict(
        step_id=block.step.id,
        file=block.file,
        line=look.line,
        command=look.text,
        kind=block.step.kind,
        fault=block.fault,
        verdict=verdict,
        why=why,
        duration_s=statistics.median(run.duration_s for run in broken) if broken else None,
        healthy=healthy[-1].output[-OUTPUT_CHARS:] if healthy else "",
        broken=broken[-1].output[-OUTPUT_CHARS:] if broken else "",
    )


def _seen(run: CommandRun) -> Seen:
    return Seen(None if run.timed_out else run.exit_code, run.output)
