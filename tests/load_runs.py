"""Runs of load that never were, seeded: records as the generator writes them, and the load.json that comes of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt

from load.judged import GeneratorError, Judgement, Verdict
from load.load_file import LoadFile, LoadMark
from load.plan import Endpoint, Plan, PlannedStage, Side
from load.records import RECORD, Answered, Records
from load.series import load_file
from reports.load_record import Load

BEGINS_AT = 1_795_000_000.0
GENERATOR = GeneratorError(2, 6000, 6000, 0.0003, 0.002, 0.0004, 0.0015, 12.5)

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calls:
    """What happened to the calls of one endpoint: when each was due, how long it took, what came of it."""

    at_s: Times
    took_s: Times
    answered: npt.NDArray[np.uint16]
    status: npt.NDArray[np.uint16]

    def after(self, change: Callable[[Times, Times], Times]) -> "Calls":
        """The same with other latencies: `change` gets when each was due, and how long it took."""
        return replace(self, took_s=change(self.at_s, self.took_s))

    def failing(
        self, which: npt.NDArray[np.bool_], answered: Answered, status: int = 0, after_s: float = 0.002
    ) -> "Calls":
        """The same, but these fail, after that time."""
        return Calls(
            self.at_s,
            np.where(which, after_s, self.took_s),
            np.where(which, np.uint16(answered), self.answered),
            np.where(which, np.uint16(status), self.status),
        )


def calls(rate_per_s: float, from_s: float, to_s: float, *, median_s: float = 0.004, seed: int = 7) -> Calls:
    """Calls at a steady rate that all succeed, with a tail like a service's."""
    random = np.random.default_rng(seed)
    at_s = np.arange(from_s, to_s, 1 / rate_per_s) + 0.1 / rate_per_s
    took_s = median_s * random.lognormal(0.0, 0.5, len(at_s))
    return Calls(at_s, took_s, np.zeros(len(at_s), np.uint16), np.full(len(at_s), 200, np.uint16))


def frozen(from_s: float, lasts_s: float) -> Callable[[Times, Times], Times]:
    """Latencies of a service that does nothing in that time, for `Calls.after`."""
    return lambda at_s, took_s: np.where(
        (at_s >= from_s) & (at_s < from_s + lasts_s), from_s + lasts_s - at_s + took_s, took_s
    )


def records_of(each: Sequence[Calls]) -> Records:
    """The records, in the order of their ends. The number of an endpoint is its place here."""
    parts = []
    for number, one in enumerate(each):
        part = np.zeros(len(one.at_s), RECORD)
        part["intended"] = part["start"] = BEGINS_AT + one.at_s
        part["end"] = part["start"] + one.took_s
        part["endpoint"], part["answered"], part["status"] = number, one.answered, one.status
        parts.append(part)
    records = np.concatenate(parts) if parts else np.zeros(0, RECORD)
    ordered: Records = records[np.argsort(records["end"], kind="stable")]
    return ordered


def plan_for(
    names: Sequence[str], lasts_s: float, *, sides: Sequence[Side] = ("a",), stages: Sequence[PlannedStage] = ()
) -> Plan:
    """A plan with these endpoints at each side; their numbers go side by side."""
    return Plan(
        profile="baseline",
        seed=1,
        users=10,
        timeout_s=15.0,
        endpoints=tuple(Endpoint(name=n, side=s, url="http://127.0.0.1:8000/x") for s in sides for n in names),
        stages=tuple(stages) or (PlannedStage(from_s=0.0, to_s=lasts_s, rate_per_s=50.0),),
        begins_at=BEGINS_AT,
    )


def judged(endpoint: str, measure: str, limit: float, verdict: str = "pass", **more: object) -> Judgement:
    """A judgement: 6,000 calls, three of them bad."""
    unit = "s" if measure.startswith("p") else "ratio"
    fields = {
        "objective": f"{endpoint}.{measure}",
        "endpoint": endpoint,
        "measure": measure,
        "verdict": Verdict(verdict),
        "n": 6000,
        "bad": 3,
        "limit": limit,
        "unit": unit,
        "measured": 0.0123,
        "bound": 0.0131,
        **more,
    }
    return Judgement(**fields)  # type: ignore[arg-type]


def written(
    plan: Plan,
    each: Sequence[Calls],
    *,
    judgements: Iterable[Judgement] = (),
    marks: Iterable[LoadMark] = (),
    ended_early_s: float | None = None,
    target: str = "embedded",
) -> LoadFile:
    """What load writes of such a run."""
    return load_file(
        records_of(each),
        plan,
        target=target,
        judgements=judgements,
        generator=GENERATOR,
        marks=tuple(marks),
        ended_early_s=ended_early_s,
    )


def as_read(load: LoadFile) -> Load:
    """The same as reports read it."""
    return msgspec.json.decode(msgspec.json.encode(load), type=Load)
