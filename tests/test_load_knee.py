"""What a load that changes is judged by: the knee of a stress, the drift of a soak, the calm after a spike."""

import msgspec
import numpy as np
import pytest

from load.doubts import generator_error
from load.drift import drift_of
from load.judged import Judgement, Verdict
from load.knee import Knee, knee_of
from load.load_profile import PROFILES, Profile, profile_named
from load.objectives import parse_objectives
from load.plan import Plan
from load.records import Records
from load.settles import settles_of
from tests.load_records import Seconds, a_plan, a_stage, an_end, asked, slowed, spoilt, together, yardstick

OBJECTIVES = parse_objectives("[api]\np95_s = 1.0\nerror_rate_max = 0.01\n[knee]\nrate_min_per_s = 50", source="test")
RATES = (20, 30, 50, 80, 120)
STRESS = a_plan(stages=[a_stage(10 * n, 10 * n + 10, rate) for n, rate in enumerate(RATES)], profile="stress")
SPIKE = a_plan(stages=[a_stage(0, 30, 20), a_stage(30, 50, 100, "spike"), a_stage(50, 110, 20)], profile="spike")
SOAK = a_plan(rate_per_s=20, lasts_s=600, profile="soak")


def with_own(records: Records, plan: Plan) -> Records:
    return together(records, yardstick(plan))


def knee(records: Records) -> Knee:
    whole = with_own(records, STRESS)
    return knee_of(OBJECTIVES, whole, STRESS, an_end(STRESS, whole))


def slow_from(stage: int, latency_s: float = 3.0) -> Records:
    """From this stage on every request takes so long."""
    return asked(STRESS, lambda at_s: np.where(at_s >= 10 * stage, latency_s, 0.05))


KNEES = [  # the first stage that is slow: held, broke, verdict
    (0, None, 20, Verdict.FAIL),
    (1, 20, 30, Verdict.FAIL),
    (2, 30, 50, Verdict.FAIL),
    (3, 50, 80, Verdict.PASS),
    (4, 80, 120, Verdict.PASS),
    (5, 120, None, Verdict.PASS),
]


@pytest.mark.parametrize(("slow", "held", "broke", "verdict"), KNEES)
def test_the_knee_is_the_last_rate_that_held_before_one_that_did_not(
    slow: int, held: float | None, broke: float | None, verdict: Verdict
) -> None:
    found = knee(slow_from(slow))
    assert (found.held_per_s, found.broke_per_s, found.judgement.verdict) == (held, broke, verdict)
    assert [one.verdict is Verdict.FAIL for one in found.stages] == [n >= slow for n in range(5)]


def test_a_stage_that_recovers_beyond_the_knee_holds_nothing() -> None:
    found = knee(asked(STRESS, lambda at_s: np.where((at_s >= 10) & (at_s < 20), 3.0, 0.05)))
    assert (found.held_per_s, found.broke_per_s) == (20, 30)
    assert found.judgement.verdict is Verdict.FAIL


def test_errors_break_a_stage_too() -> None:
    records = asked(STRESS)
    due = records["intended"] - STRESS.begins_at
    found = knee(spoilt(records, (due >= 30) & (due < 40) & (np.arange(len(records)) % 25 == 0)))
    assert (found.held_per_s, found.broke_per_s) == (50, 80)
    assert found.stages[3].error_share == pytest.approx(0.04, abs=0.01)


def test_between_the_stages_nobody_can_tell() -> None:
    between = msgspec.structs.replace(OBJECTIVES, knee=msgspec.structs.replace(OBJECTIVES.knee, rate_min_per_s=60.0))
    whole = with_own(slow_from(3), STRESS)
    found = knee_of(between, whole, STRESS, an_end(STRESS, whole)).judgement
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, "load.too_few")
    assert "ask at that rate too" in found.why


def test_a_stress_of_which_records_are_missing_has_no_knee() -> None:
    whole = with_own(slow_from(5), STRESS)
    found = knee_of(OBJECTIVES, whole, STRESS, None)
    assert (found.judgement.verdict, found.judgement.code) == (Verdict.INCONCLUSIVE, "load.generator_died")
    early = with_own(asked(STRESS, until_s=15), STRESS)
    assert knee_of(OBJECTIVES, early, STRESS, an_end(STRESS, early)).judgement.verdict is Verdict.INCONCLUSIVE


def test_a_knee_needs_a_p95_to_hold() -> None:
    alone = parse_objectives("[knee]\nrate_min_per_s = 50", source="test")
    whole = with_own(asked(STRESS), STRESS)
    found = knee_of(alone, whole, STRESS, an_end(STRESS, whole)).judgement
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "a stage holds where its p95 does, and [api] asks for none; give it a p95_s" in found.why
    spiked = with_own(asked(SPIKE), SPIKE)
    calm = settles_of(parse_objectives("[settles]", source="test"), spiked, SPIKE, an_end(SPIKE, spiked))
    assert calm.verdict is Verdict.INCONCLUSIVE
    assert "p95_s" in calm.why


