"""What a run would spend of a 30-day error budget, and whether the burn-rate alerts would fire. Pure.

The alerts are the two that page in the SRE workbook (Google, "Alerting on SLOs"): the budget burns 14.4 times too fast
over an hour and over its last 5 minutes, or 6 times too fast over 6 hours and over the last 30 minutes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from load.offered import API, asked_s, records_of
from load.plan import Plan
from load.records import Answered, Records, down

DAYS = 30
AVAILABILITY_MIN = 0.995
"""FinChat 2.0: 99.5 % uptime."""
ALERTS = ((14.4, 3600, 300), (6.0, 6 * 3600, 1800))
"""How many times too fast, over how many seconds, and over how many of the last."""


@dataclass(frozen=True)
class Alert:
    """One alert. `fires_at_s`: the second of the run; None: not in it.

    `would_fire_at_s`: the second at which it fires if all goes on as in this run; None: never.
    """

    times: float
    long_s: int
    short_s: int
    fires_at_s: float | None
    would_fire_at_s: float | None


@dataclass(frozen=True)
class Budget:
    """What a run spent. `burn_rate` 1: the budget lasts exactly its 30 days.

    `spent`: the share of the whole budget, at this run's rate of requests for all of the 30 days.
    """

    availability_min: float
    n: int
    bad: int
    burn_rate: float
    spent: float
    alerts: tuple[Alert, ...]


def budget_of(records: Records, plan: Plan, availability_min: float = AVAILABILITY_MIN) -> Budget | None:
    """What this run spent. None: there were no requests.

    Before it, all was well for as long as an alert looks back, at the rate that this run asks for.
    """
    mine = records_of(plan, records, API)
    mine = mine[mine["answered"] != Answered.CUT_OFF]
    if not len(mine):
        return None
    allowed = 1 - availability_min
    bad = down(mine)
    share = float(bad.mean())
    rate_per_s = plan.planned / asked_s(plan)
    at_s = mine["end"] - plan.begins_at  # an alert sees a request when it is over
    alerts = tuple(_alert(*one, at_s, bad, rate_per_s, allowed, share) for one in ALERTS)
    spent = int(bad.sum()) / (rate_per_s * DAYS * 86_400 * allowed)
    return Budget(availability_min, len(mine), int(bad.sum()), share / allowed, spent, alerts)


def _alert(
    times: float,
    long_s: int,
    short_s: int,
    at_s: npt.NDArray[np.float64],
    bad: npt.NDArray[np.bool_],
    rate_per_s: float,
    allowed: float,
    share: float,
) -> Alert:
    most = times * allowed
    second = np.maximum(np.ceil(at_s), 1).astype(int)
    n_by = np.concatenate([[0.0], np.cumsum(np.bincount(second)[1:])])
    bad_by = np.concatenate([[0.0], np.cumsum(np.bincount(second, weights=bad)[1:])])
    burns = np.logical_and(*(_share_over(window_s, n_by, bad_by, rate_per_s) > most for window_s in (long_s, short_s)))
    fires_at_s = float(np.argmax(burns)) if burns.any() else None
    goes_on_s = max(float(len(n_by) - 1), long_s * most / share) if share > most else None
    return Alert(times, long_s, short_s, fires_at_s, goes_on_s if fires_at_s is None else fires_at_s)


def _share_over(
    window_s: int, n_by: npt.NDArray[np.float64], bad_by: npt.NDArray[np.float64], rate_per_s: float
) -> npt.NDArray[np.float64]:
    """The share of bad ones in the window that ends at each second; what of it is before the run was good."""
    now = np.arange(len(n_by))
    begin = np.maximum(now - window_s, 0)
    n = n_by - n_by[begin] + rate_per_s * np.maximum(window_s - now, 0)
    return np.asarray((bad_by - bad_by[begin]) / np.maximum(n, 1e-9))
