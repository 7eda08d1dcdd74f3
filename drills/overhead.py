"""Where the time of drills goes: what is neither fault, detection, control, step nor recovery is overhead. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from drills.events import Phase
from drills.recorded import Record, objects_of

OVERHEAD = (Phase.STEADY, Phase.CURE, Phase.STEADY_AGAIN)
RESET = "reset"
_OVERHEAD_WORDS = (RESET, *(phase.value for phase in OVERHEAD))


@dataclass(frozen=True)
class Spent:
    """The seconds of one drill, by phase, the reset of the bench before it among them."""

    drill: str
    phases_s: Mapping[str, float]

    @property
    def bench_s(self) -> float:
        return sum(self.phases_s.values())

    @property
    def overhead_s(self) -> float:
        return sum(lasts_s for phase, lasts_s in self.phases_s.items() if phase in _OVERHEAD_WORDS)


@dataclass(frozen=True)
class Overhead:
    """The same over a run. `share` None: no drill says where its time went."""

    bench_s: float
    overhead_s: float
    share: float | None
    drills: tuple[Spent, ...]


def overhead_of(records: Sequence[Record]) -> Overhead:
    """Where the time of these drills went."""
    drills = tuple(spent_of(record) for record in records)
    bench_s, overhead_s = sum(one.bench_s for one in drills), sum(one.overhead_s for one in drills)
    return Overhead(bench_s, overhead_s, overhead_s / bench_s if bench_s else None, drills)


def spent_of(record: Record) -> Spent:
    """The seconds of one drill. Each phase lasts until the next begins, the last to the end of the drill."""
    begun = [event for event in objects_of(record.get("timeline")) if event["text"] == "begins"]
    starts_s = [_number(event["elapsed_s"]) for event in begun]
    phases_s: dict[str, float] = {}
    if reset_s := _number(record.get("reset_s")):
        phases_s[RESET] = reset_s
    for event, from_s, to_s in zip(begun, starts_s, [*starts_s[1:], _lasted_s(record)], strict=False):
        phase = str(event["phase"])
        phases_s[phase] = phases_s.get(phase, 0.0) + max(0.0, to_s - from_s)
    return Spent(str(record["scenario"]), phases_s)


def overhead_line(overhead: Overhead) -> str | None:
    """The sentence for the end of a run; None where there is nothing to say."""
    if overhead.share is None:
        return None
    time = f"{overhead.bench_s / 60:.0f} min" if overhead.bench_s >= 120 else f"{overhead.bench_s:.0f} s"
    return f"overhead {overhead.share:.0%} of {time} bench time (reset, steady, cure, steady again)"


def _lasted_s(record: Record) -> float:
    try:
        started, finished = (datetime.fromisoformat(str(record[key])) for key in ("started_at", "finished_at"))
    except (KeyError, ValueError):
        return 0.0
    return (finished - started).total_seconds()


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
