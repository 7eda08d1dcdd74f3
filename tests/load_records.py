"""Records of a load as the generator would have left them, made up: every slot of a plan, and what came of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import numpy.typing as npt

from load.plan import ENDED_FILE, RECORDS_FILE, Ended, Endpoint, Plan, PlannedStage, Side, write_plan
from load.records import RECORD, Answered, Records
from load.schedule import slots, turn_of, users_for
from load.yardstick import HOLDS_S

BEGINS_AT = 1_800_000_000.0
Seconds = npt.NDArray[np.float64]


def a_stage(from_s: float, to_s: float, rate_per_s: float, name: str = "", side: Side = "a") -> PlannedStage:
    return PlannedStage(from_s=from_s, to_s=to_s, rate_per_s=rate_per_s, name=name, side=side)


def a_plan(
    rate_per_s: float = 50.0,
    lasts_s: float = 120.0,
    *,
    calls: Sequence[tuple[str, float]] = (("question", 1.0),),
    stages: Sequence[PlannedStage] = (),
    profile: str = "baseline",
) -> Plan:
    """A plan with these calls (name, fraction), of one stage or of those given."""
    stages = tuple(stages) or (a_stage(0, lasts_s, rate_per_s),)
    return Plan(
        profile=profile,
        seed=1,
        users=users_for(max(stage.rate_per_s for stage in stages), 2.0),
        timeout_s=15.0,
        endpoints=tuple(
            Endpoint(name=name, url="http://127.0.0.1:1/", fraction=fraction, side=side)
            for side in sorted({stage.side for stage in stages})
            for name, fraction in calls
        ),
        stages=stages,
        begins_at=BEGINS_AT,
    )


def make(
    at_s: npt.ArrayLike,
    latency_s: npt.ArrayLike,
    *,
    endpoint: npt.ArrayLike = 0,
    answered: npt.ArrayLike = Answered.WELL,
    status: npt.ArrayLike = 200,
    lag_s: npt.ArrayLike = 0.0,
    begins_at: float = BEGINS_AT,
) -> Records:
    """Records due at these seconds of the run, in the order of their ends."""
    at = np.asarray(at_s, dtype=float)
    made = np.zeros(len(at), RECORD)
    made["intended"] = begins_at + at
    made["start"] = made["intended"] + lag_s
    made["end"] = made["intended"] + latency_s
    made["lag_s"], made["endpoint"], made["answered"], made["status"] = lag_s, endpoint, answered, status
    return made[np.argsort(made["end"], kind="stable")]


def asked(
    plan: Plan,
    latency_s: float | Callable[[Seconds], npt.ArrayLike] = 0.1,
    *,
    seed: int = 1,
    lag_s: float = 0.0,
    until_s: float = np.inf,
) -> Records:
    """A good answer in every slot of the plan that is due before `until_s`; the latency may depend on the second."""
    random = Random(seed)
    due = sorted((one.at_s, one.endpoint) for n in range(plan.users) for one in slots(plan, random, turn_of(n)))
    at = np.array([at_s for at_s, _ in due if at_s < until_s], dtype=float)
    endpoint = np.array([number for at_s, number in due if at_s < until_s], dtype=int)
    taken = latency_s(at) if callable(latency_s) else np.full(len(at), latency_s)
    return make(at, taken, endpoint=endpoint, lag_s=lag_s, begins_at=plan.begins_at)


def spoilt(
    records: Records,
    which: int | npt.ArrayLike,
    answered: Answered = Answered.WRONG_STATUS,
    *,
    status: int = 500,
    latency_s: float | None = None,
) -> Records:
    """The same with so many of them (evenly over the run), or those that the mask or the indices name, gone wrong."""
    changed = records.copy()
    index = np.linspace(0, len(records) - 1, which).astype(int) if isinstance(which, int) else np.asarray(which)
    changed["answered"][index] = answered
    changed["status"][index] = status
    if latency_s is not None:
        changed["end"][index] = changed["intended"][index] + latency_s
    return changed


def slowed(records: Records, which: int | npt.ArrayLike, latency_s: float) -> Records:
    """The same with so many of them, or those, answered well after this time."""
    return spoilt(records, which, Answered.WELL, status=200, latency_s=latency_s)


def yardstick(plan: Plan, error_s: float = 0.0005, per_s: float = 5.0, until_s: float = np.inf) -> Records:
    """What the generator measured at its endpoint of known latency."""
    at = np.arange(0.1, min(plan.lasts_s, until_s), 1 / per_s)
    return make(at, np.full(len(at), HOLDS_S + error_s), endpoint=len(plan.endpoints), begins_at=plan.begins_at)


def together(*parts: Records) -> Records:
    """All of them in one file."""
    whole: Records = np.concatenate(parts)
    return whole


def an_end(plan: Plan, records: Records, **changes: float) -> Ended:
    """The generator's last word: everything written, everybody finished."""
    n = len(records)
    ended = Ended(begins_at=plan.begins_at, made=n, written=n, processes=1, finished=1, cpu_s=1.0)
    return msgspec.structs.replace(ended, **changes)


def write_run(folder: Path, plan: Plan, records: Records, ended: Ended | None) -> Path:
    """The files of a run."""
    folder.mkdir(parents=True, exist_ok=True)
    write_plan(plan, folder)
    (folder / RECORDS_FILE).write_bytes(records.tobytes())
    if ended is not None:
        (folder / ENDED_FILE).write_bytes(msgspec.json.encode(ended))
    return folder
