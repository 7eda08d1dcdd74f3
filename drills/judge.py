"""The judge: what a drill's history proves. Pure. Doubt is inconclusive, never a pass."""

from collections.abc import Iterator
from dataclasses import dataclass

from drills.history import Control, History, Recovery
from drills.scenario import Verdict
from drills.sweeps import IN_A_ROW

CONTROL_FACTOR = 2.0
"""The control holds the fault for so many times the TTR, declared and measured (DESIGN, Words: control)."""

_WORST_FIRST = tuple(Verdict)


@dataclass(frozen=True)
class Judgement:
    """The verdict and, in one sentence, why. `doubts`: all that makes it less than certain."""

    verdict: Verdict
    why: str
    doubts: tuple[str, ...] = ()


def judge(history: History) -> Judgement:
    """The worst that the history proves, and the best only where no doubt is left."""
    doubts = tuple(_doubts(history))
    if not history.steady_before or not history.injected or history.witnessed is None:
        return Judgement(Verdict.INCONCLUSIVE, doubts[0], doubts)  # whatever followed tells nothing of the fault
    proven = [*_failures(history), *((Verdict.INCONCLUSIVE, doubt) for doubt in doubts), _best(history)]
    verdict, why = min(proven, key=lambda one: _WORST_FIRST.index(one[0]))
    return Judgement(verdict, why, doubts)


def _failures(history: History) -> Iterator[tuple[Verdict, str]]:
    recovery, detection = history.recovery, history.detection
    if history.steps and history.data_lost:
        yield Verdict.HARMFUL, "State that was there before the drill is gone after it."
    if recovery and recovery.worse:
        yield Verdict.HARMFUL, f"{_names(recovery.worse)} stayed green under the fault and went red with the step."
    if recovery and (why := _not_recovered(history, recovery)):
        yield Verdict.NOT_RECOVERED, why
    if detection and detection.code is None and history.witnessed_held is not None and not _blurred(history):
        check = history.scenario.detected_by
        other = f"was red for {', '.join(detection.other_codes)} only" if detection.other_codes else "stayed green"
        yield (
            Verdict.NOT_DETECTED,
            f"{check.check} {other} for {detection.window_s:.1f} s, not {' or '.join(check.codes)}.",
        )


def _not_recovered(history: History, recovery: Recovery) -> str | None:
    rto_s, ttr_s = history.limits.rto_s, recovery.time_to_recover_s
    if ttr_s is not None and ttr_s > rto_s:
        return f"Green again after {ttr_s:.1f} s, and the RTO is {rto_s:g} s."
    watched = recovery.sweeps >= IN_A_ROW and recovery.watched_s >= rto_s
    if ttr_s is None and recovery.red and watched:
        hints = "".join(f" {run.step.id}: {run.hint}." for run in history.steps if run.hint)
        late = f"{rto_s:g} s (the RTO) and {recovery.sweeps} sweeps later"
        return f"{_names(recovery.red)} red after the step, {late}.{hints}"
    return None


def _blurred(history: History) -> bool:
    """Whether the detection was too badly seen to say that the fault was missed."""
    detection = history.detection
    return detection is None or detection.unknown > 0 or detection.sweeps < IN_A_ROW or bool(history.troubles)


def _doubts(history: History) -> Iterator[str]:
    yield from history.troubles
    if not history.steady_before:
        yield "The steady state was not green to begin with, so nothing was injected."
    elif not history.injected:
        yield "The fault was not injected."
    elif history.witnessed is None:
        yield "Nothing but the injector says that the fault was in force."
    else:
        yield from _doubts_of_detection(history)
        if history.detection and history.detection.code is not None:
            yield from _doubts_of_mitigation(history) if history.scenario.steps else ()
        yield from _doubts_of_cure(history)


def _doubts_of_detection(history: History) -> Iterator[str]:
    detection = history.detection
    if detection is None:
        yield "Nobody looked whether the fault was noticed."
    elif detection.code is None and _blurred(history):
        yield f"{detection.unknown} of {detection.sweeps} sweeps could not tell whether the fault was noticed."
    if history.witnessed_held is None and not (history.control and history.control.turned_green):
        yield "The fault was no longer in force when its time without a mitigation ended."


def _doubts_of_mitigation(history: History) -> Iterator[str]:
    control, recovery = history.control, history.recovery
    if control is None:
        yield "There was no control: the service may have healed by itself."
        return
    if control.turned_green:
        return  # the steps were not run
    yield from _doubts_of_control(control, recovery.time_to_recover_s if recovery else None)
    if set(history.scenario.recover) <= set(control.spared):
        yield "No check that had to be green after the step was red before it, so the step brought nothing back."
    if not history.steps:
        yield "No step was run."
    for run in history.steps:
        if run.ran.timed_out or run.ran.exit_code is None:
            yield f"The {run.sentence}, so nobody knows how much of it was done."
    if history.steps and not any(run.succeeded for run in history.steps):
        yield f"The {history.steps[-1].sentence}: what brought the service back, if anything did, was something else."
    if len(history.steps) < len(history.scenario.steps):
        yield f"{len(history.steps)} of {len(history.scenario.steps)} steps were run."
    if recovery is None:
        yield "Nobody looked whether the service came back."
    elif recovery.time_to_recover_s is None and _not_recovered(history, recovery) is None:
        unseen = _names(recovery.unknown) or "it was not watched for the whole RTO"
        yield f"Whether the service came back could not be told: {unseen}."
    elif recovery.sweeps < IN_A_ROW:
        yield f"{recovery.sweeps} sweeps began after the step, and {IN_A_ROW} tell whether it made anything worse."
    if history.scenario.outside and recovery and history.witnessed_recovered is None:
        yield "The fault outside had gone before the service was seen to recover in spite of it."


def _doubts_of_control(control: Control, ttr_s: float | None) -> Iterator[str]:
    needed_s = CONTROL_FACTOR * max(control.declared_s, ttr_s or 0.0)
    if control.held_s < needed_s:
        yield f"The control held the fault for {control.held_s:.1f} s and needs {needed_s:.1f} s (twice the TTR)."
    if not control.stayed_red:
        yield f"The control was not red all along: {control.unknown} of {control.sweeps} sweeps could not tell."


def _doubts_of_cure(history: History) -> Iterator[str]:
    if history.witnessed_cured is not None:
        yield f"The fault is still in force after its cure: {history.witnessed_cured}."
    if not history.steady_after:
        yield "The steady state did not come back after the cure."


def _best(history: History) -> tuple[Verdict, str]:
    """What is proven where nothing speaks against it."""
    detection, control, recovery = history.detection, history.control, history.recovery
    noticed = detection.code if detection else None
    if control and control.turned_green:
        return Verdict.SELF_HEALED, f"Green again {control.held_s:.1f} s after the detection, without any step."
    if noticed and not history.scenario.steps:
        return Verdict.DETECTED, f"Noticed as {noticed}, and gone with the cure."
    if noticed and recovery and recovery.time_to_recover_s is not None:
        names = ", ".join(run.step.id for run in history.steps)
        return Verdict.RECOVERED, f"Noticed as {noticed}; green {recovery.time_to_recover_s:.1f} s after {names} began."
    return Verdict.INCONCLUSIVE, "The drill did not come to its end."


def _names(check_ids: tuple[str, ...]) -> str:
    return ", ".join(check_ids)
