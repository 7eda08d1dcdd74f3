"""What a drill would do, step by step, told without a bench and without an engine."""

import inspect
from collections.abc import Iterable, Iterator

from drills.faults.fault import Fault
from drills.judge_attempt import CONTROL_FACTOR
from drills.scenario import Scenario, Verdict
from drills.steps import Step
from drills.sweeps import IN_A_ROW
from drills.verified import Subject


def preview(scenario: Scenario, fault: Fault, subject: Subject) -> list[str]:
    """The phases of a drill in order. Raises BenchError where a step is not in the runbook that is proven."""
    head = f"{scenario.id} ({scenario.severity.value}): {scenario.title}"
    phases = list(_phases(scenario, fault, subject))
    return [head, *(f"  {line}" for line in phases), f"  expected: {scenario.expect.value}"]


def _phases(scenario: Scenario, fault: Fault, subject: Subject) -> Iterator[str]:
    yield f"steady: {', '.join(scenario.watched)} are green"
    declared = ", ".join(f"{name}: {value}" for name, value in fault.declared.items() if value)
    yield f"inject: {fault.name}{f' ({declared})' if declared else ''}"
    yield f"witness: {_told(fault)}"
    by = scenario.detected_by
    yield f"detect: {by.check} is red as {' or '.join(by.codes)} within {scenario.noticed_within_s:g} s of the witness"
    if scenario.held:
        held_s = CONTROL_FACTOR * scenario.ttr_declared_s
        turns = "turns green by itself" if scenario.expect is Verdict.SELF_HEALED else "does not turn green"
        yield f"control: the fault is held for {held_s:g} s without a step, and {by.check} {turns}"
    if scenario.mitigated:
        yield from _steps("step", map(subject.step, scenario.steps))
        if scenario.steps:
            yield from _recovers(scenario)
        if scenario.corrected:
            yield "where that does not bring it back:" if scenario.steps else "the runbook has no step; ours:"
            yield from _steps("corrected step", map(subject.corrected, scenario.corrected))
            yield from _recovers(scenario)
    yield "cure: the fault is undone, and its witness gone"
    yield "steady again: all of these are green"


def _recovers(scenario: Scenario) -> Iterator[str]:
    kept = "; the fault outside is still there" if scenario.outside else ""
    checks = ", ".join(scenario.recover)
    yield f"recover: within rto_s of the target file, {IN_A_ROW} times in a row green: {checks}{kept}"


def _steps(word: str, steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        yield f"{word} {step.id} ({step.where}):"
        yield from (f"  $ {line}" for line in step.commands.splitlines())


def _told(fault: Fault) -> str:
    """What the witness says of itself: the first paragraph of its docstring."""
    text = inspect.getdoc(type(fault).witness) or "seen by somebody else than the injector"
    return " ".join(text.split("\n\n")[0].split())
