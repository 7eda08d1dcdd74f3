"""What each watched check said over the time of a drill, as spans: for the picture of a drill. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drills.sweeps import Sweep


@dataclass(frozen=True)
class Span:
    """A check said the same from then to then, in seconds since the drill began."""

    outcome: str
    from_s: float
    to_s: float


@dataclass(frozen=True)
class Lane:
    """One check over the time of a drill."""

    check: str
    spans: tuple[Span, ...]


def lanes(sweeps: Iterable[Sweep], checks: Sequence[str], began_s: float) -> tuple[Lane, ...]:
    """A lane for each check. A sweep tells of the time since the one before that held the check, from its own start.

    `began_s`: when the drill began, by the monotonic clock of the sweeps.
    """
    ordered = sorted(sweeps, key=lambda sweep: sweep.started_s)
    return tuple(Lane(check, _spans([one for one in ordered if check in one.seen], check, began_s)) for check in checks)


def _spans(sweeps: Sequence[Sweep], check: str, began_s: float) -> tuple[Span, ...]:
    spans: list[Span] = []
    for sweep in sweeps:
        outcome = sweep.seen[check].outcome.value
        from_s, to_s = (max(0.0, moment_s - began_s) for moment_s in (sweep.started_s, sweep.received_s))
        if spans and spans[-1].outcome == outcome:
            spans[-1] = Span(outcome, spans[-1].from_s, max(to_s, spans[-1].to_s))
        else:
            if spans:  # no gap between two sweeps
                spans[-1] = Span(spans[-1].outcome, spans[-1].from_s, from_s)
            spans.append(Span(outcome, from_s, max(from_s, to_s)))
    return tuple(spans)
