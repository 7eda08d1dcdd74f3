"""What makes a run worthless as a whole: records that are not all there, or that are not this run's. Pure.

What is missing may be the worst of it: so nothing that such records show is a verdict, neither good nor bad.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from load.bounds import quantile
from load.judged import GeneratorError
from load.offered import due_s, judged
from load.plan import Ended, Plan
from load.records import Answered, Records, latency_s
from load.yardstick import HOLDS_S

EDGE_S = 1.0
"""So far outside of the run may a clock put a record that is of it."""

ENDS_WITHIN_S = 60.0
"""So long after the last request can time out is a generator ended at the latest."""


@dataclass(frozen=True)
class Doubt:
    """Why nobody can tell: a code (see Judgement.code) and a sentence."""

    code: str
    why: str


def doubt_of_run(records: Records, plan: Plan, ended: Ended | None) -> Doubt | None:
    """Why none of these records are worth a verdict. None: they are all there."""
    if ended is None:
        return Doubt("load.generator_died", "the generator did not come to its end; run it again")
    if ended.begins_at != plan.begins_at:
        return _lost("ended.json is of another run than plan.json")
    if ended.finished < ended.processes:
        silent = ended.processes - ended.finished
        return _lost(f"{silent} of {ended.processes} processes of the generator did not send their last records")
    if ended.made != ended.written:
        return _lost(f"the generator made {ended.made:,} records and wrote {ended.written:,}")
    if len(records) != ended.written:
        return _lost(f"the generator wrote {ended.written:,} records and the file holds {len(records):,}")
    if strange := int(_strange(records, plan).sum()):
        return _lost(f"{strange:,} of {len(records):,} records cannot be of this run")
    return None


def generator_error(records: Records, plan: Plan, ended: Ended | None) -> GeneratorError:
    """What the generator was worth. Its lag is that of requests that are judged, where they were started."""
    asked = judged(plan, records)
    lag_s = np.sort(asked["lag_s"][asked["end"] > asked["start"]].astype(float))
    own = records[(records["endpoint"] == len(plan.endpoints)) & (records["answered"] != Answered.CUT_OFF)]
    # What did not come back from there may have taken any time.
    error_s = np.where(own["answered"] == Answered.WELL, np.maximum(latency_s(own) - HOLDS_S, 0.0), np.inf)
    error_s.sort()
    return GeneratorError(
        processes=ended.processes if ended else len(np.unique(records["process"])),
        planned=round(plan.planned),
        made=len(asked),
        lag_p50_s=_quantile(lag_s, 0.5),
        lag_p99_s=_quantile(lag_s, 0.99),
        own_error_p50_s=_quantile(error_s, 0.5),
        own_error_p99_s=_quantile(error_s, 0.99),
        cpu_s=ended.cpu_s if ended else 0.0,
    )


def _quantile(values: npt.NDArray[np.float64], q: float) -> float | None:
    return quantile(values, q) if len(values) else None


def _strange(records: Records, plan: Plan) -> npt.NDArray[np.bool_]:
    """Which have an endpoint that is none, an end before their beginning, or a time outside of the run."""
    due = due_s(plan, records)
    within = (due >= -EDGE_S) & (due <= plan.lasts_s + EDGE_S)  # false for what is no number
    within &= records["end"] <= plan.begins_at + plan.lasts_s + plan.timeout_s + ENDS_WITHIN_S
    in_order = (records["end"] >= records["intended"]) & (records["lag_s"] >= 0)
    known = (records["endpoint"] <= len(plan.endpoints)) & (records["answered"] <= max(Answered))
    return ~(within & in_order & known)


def _lost(how: str) -> Doubt:
    return Doubt("load.records_lost", f"{how}; run it again")
