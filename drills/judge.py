"""The judge: what a drill's history proves. Pure. Doubt is inconclusive, never a pass."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drills.history import Attempt, History
from drills.judge_attempt import Tried, judge_attempt, red_under
from drills.scenario import Verdict
from drills.sweeps import IN_A_ROW

_WORST_FIRST = tuple(Verdict)


@dataclass(frozen=True)
class Judgement:
    """The verdict and, in one sentence, why. `doubts`: all that makes it less than certain. `documented`, `corrected`:
    what the runbook's steps are worth, and ours; None: they were not run."""

    verdict: Verdict
    why: str
    doubts: tuple[str, ...] = ()
    documented: Tried | None = None
    corrected: Tried | None = None


def judge(history: History) -> Judgement:
    """The worst that the history proves, and the best only where no doubt is left.

    Where the documented steps did not bring the service back, the corrected ones decide; what the documented ones are
    worth stands beside it.
    """
    in_doubt = doubts = tuple(_doubts(history))
    if not history.steady_before or not history.injected or history.witnessed is None:
        return Judgement(Verdict.INCONCLUSIVE, doubts[0], doubts)  # whatever followed tells nothing of the fault
    scenario = history.scenario
    documented = _tried(history, history.documented, scenario.steps)
    corrected = _tried(history, history.corrected, scenario.corrected, red_under(history.documented))
    decisive = corrected or documented
    if decisive:
        doubts = (*doubts, *decisive.doubts)
    proven = [*_failures(history), *((Verdict.INCONCLUSIVE, doubt) for doubt in doubts), _best(history, decisive)]
    if decisive:
        proven.append((decisive.verdict, decisive.why))
    verdict, why = min(proven, key=lambda one: _WORST_FIRST.index(one[0]))
    return Judgement(verdict, why, doubts, _unproven(documented, in_doubt), _unproven(corrected, in_doubt))


def _unproven(tried: Tried | None, doubts: Sequence[str]) -> Tried | None:
    """The same, but for steps that brought the service back in a drill that is in doubt: they are proven by nothing."""
    if tried is None or tried.verdict is not Verdict.RECOVERED or not doubts:
        return tried
    return Tried(Verdict.INCONCLUSIVE, doubts[0], (*tried.doubts, *doubts))


def _tried(
    history: History, attempt: Attempt | None, step_ids: Sequence[str], red_before_s: float = 0.0
) -> Tried | None:
    return None if attempt is None else judge_attempt(history, attempt, step_ids, red_before_s)


def _failures(history: History) -> Iterator[tuple[Verdict, str]]:
    detection = history.detection
    if detection and detection.code is None and history.witnessed_held is not None and not _blurred(history):
        check = history.scenario.detected_by
        other = f"was red for {', '.join(detection.other_codes)} only" if detection.other_codes else "stayed green"
        yield (
            Verdict.NOT_DETECTED,
            f"{check.check} {other} for {detection.window_s:.1f} s, not {' or '.join(check.codes)}.",
        )


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
        if history.detection and history.detection.code is not None and history.scenario.held:
            yield from _doubts_of_holding(history)
        yield from _doubts_of_cure(history)


def _doubts_of_detection(history: History) -> Iterator[str]:
    detection = history.detection
    if detection is None:
        yield "Nobody looked whether the fault was noticed."
    elif detection.code is None and _blurred(history):
        yield f"{detection.unknown} of {detection.sweeps} sweeps could not tell whether the fault was noticed."
    elif detection.code is not None and detection.faded and not history.scenario.held:
        yield f"{history.scenario.detected_by.check} was red only until the fault was in force, and green under it."
    if history.witnessed_held is None and not (history.control and history.control.turned_green):
        yield "The fault was no longer in force when its time without a mitigation ended."


def _doubts_of_holding(history: History) -> Iterator[str]:
    if history.control is None:
        yield "There was no control: the service may have healed by itself."
    elif not history.control.turned_green and history.decisive is None:
        yield "No step was run." if history.scenario.mitigated else "It was to heal by itself, and stayed red."


def _doubts_of_cure(history: History) -> Iterator[str]:
    if history.witnessed_cured is not None:
        yield f"The fault is still in force after its cure: {history.witnessed_cured}."
    if not history.steady_after:
        yield "The steady state did not come back after the cure."


def _best(history: History, decisive: Tried | None) -> tuple[Verdict, str]:
    """What is proven where nothing speaks against it."""
    control = history.control
    noticed = history.detection.code if history.detection else None
    if control and control.turned_green:
        return Verdict.SELF_HEALED, f"Green again {control.held_s:.1f} s after the detection, without any step."
    if noticed and not history.scenario.held:
        return Verdict.DETECTED, f"Noticed as {noticed}, and gone with the cure."
    if noticed and decisive and decisive.verdict is Verdict.RECOVERED:
        return Verdict.RECOVERED, f"Noticed as {noticed}; {decisive.why}"
    return Verdict.INCONCLUSIVE, "The drill did not come to its end."
