"""Which checks noticed a fault, and which stayed silent: one drill's row of the fault x check matrix. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from checks.outcome import Outcome
from drills.sweeps import Sweep, begun_within, holding, last_of


class Notice(StrEnum):
    """What a check made of a fault. A check that only could not tell is not silent: nobody knows."""

    RED = "red"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Noticed:
    """`code`: of its first failure, for whichever reason. `time_s`: from the witness to there, or 0."""

    how: Notice
    code: str | None = None
    time_s: float | None = None


def noticed(sweeps: Sequence[Sweep], injected_s: float, witnessed_s: float, until_s: float) -> Mapping[str, Noticed]:
    """What each check of the watch said of the fault: in sweeps that began after the injection, arrived at `until_s`.

    `until_s`: when the first step began, or the cure. What arrives later may tell of these. What a check that failed
    before the injection already makes of it, nobody knows.
    """
    before = [sweep for sweep in sweeps if sweep.received_s <= injected_s]
    ill = {check_id for check_id in _ever_heard(before) if last_of(before, check_id).outcome is Outcome.FAIL}
    under_fault = [sweep for sweep in begun_within(sweeps, injected_s) if sweep.received_s <= until_s]
    return {
        check_id: Noticed(Notice.UNKNOWN)
        if check_id in ill
        else _noticed(holding(under_fault, check_id), check_id, witnessed_s)
        for check_id in _ever_heard(sweeps)
    }


def all_heard(sweeps: Sequence[Sweep], from_s: float) -> bool:
    """Whether each check has been heard in a sweep that began then or later: before that, silence is doubt."""
    return _ever_heard(begun_within(sweeps, from_s)).keys() >= _ever_heard(sweeps).keys()


def _ever_heard(sweeps: Iterable[Sweep]) -> Mapping[str, None]:
    """The ids of the checks, in the order in which they were first heard."""
    return {check_id: None for sweep in sweeps for check_id in sweep.seen}


def _noticed(own: Sequence[Sweep], check_id: str, witnessed_s: float) -> Noticed:
    red = [sweep for sweep in own if sweep.of(check_id).outcome is Outcome.FAIL]
    if red:
        first = min(red, key=lambda sweep: sweep.received_s)
        return Noticed(Notice.RED, first.of(check_id).code, max(0.0, first.received_s - witnessed_s))
    silent = any(sweep.green([check_id]) for sweep in own)
    return Noticed(Notice.SILENT if silent else Notice.UNKNOWN)
