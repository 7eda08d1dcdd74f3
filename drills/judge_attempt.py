"""What one mitigation is worth, as it was tried: the judge's part about steps. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drills.history import Attempt, Control, History, Recovery
from drills.scenario import Verdict
from drills.sweeps import IN_A_ROW

CONTROL_FACTOR = 2.0
"""The control holds the fault for so many times the TTR, declared and measured (DESIGN, Words: control)."""


@dataclass(frozen=True)
class Tried:
    """The verdict on one mitigation, and why. `doubts`: all that makes it less than certain."""

    verdict: Verdict
    why: str
    doubts: tuple[str, ...] = ()


def judge_attempt(history: History, attempt: Attempt, wanted: Sequence[str], red_before_s: float = 0.0) -> Tried:
    """The worst that the attempt proves, "recovered" only where no doubt is left. `wanted`: the ids of its steps.

    `red_before_s`: for how long after the control the service stayed red under steps that had no effect; the fault was
    held without this attempt's steps for that time too.
    """
    doubts = tuple(_doubts(history, attempt, wanted, red_before_s))
    proven = [*_failures(history, attempt), *((Verdict.INCONCLUSIVE, doubt) for doubt in doubts), _best(attempt)]
    verdict, why = min(proven, key=lambda one: tuple(Verdict).index(one[0]))
    return Tried(verdict, why, doubts)


def _failures(history: History, attempt: Attempt) -> Iterator[tuple[Verdict, str]]:
    recovery = attempt.recovery
    if attempt.difference and attempt.difference.lost:
        shown = ", ".join(attempt.difference.lost[:3])
        yield (
            Verdict.HARMFUL,
            f"{len(attempt.difference.lost)} files that were there before the steps are lost: {shown}.",
        )
    if recovery and recovery.worse:
        yield Verdict.HARMFUL, f"{_names(recovery.worse)} stayed green under the fault and went red with the step."
    if recovery and (why := _not_recovered(history, attempt, recovery)):
        yield Verdict.NOT_RECOVERED, why
    if attempt.amiss:
        yield Verdict.NOT_RECOVERED, f"The checks are green, and yet: {attempt.amiss}."


def _not_recovered(history: History, attempt: Attempt, recovery: Recovery) -> str | None:
    rto_s, ttr_s = history.limits.rto_s, recovery.time_to_recover_s
    if ttr_s is not None and ttr_s > rto_s:
        return f"Green again after {ttr_s:.1f} s, and the RTO is {rto_s:g} s."
    watched = recovery.sweeps >= IN_A_ROW and recovery.watched_s >= rto_s
    if ttr_s is None and recovery.red and watched:
        hints = "".join(f" {run.step.id}: {run.hint}." for run in attempt.steps if run.hint)
        late = f"{rto_s:g} s (the RTO) and {recovery.sweeps} sweeps later"
        return f"{_names(recovery.red)} red after the step, {late}.{hints}"
    return None


def red_under(attempt: Attempt | None) -> float:
    """For how many seconds the service was seen to stay red in spite of these steps; 0 where nothing is sure."""
    recovery = attempt.recovery if attempt else None
    stayed = recovery is not None and recovery.time_to_recover_s is None and recovery.red
    return recovery.watched_s if recovery and stayed else 0.0


def _doubts(history: History, attempt: Attempt, wanted: Sequence[str], red_before_s: float) -> Iterator[str]:
    control, recovery = history.control, attempt.recovery
    if control is not None:
        yield from _doubts_of_control(control, red_before_s, recovery.time_to_recover_s if recovery else None)
        if set(history.scenario.recover) <= set(control.spared):
            yield "No check that had to be green after the step was red before it, so the step brought nothing back."
    if attempt.red_before == () and not _left_amiss(history.documented, attempt):
        began = attempt.steps[0].step.id if attempt.steps else "the step"
        yield f"Nothing that had to be green was red when {began} began, so it brought nothing back."
    for run in attempt.steps:
        if run.ran.timed_out or run.ran.exit_code is None:
            yield f"The {run.sentence}, so nobody knows how much of it was done."
    if attempt.steps and not any(run.succeeded for run in attempt.steps):
        last = attempt.steps[-1].sentence
        yield f"The {last}: what brought the service back, if anything did, was something else."
    if len(attempt.steps) < len(wanted):
        yield f"{len(attempt.steps)} of {len(wanted)} steps were run." if attempt.steps else "No step was run."
    if recovery is None:
        yield "Nobody looked whether the service came back."
    elif recovery.time_to_recover_s is None and _not_recovered(history, attempt, recovery) is None:
        unseen = _names(recovery.unknown) or "it was not watched for the whole RTO"
        yield f"Whether the service came back could not be told: {unseen}."
    elif recovery.sweeps < IN_A_ROW:
        yield f"{recovery.sweeps} sweeps began after the step, and {IN_A_ROW} tell whether it made anything worse."
    if history.scenario.outside and recovery and attempt.witnessed is None:
        yield "The fault outside had gone before the service was seen to recover in spite of it."


def _doubts_of_control(control: Control, red_before_s: float, ttr_s: float | None) -> Iterator[str]:
    declared_s, measured_s = CONTROL_FACTOR * control.declared_s, CONTROL_FACTOR * (ttr_s or 0.0)
    held_s = control.held_s + red_before_s
    if control.held_s < declared_s:
        yield f"The control held the fault for {control.held_s:.1f} s and needs {declared_s:.1f} s (twice the TTR)."
    elif held_s < measured_s:
        yield f"The control held the fault for {held_s:.1f} s and needs {measured_s:.1f} s (twice the TTR)."
    if not control.stayed_red:
        seen = (
            f"{control.unknown} of {control.sweeps} sweeps could not tell" if control.unknown else "it was green once"
        )
        yield f"The control was not red all along: {seen}."


def _left_amiss(before: Attempt | None, attempt: Attempt) -> bool:
    """Whether the steps that were tried before left green what is to be mended all the same: another image, say."""
    if before is None or before is attempt:
        return False
    return bool(before.amiss or (before.recovery and before.recovery.worse))


def _best(attempt: Attempt) -> tuple[Verdict, str]:
    if attempt.recovery and attempt.recovery.time_to_recover_s is not None:
        names = ", ".join(run.step.id for run in attempt.steps)
        return Verdict.RECOVERED, f"green {attempt.recovery.time_to_recover_s:.1f} s after {names} began."
    return Verdict.INCONCLUSIVE, "The drill did not come to its end."


def _names(check_ids: tuple[str, ...]) -> str:
    return ", ".join(check_ids)
