"""From the records of a comparison to the figures of its blocks, call by call. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from load.blocks import SETTLES_S, WARM_UP, pairs_of
from load.offered import due_s
from load.plan import Plan
from load.records import Answered, Records, failed, latency_s

QUANTILE = 0.95
RAN_OVER_MAX = 0.01
"""Of the next block: so many may still wait for an answer of the block before when it begins to count."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CallBlocks:
    """One call in the blocks: arrays of pairs x (a, b). A failed request is later than any that was answered.

    `p95_s`: NaN without a request, infinite where it is of failures. `cut_off`: whose answers nobody waited for.
    `lag_p95_s`: how late the generator itself was, the worse of the two sides.
    """

    name: str
    n: Ints
    bad: Ints
    cut_off: Ints
    p95_s: Floats
    lag_p95_s: float


def call_blocks(plan: Plan, records: Records) -> tuple[CallBlocks, ...]:
    """Every call of the plan, in its order."""
    stage = counted_in(plan, records)
    names = dict.fromkeys(one.name for one in plan.endpoints)
    return tuple(_blocks(plan, records, stage, name) for name in names)


def stage_of(plan: Plan, records: Records) -> Ints:
    """The stage in which each request was due; -1: in none of them."""
    at_s = due_s(plan, records)
    ends_s = np.array([stage.to_s for stage in plan.stages])
    begins_s = np.array([stage.from_s for stage in plan.stages])
    found = np.searchsorted(begins_s, at_s, side="right") - 1
    within = (found >= 0) & (at_s < ends_s[found]) & (records["endpoint"] < len(plan.endpoints))
    return np.where(within, found, -1)


def counted_in(plan: Plan, records: Records) -> Ints:
    """The same without the second in which a block settles."""
    stage = stage_of(plan, records)
    counts_from_s = np.array([one.from_s + SETTLES_S for one in plan.stages])
    return np.where(due_s(plan, records) >= counts_from_s[stage], stage, -1)


def ran_over(plan: Plan, records: Records) -> tuple[list[int], float]:
    """The blocks that reached into the next one's counted part with more than 1 % of its requests; how far at worst."""
    stage, worst_s = stage_of(plan, records), 0.0
    over = list[int]()
    for number, after in enumerate(plan.stages[1:]):
        if after.name == WARM_UP:
            continue
        past_s = records["end"][stage == number] - plan.begins_at - after.from_s - SETTLES_S
        past_s = past_s[past_s > 0]
        if len(past_s) > RAN_OVER_MAX * (after.lasts_s - SETTLES_S) * after.rate_per_s:
            over.append(number)
            worst_s = max(worst_s, float(past_s.max()))
    return over, worst_s


def _blocks(plan: Plan, records: Records, stage: Ints, name: str) -> CallBlocks:
    numbers = [number for number, one in enumerate(plan.endpoints) if one.name == name]
    mine = np.isin(records["endpoint"], numbers) & (stage >= 0)
    records, stage = records[mine], stage[mine]
    unknown = records["answered"] == Answered.CUT_OFF
    late_s = np.where(failed(records), np.inf, latency_s(records))
    pairs = pairs_of(plan)
    blocks = [[stage == number for number in pair] for pair in pairs]
    sides = [np.isin(stage, [pair[side] for pair in pairs]) & ~unknown for side in (0, 1)]
    return CallBlocks(
        name=name,
        n=_counts(blocks, ~unknown),
        bad=_counts(blocks, failed(records)),
        cut_off=_counts(blocks, unknown),
        p95_s=np.array([[p95(late_s[block & ~unknown]) for block in pair] for pair in blocks], dtype=np.float64),
        lag_p95_s=max((p95(records["lag_s"][side]) for side in sides if side.any()), default=0.0),
    )


def silent(n_a: int, n_b: int) -> str:
    """Which build was not asked at all, in words; "" where both were."""
    if n_a and n_b:
        return ""
    return "nothing was asked of " + ("either build" if n_a == n_b else "the new build" if n_a else "the old build")


def p95(values: Floats) -> float:
    """What 95 % of them do not exceed; NaN of none. Not interpolated: a failure is infinitely late."""
    return float(np.quantile(values, QUANTILE, method="inverted_cdf")) if len(values) else float("nan")


def _counts(blocks: Sequence[Sequence[npt.NDArray[np.bool_]]], which: npt.NDArray[np.bool_]) -> Ints:
    return np.array([[int((block & which).sum()) for block in pair] for pair in blocks], dtype=np.int64)
