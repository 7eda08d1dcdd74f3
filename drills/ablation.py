"""Which lines of a mitigation mattered, whether it may be run twice, and whether it may be stopped midway. Pure.

Each question is a drill of its own on a bench in its first state: the same fault, and other things typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from drills.history import Attempt
from drills.steps import Step, StepLine

STOP_AFTER_S = 0.5
"""A command that is to be stopped midway gets so long; one that has ended by then is stopped after its end."""


class Question(StrEnum):
    """What is asked of a mitigation."""

    WITHOUT = "without"
    TWICE = "twice"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Rehearsal:
    """One question about a mitigation. `shells`: what is typed into one shell after the other. `line`, `command`: the
    line that it is about. `cut`: the last command of the first shell is ended after half a second."""

    question: Question
    shells: tuple[tuple[Step, ...], ...]
    line: int | None = None
    command: str = ""
    cut: bool = False


@dataclass(frozen=True)
class Answer:
    """What a rehearsal showed: "mattered" or "did not matter", "idempotent" or "differs", "safe to resume" or "not
    safe"; "unknown" where nobody can tell, and why."""

    question: Question
    line: int | None
    command: str
    answer: str
    why: str


def rehearsals(steps: Sequence[Step]) -> tuple[Rehearsal, ...]:
    """All that is asked of a mitigation: each line left out, where it has several; the whole twice; each line stopped
    in its middle, and then the whole."""
    lines = [(number, line) for number, step in enumerate(steps) for line in step.lines]
    whole = tuple(steps)
    without = [
        Rehearsal(Question.WITHOUT, (_without(steps, number, line),), line.line, line.text)
        for number, line in lines
        if len(lines) > 1
    ]
    stopped = [
        Rehearsal(Question.STOPPED, (_up_to(steps, number, line), whole), line.line, line.text, cut=True)
        for number, line in lines
    ]
    return (*without, Rehearsal(Question.TWICE, (whole, whole)), *stopped)


def answer(asked: Rehearsal, attempt: Attempt | None, rto_s: float, same: bool | None, doubt: str | None) -> Answer:
    """The answer that a drill gives. `attempt` None: it did not come to its steps. `same`: whether the deployment was
    the same after the second run as after the first. `doubt`: why the drill tells nothing."""
    recovery = attempt.recovery if attempt else None
    if doubt or attempt is None or recovery is None:
        return _said(asked, "unknown", doubt or "the drill did not come to its steps")
    back = attempt.came_back(rto_s)
    ttr_s = recovery.time_to_recover_s
    seen = f"green after {ttr_s:.1f} s" if ttr_s is not None else f"red after {recovery.watched_s:.0f} s"
    if not back and ttr_s is None and (recovery.unknown or recovery.watched_s < rto_s):
        return _said(asked, "unknown", f"it was not watched for the whole RTO ({rto_s:g} s)")
    if asked.question is Question.WITHOUT:
        return _said(asked, "did not matter" if back else "mattered", f"without it: {seen}")
    if asked.question is Question.STOPPED:
        return _said(asked, "safe to resume" if back else "not safe", f"stopped there, and run again: {seen}")
    if same is None:
        return _said(asked, "unknown", "the host could not be looked at")
    told = "as after the first run" if same else "other images, environments or files than after the first run"
    return _said(asked, "idempotent" if same and back else "differs", f"after the second run: {told}; {seen}")


def _said(asked: Rehearsal, what: str, why: str) -> Answer:
    return Answer(asked.question, asked.line, asked.command, what, why)


def _without(steps: Sequence[Step], number: int, left_out: StepLine) -> tuple[Step, ...]:
    return tuple(
        _with(step, [line for line in step.lines if at != number or line is not left_out])
        for at, step in enumerate(steps)
    )


def _up_to(steps: Sequence[Step], number: int, last: StepLine) -> tuple[Step, ...]:
    ended = steps[number].lines.index(last) + 1
    return (*steps[:number], _with(steps[number], steps[number].lines[:ended]))


def _with(step: Step, lines: Sequence[StepLine]) -> Step:
    return replace(step, lines=tuple(lines), commands="".join(f"{line.text}\n" for line in lines))
