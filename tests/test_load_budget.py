"""The error budget and its alerts, against figures worked out by hand."""

import numpy as np
import pytest

from load.budget import budget_of
from load.records import Answered
from tests.load_records import a_plan, asked, make, slowed, spoilt, together, yardstick

PLAN = a_plan(rate_per_s=10, lasts_s=600)
GOOD = asked(PLAN, 1e-6)


def test_a_healthy_run_spends_nothing_and_calls_nobody() -> None:
    budget = budget_of(GOOD, PLAN)
    assert budget is not None
    assert (budget.n, budget.bad, budget.burn_rate, budget.spent) == (6000, 0, 0.0, 0.0)
    assert [(one.fires_at_s, one.would_fire_at_s) for one in budget.alerts] == [(None, None)] * 2


def test_what_is_spent_is_a_share_of_thirty_days_at_this_rate() -> None:
    budget = budget_of(spoilt(GOOD, 60), PLAN)
    assert budget is not None
    assert budget.burn_rate == pytest.approx(2.0)  # 1 % where 0.5 % is allowed
    # 10/s x 2,592,000 s x 0.5 % = 129,600 requests may be bad
    assert budget.spent == pytest.approx(60 / 129_600)


def test_an_outage_calls_somebody_after_the_workbooks_time() -> None:
    """With all requests bad: 14.4 x 0.5 % of an hour is 259.2 s; 6 x 0.5 % of six hours 648 s."""
    budget = budget_of(spoilt(GOOD, 6000), PLAN)
    assert budget is not None
    fast, slow = budget.alerts
    assert fast.fires_at_s == fast.would_fire_at_s == pytest.approx(260, abs=1)
    assert slow.fires_at_s is None
    assert slow.would_fire_at_s == pytest.approx(648)


@pytest.mark.parametrize(
    ("share", "fast_s", "slow_s"),
    # 0.072 / share x 3,600 s, and 0.03 / share x 21,600 s, where the share is above 7.2 % and 3 %
    [(0.5, 519, 1296), (0.1, 2592, 6480), (0.05, None, 12_960), (0.02, None, None)],
)
def test_when_it_would_call_if_it_went_on_like_this(share: float, fast_s: float | None, slow_s: float | None) -> None:
    budget = budget_of(spoilt(GOOD, round(6000 * share)), PLAN)
    assert budget is not None
    expected = [None if one is None else pytest.approx(one, abs=2) for one in (fast_s, slow_s)]
    assert [one.would_fire_at_s for one in budget.alerts] == expected


def test_an_outage_that_is_over_calls_nobody_if_it_was_short() -> None:
    first = GOOD["intended"] - PLAN.begins_at
    for lasts_s, fires in ((255, False), (265, True)):
        budget = budget_of(spoilt(GOOD, first < lasts_s), PLAN)
        assert budget is not None
        assert (budget.alerts[0].fires_at_s is not None) is fires


def test_the_short_window_keeps_an_alert_from_going_off_when_it_is_over() -> None:
    """200 s of an outage, five minutes of health, and then one bad in ten: the hour's share is reached, the last five
    minutes' is too only because of the second."""
    plan = a_plan(rate_per_s=10, lasts_s=1800)
    records = asked(plan, 1e-6)
    due = records["intended"] - plan.begins_at
    calm = spoilt(records, due < 200)
    again = spoilt(records, (due < 200) | ((due > 600) & (np.arange(len(records)) % 10 == 0)))
    one, other = budget_of(calm, plan), budget_of(again, plan)
    assert one is not None and other is not None
    assert one.alerts[0].fires_at_s is None
    # 200 s, and 59.2 s more of bad ones at a tenth: 592 s after the 600th
    assert other.alerts[0].fires_at_s == pytest.approx(1192, abs=5)


def test_slow_and_wrong_answers_spend_nothing_and_the_generators_own_endpoint_neither() -> None:
    records = spoilt(slowed(GOOD, 3000, 20.0), 100, Answered.WRONG_BODY, status=200)
    down = spoilt(yardstick(PLAN), 1000, Answered.NO_ANSWER, status=0)
    budget = budget_of(together(records, down), PLAN)
    assert budget is not None and (budget.n, budget.bad) == (6000, 0)


def test_no_traffic_has_no_budget() -> None:
    assert budget_of(GOOD[:0], PLAN) is None
    assert budget_of(make([1.0], [0.1], answered=Answered.CUT_OFF), PLAN) is None
