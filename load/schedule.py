"""When each user asks: an absolute schedule with a random first phase, so that no delay moves what follows. Pure.

Every user keeps a share of every stage's rate. A user that always asked at the phase at which it was started would meet
the others again and again in the same order; the phase is drawn anew for every stage.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from load.plan import Plan

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Slot:
    """A request to make: at this second of the run, to this endpoint (its number in the plan)."""

    at_s: float
    endpoint: int


def users_for(rate_max_per_s: float, period_s: float) -> int:
    """So many users ask at this rate, each once in a period."""
    return max(1, math.ceil(rate_max_per_s * period_s))


def in_flight_max(plan: Plan) -> int:
    """So many requests of one user can be without an answer at once: each ends within the plan's limit."""
    asks_per_s = max(stage.rate_per_s for stage in plan.stages) / plan.users
    return math.ceil(plan.timeout_s * asks_per_s) + 2


def turn_of(number: int) -> float:
    """The place, from 0 to 1, of a process's user of that number: any row of them is spread evenly (golden ratio)."""
    return number * GOLDEN % 1.0


def slots(plan: Plan, random: Random, turn: float) -> Iterator[Slot]:
    """One user's requests, in order. `turn`: its place among the users, from 0 to 1.

    A stage that is not a whole number of periods gives some users one request more than others: `turn` says whom, so
    that all together make as many as are planned. When each asks is left to chance.
    """
    sides = {}
    for side in {stage.side for stage in plan.stages}:
        numbers = [n for n, one in enumerate(plan.endpoints) if one.side == side and one.fraction > 0]
        sides[side] = numbers, [plan.endpoints[n].fraction for n in numbers]
    for at, stage in enumerate(plan.stages):
        if stage.rate_per_s <= 0:
            continue
        period_s = plan.users / stage.rate_per_s
        more = stage.lasts_s / period_s % 1.0
        asks_more = (turn + at * math.sqrt(2)) % 1.0 < more  # not the same users in every stage
        phase = random.random() * more if asks_more else more + random.random() * (1.0 - more)
        at_s = stage.from_s + phase * period_s
        numbers, fractions = sides[stage.side]
        while at_s < stage.to_s:
            yield Slot(at_s, random.choices(numbers, fractions)[0])
            at_s += period_s
