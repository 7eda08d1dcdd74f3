"""When users ask: rates, phases, sides, pauses and the mix, by tables."""

from random import Random

import numpy as np
import pytest

from load.plan import Endpoint, Plan, PlannedStage, Side
from load.schedule import Slot, slots, turn_of, users_for


def stage(from_s: float, to_s: float, rate_per_s: float, side: Side = "a") -> PlannedStage:
    return PlannedStage(from_s=from_s, to_s=to_s, rate_per_s=rate_per_s, side=side)


def plan(users: int, *stages: PlannedStage, mix: tuple[float, ...] = (1.0,)) -> Plan:
    sides: tuple[Side, ...] = ("a", "b") if any(one.side == "b" for one in stages) else ("a",)
    endpoints = tuple(
        Endpoint(name=f"{side}{n}", side=side, url="http://localhost/", fraction=fraction)
        for side in sides
        for n, fraction in enumerate(mix)
    )
    return Plan(profile="x", seed=1, users=users, timeout_s=5, endpoints=endpoints, stages=stages)


def everyone(of: Plan, seed: int = 1) -> list[list[Slot]]:
    return [list(slots(of, Random(f"{seed} {user}"), turn_of(user))) for user in range(of.users)]


@pytest.mark.parametrize(
    ("rate_per_s", "period_s", "lasts_s"),
    [(50, 2, 120), (50, 2, 25), (20, 2, 3.3), (100, 2, 3), (1, 2, 10), (0.4, 2, 60), (500, 0.5, 7.1), (100, 3, 1)],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_as_many_requests_as_planned(rate_per_s: float, period_s: float, lasts_s: float, seed: int) -> None:
    of = plan(users_for(rate_per_s, period_s), stage(0, lasts_s, rate_per_s))
    made = sum(len(one) for one in everyone(of, seed))
    assert made == pytest.approx(rate_per_s * lasts_s, abs=3, rel=0)


def test_every_user_keeps_its_period_and_its_slots_are_in_order() -> None:
    for one in everyone(plan(100, stage(0, 60, 50))):
        assert np.diff([slot.at_s for slot in one]) == pytest.approx(2.0)
        assert 0 <= one[0].at_s < 2.0
        assert one[-1].at_s < 60


def test_the_first_phase_is_left_to_chance() -> None:
    first = np.sort([one[0].at_s for one in everyone(plan(2000, stage(0, 25.5, 1000)))])
    assert np.max(np.abs(first / 2.0 - (np.arange(2000) + 0.5) / 2000)) < 0.04  # uniform over the period
    gaps = np.diff(first)
    assert np.std(gaps) / np.mean(gaps) > 0.8  # as people come, and not as a metronome (0) does


def test_the_phase_is_drawn_anew_for_every_stage() -> None:
    of = plan(300, stage(0, 10, 150), stage(10, 20, 150))
    phases = [[slot.at_s % 2.0 for slot in one if slot.at_s < 2 or 10 <= slot.at_s < 12] for one in everyone(of)]
    first, second = np.array(phases).T
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_stages_have_their_own_rates_and_pauses_are_silent() -> None:
    of = plan(200, stage(0, 10, 100), stage(10, 20, 25), stage(20, 30, 0), stage(35, 40, 50))
    at_s = np.array([slot.at_s for one in everyone(of) for slot in one])
    counts = [int(np.sum((at_s >= a) & (at_s < b))) for a, b in [(0, 10), (10, 20), (20, 35), (35, 40)]]
    assert counts == pytest.approx([1000, 250, 0, 250], abs=3)


def test_sides_take_turns() -> None:
    of = plan(20, stage(0, 4, 10, "a"), stage(5, 9, 10, "b"), stage(10, 14, 10, "b"), stage(15, 19, 10, "a"))
    for one in everyone(of):
        for slot in one:
            on_a = slot.at_s < 4 or slot.at_s >= 15
            assert of.endpoints[slot.endpoint].side == ("a" if on_a else "b")


def test_the_mix_is_kept_and_what_has_no_share_is_never_asked() -> None:
    of = plan(200, stage(0, 100, 100), mix=(0.7, 0.3, 0.0))
    asked = [slot.endpoint for one in everyone(of) for slot in one]
    assert np.bincount(asked, minlength=3) / len(asked) == pytest.approx([0.7, 0.3, 0.0], abs=0.02)


def test_another_seed_is_another_order_and_the_same_seed_the_same() -> None:
    of = plan(10, stage(0, 10, 5))
    assert everyone(of, 1) == everyone(of, 1)
    assert everyone(of, 1) != everyone(of, 2)


@pytest.mark.parametrize(("rate", "period", "users"), [(50, 2, 100), (0.1, 2, 1), (0.75, 2, 2), (2000, 2, 4000)])
def test_users_for_a_rate(rate: float, period: float, users: int) -> None:
    assert users_for(rate, period) == users


def test_no_second_has_a_burst() -> None:
    at_s = [slot.at_s for one in everyone(plan(200, stage(0, 60, 100))) for slot in one]
    counts = np.histogram(at_s, bins=60, range=(0, 60))[0]
    assert counts.min() > 60 and counts.max() < 140
