"""What the plan of one target asks for, endpoint by endpoint, and how much of it the records show. Pure."""

import math
from collections.abc import Iterator

import numpy as np

from load.plan import Plan, PlannedStage
from load.records import Records

MADE_MIN = 0.99
"""With a smaller share of the planned requests made, it was another load (reference: load)."""
API = "api"
"""All the calls together."""


def numbers(plan: Plan, endpoint: str) -> list[int]:
    """The numbers that an endpoint has in the records; of "api": of all that are judged. Empty: nobody asks there."""
    return [number for number, one in enumerate(plan.endpoints) if one.fraction > 0 and endpoint in (API, one.name)]


def records_of(plan: Plan, records: Records, endpoint: str) -> Records:
    """The records of one endpoint. The generator's own endpoint is part of none."""
    return records[np.isin(records["endpoint"], numbers(plan, endpoint))]


def judged(plan: Plan, records: Records) -> Records:
    """All but the records of the generator's own endpoint."""
    return records[records["endpoint"] < len(plan.endpoints)]


def due_s(plan: Plan, records: Records) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """In which second of the run each was due."""
    return np.asarray(records["intended"] - plan.begins_at)


def asked_s(plan: Plan) -> float:
    """For how many seconds requests were asked for."""
    return sum(stage.lasts_s for stage in plan.stages if stage.rate_per_s > 0)


def expected(plan: Plan, endpoint: str) -> float:
    """How many requests the plan asks for there."""
    fraction = sum(plan.endpoints[number].fraction for number in numbers(plan, endpoint))
    return fraction * plan.planned


def fewest(plan: Plan, until_s: float = math.inf) -> float:
    """Fewer records than this, due until then, are a missed rate.

    The phases of the users are drawn, so that the number of slots varies a little: three standard deviations of that
    are allowed for.
    """
    count, variance = 0.0, 0.0
    for stage, lasts_s in _until(plan, until_s):
        each = stage.rate_per_s * lasts_s / plan.users
        count += each * plan.users
        variance += plan.users * (each % 1) * (1 - each % 1)
    return MADE_MIN * count - 3 * math.sqrt(variance)


def stopped_at_s(plan: Plan, records: Records) -> float | None:
    """The second of the run at which it was ended before its time, all that was due until then made. None: it was not.

    A generator that lost a part of its requests on the way has missed its rate instead: also None.
    """
    due = due_s(plan, judged(plan, records))
    if not len(due) or len(due) >= fewest(plan):
        return None
    last_s = float(due.max())
    return last_s if len(due) >= fewest(plan, last_s) else None


def _until(plan: Plan, until_s: float) -> Iterator[tuple[PlannedStage, float]]:
    for stage in plan.stages:
        if (lasts_s := min(stage.to_s, until_s) - stage.from_s) > 0:
            yield stage, lasts_s