def test_a_generator_that_is_late_at_a_stage_makes_it_doubtful() -> None:
    records = asked(STRESS)
    records["lag_s"][records["intended"] >= STRESS.begins_at + 20] = 0.2
    found = knee(records)
    assert [one.verdict.value[0] for one in found.stages] == ["p", "p", "i", "i", "i"]
    assert found.judgement.verdict is Verdict.INCONCLUSIVE


def drift(grown: float, spread: float = 0.2, plan: Plan = SOAK, seed: int = 1) -> Judgement:
    random = np.random.default_rng(seed)

    def latency_s(at_s: Seconds) -> Seconds:
        return np.asarray(0.1 * (1 + grown * at_s / plan.lasts_s) * random.lognormal(0, spread, len(at_s)))

    whole = with_own(asked(plan, latency_s), plan)
    ended = an_end(plan, whole)
    return drift_of(0.10, whole, plan, generator_error(whole, plan, ended), ended)


@pytest.mark.parametrize(
    ("grown", "verdict"),
    [(-0.3, Verdict.PASS), (0.0, Verdict.PASS), (0.15, Verdict.INCONCLUSIVE), (0.3, Verdict.FAIL), (2.0, Verdict.FAIL)],
)
def test_a_soak_that_grows_slower_fails(grown: float, verdict: Verdict) -> None:
    assert drift(grown, 0.05 if verdict is not Verdict.INCONCLUSIVE else 0.5).verdict is verdict


def test_a_soak_without_a_drift_hardly_ever_fails() -> None:
    found = [drift(0.0, seed=seed).verdict for seed in range(100)]
    assert found.count(Verdict.FAIL) <= 5
    assert found.count(Verdict.PASS) >= 80


def test_a_soak_that_is_too_short_says_how_long_would_do() -> None:
    short = a_plan(rate_per_s=20, lasts_s=20, profile="soak")
    found = drift(0.0, plan=short)
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, "load.too_few")
    assert "let it last 32 s" in found.why


def test_failures_at_the_end_of_a_soak_are_a_drift() -> None:
    records = asked(SOAK)
    late = records["intended"] > SOAK.begins_at + 450
    whole = with_own(spoilt(records, late & (np.arange(len(records)) % 8 == 0)), SOAK)
    ended = an_end(SOAK, whole)
    assert drift_of(0.1, whole, SOAK, generator_error(whole, SOAK, ended), ended).verdict is Verdict.FAIL
    assert drift_of(0.1, whole, SOAK, generator_error(whole, SOAK, None), None).code == "load.generator_died"


def settles(until_s: float, plan: Plan = SPIKE) -> Judgement:
    """Slow from the spike on, until so many seconds after it."""
    whole = with_own(asked(plan, lambda at_s: np.where((at_s >= 30) & (at_s < 50 + until_s), 3.0, 0.1)), plan)
    return settles_of(OBJECTIVES, whole, plan, an_end(plan, whole))


@pytest.mark.parametrize(
    ("until_s", "verdict"),
    [
        (-20, Verdict.PASS),
        (0, Verdict.PASS),
        (4, Verdict.PASS),
        (10, Verdict.PASS),
        (11, Verdict.FAIL),
        (60, Verdict.FAIL),
    ],
)
def test_after_a_spike_it_holds_again_in_time_or_fails(until_s: float, verdict: Verdict) -> None:
    found = settles(until_s)
    assert (found.verdict, found.measured) == (verdict, max(0, until_s))


def test_what_is_missed_again_has_not_settled() -> None:
    records = asked(SPIKE, lambda at_s: np.where((at_s >= 75) & (at_s < 80), 3.0, 0.1))
    whole = with_own(records, SPIKE)
    found = settles_of(OBJECTIVES, whole, SPIKE, an_end(SPIKE, whole))
    assert (found.verdict, found.measured) == (Verdict.FAIL, 30)


def test_too_little_calm_proves_nothing() -> None:
    short = a_plan(stages=[a_stage(0, 30, 20), a_stage(30, 50, 100), a_stage(50, 52, 20)])
    found = settles(0, short)
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, "load.too_few")
    without = a_plan(stages=[a_stage(0, 30, 20), a_stage(30, 50, 100)])
    assert settles(0, without).verdict is Verdict.INCONCLUSIVE
    whole = slowed(asked(SPIKE), 10, 2.0)
    assert settles_of(OBJECTIVES, whole, SPIKE, None).code == "load.generator_died"


@pytest.mark.parametrize("name", ["stress", "spike", "soak"])
def test_the_profiles_that_are_judged_so_ask_for_what_the_judge_needs(name: str) -> None:
    assert name in PROFILES
    profile: Profile = profile_named(name)
    assert profile.judged_by[-1] == {"stress": "knee", "spike": "settles", "soak": "drift"}[name]
    rates = [stage.rate_per_s for stage in profile.stages]
    assert OBJECTIVES.knee.rate_min_per_s in rates if name == "stress" else True
    assert profile.stops_early is (name == "soak")
