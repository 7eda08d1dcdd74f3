"""Proves diagnostics on a bench: the blocks about one fault, three times healthy and three times under the fault."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drills.bench.bench import Bench
from drills.diagnostics import LineVerdict, LookBlock, UnfinishedRun, seen, typed, verdicts
from drills.faults.fault import Fault
from drills.runbook.verdict import RUNS
from drills.terminal import CommandRun, run_block

WITNESS_WITHIN_S = 20.0
POLL_S = 0.2

Round = list[list[CommandRun]]
"""What each command of each block printed in one run of all of them."""


class NoProof(Exception):
    """The diagnostics could not be proven: no witness, or a block that did not run. Doubt, and no verdict."""


@dataclass(frozen=True)
class Proven:
    """What one fault showed: the verdict on each line, what witnessed the fault, and which checks were red under it."""

    verdicts: tuple[LineVerdict, ...]
    witnessed: str
    red: tuple[str, ...]


def prove(
    bench: Bench,
    fault: Fault,
    blocks: Sequence[LookBlock],
    red_checks: Callable[[], tuple[str, ...]],
    say: Callable[[str], None],
) -> Proven:
    """Runs all `blocks` healthy and broken; the fault is cured whatever happens. NoProof where there is no proof.

    `red_checks` gives the production checks that fail just then.
    """
    healthy = [_round(bench, blocks, say, f"healthy {number + 1} of {RUNS}") for number in range(RUNS)]
    try:
        fault.inject(bench)
        witnessed = _witness(bench, fault)
        broken = [_round(bench, blocks, say, f"broken {number + 1} of {RUNS}") for number in range(RUNS)]
        red = red_checks()
        if fault.witness(bench) is None:
            raise NoProof(f"The fault {fault.name} was no longer in force when the last block had run.")
    finally:
        fault.cure(bench)
    found = [
        verdict
        for number, block in enumerate(blocks)
        for verdict in verdicts(block, [one[number] for one in healthy], [one[number] for one in broken])
    ]
    return Proven(tuple(found), witnessed, red)


def _round(bench: Bench, blocks: Sequence[LookBlock], say: Callable[[str], None], what: str) -> Round:
    say(what)
    ticker = f"SYN{random.randrange(1, 2001):04d}"
    try:
        return [
            seen(block, run_block(bench.host, commands)) if (commands := typed(block, ticker)) else []
            for block in blocks
        ]
    except UnfinishedRun as error:
        raise NoProof(f"{what}: {error}") from None


def _witness(bench: Bench, fault: Fault) -> str:
    deadline_s = time.monotonic() + WITNESS_WITHIN_S
    while (evidence := fault.witness(bench)) is None:
        if time.monotonic() > deadline_s:
            raise NoProof(f"Nothing but the injector says that {fault.name} was in force.")
        time.sleep(POLL_S)
    return evidence
