"""From records to bins, curves and rates: nothing that failed looks fast, nothing that waited looks short."""

import time

import numpy as np
import pytest

from load.load_file import EndpointSeries, LoadFile, LoadMark
from load.plan import PlannedStage
from load.records import Answered
from load.series import BINS_MAX, bin_for, curve_of, quantile_s
from tests.load_runs import calls, frozen, judged, plan_for, written


def endpoint(load: LoadFile, name: str, side: str = "a") -> EndpointSeries:
    return next(one for one in load.endpoints if (one.name, one.side) == (name, side))


def test_all_calls_together_come_first_and_then_each_endpoint() -> None:
    load = written(plan_for(["question", "health"], 20.0), [calls(50, 0, 20), calls(5, 0, 20)])
    assert [(one.name, one.n) for one in load.endpoints] == [("api", 1100), ("question", 1000), ("health", 100)]


def test_the_yardstick_is_no_call_of_ours() -> None:
    load = written(plan_for(["question"], 20.0), [calls(50, 0, 20), calls(5, 0, 20, median_s=9.0)])
    assert [(one.name, one.n) for one in load.endpoints] == [("api", 1000), ("question", 1000)]
    assert sum(rates.answered_per_s for rates in load.throughput) == 1000


@pytest.mark.parametrize(
    ("lasts_s", "bin_s"), [(10, 1), (120, 1), (240, 1), (241, 2), (600, 5), (7200, 30), (86400, 600), (10**7, None)]
)
def test_the_bins_grow_with_the_length_of_the_run(lasts_s: float, bin_s: float | None) -> None:
    assert bin_s is None or bin_for(lasts_s) == bin_s
    assert lasts_s / bin_for(lasts_s) <= BINS_MAX


def test_a_freeze_is_seen_where_calls_were_due_in_it() -> None:
    load = written(plan_for(["question"], 30.0), [calls(100, 0, 30).after(frozen(10, 5))])
    p95_s = {one.at_s: one.p95_s for one in endpoint(load, "question").bins}
    assert len(p95_s) == 30
    assert p95_s[9.0] is not None
    assert p95_s[9.0] < 0.1
    assert p95_s[10.0] == pytest.approx(4.95, abs=0.1)
    assert p95_s[14.0] == pytest.approx(0.95, abs=0.1)
    assert p95_s[15.0] is not None
    assert p95_s[15.0] < 0.1
    answered = {one.at_s: one.answered_per_s for one in load.throughput}
    assert answered[12.0] == 0
    assert answered[15.0] > 500
    assert {one.asked_per_s for one in load.throughput if one.at_s < 30} == {100.0}


def test_a_call_that_fails_at_once_does_not_make_the_rest_look_fast() -> None:
    one = calls(100, 0, 10)
    load = written(plan_for(["question"], 10.0), [one.failing(np.arange(1000) % 10 == 0, Answered.NO_ANSWER)])
    series = endpoint(load, "question")
    assert (series.n, series.failed) == (1000, 100)
    assert {(b.n, b.failed, b.p95_s) for b in series.bins} == {(100, 10, None)}
    assert all(b.p50_s is not None for b in series.bins)
    assert series.curve[-1] == (0.999, None)
    assert dict(series.curve)[0.9] is not None
    assert dict(series.curve)[0.95] is None


def test_what_nobody_knows_is_left_out() -> None:
    one = calls(100, 0, 10).failing(np.arange(1000) >= 900, Answered.CUT_OFF)
    load = written(plan_for(["question"], 10.0), [one], ended_early_s=9.5)
    series = endpoint(load, "question")
    assert (series.n, series.failed, len(series.bins)) == (900, 0, 10)
    assert series.bins[9].n == 0
    assert series.bins[9].p50_s is None
    assert load.failures == ()
    assert [(mark.label, mark.at_s) for mark in load.marks] == [("stopped early", 9.5)]
    ends = LoadMark(label="load ends", at_s=9.4, kind="stop")
    meant = written(plan_for(["question"], 10.0), [one], ended_early_s=9.5, marks=[ends])
    assert [mark.label for mark in meant.marks] == ["load ends"]


def test_failures_are_told_apart_by_kind_and_by_when_they_were_due() -> None:
    at = np.arange(1000)
    one = (
        calls(100, 0, 10).failing(at < 100, Answered.WRONG_STATUS, 503).failing(at >= 950, Answered.TIMED_OUT, 0, 15.0)
    )
    load = written(plan_for(["question"], 10.0), [one])
    assert [(f.kind, f.n) for f in load.failures] == [("status 503", 100), ("timed out", 50)]
    assert load.failures[0].by_bin == (100, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert load.failures[1].by_bin[9] == 50
    assert load.throughput[24].failed_per_s > 0, "a call that times out fails when its time is up"


def test_rare_kinds_of_failure_are_one_more_kind() -> None:
    one = calls(100, 0, 10)
    for status in range(500, 520):
        one = one.failing(np.arange(1000) % 20 == status - 500, Answered.WRONG_STATUS, status)
    load = written(plan_for(["question"], 10.0), [one])
    assert len(load.failures) == 7
    assert load.failures[-1].kind == "other"
    assert sum(f.n for f in load.failures) == 1000


@pytest.mark.parametrize(
    ("n", "quantile", "rank"), [(100, 0.5, 50), (100, 0.99, 99), (100, 0.0, 1), (1000, 0.999, 999), (7, 0.95, 7)]
)
def test_a_quantile_is_the_latency_of_its_rank(n: int, quantile: float, rank: int) -> None:
    assert quantile_s(np.arange(1.0, n + 1), quantile) == rank


def test_the_curve_ends_where_n_has_no_more_to_say() -> None:
    curve = list(curve_of(np.arange(1.0, 1001)))
    assert curve[0] == (0.0, 1.0)
    assert curve[-1] == (0.999, 999.0)
    assert 55 <= len(curve) <= 70
    assert sum(q >= 0.9 for q, _ in curve) > 35, "dense towards 1"
    assert list(curve_of(np.zeros(0))) == []
    assert list(curve_of(np.ones(1))) == [(0.0, 1.0)]


def test_only_objectives_of_latency_are_lines_in_its_picture() -> None:
    plan = plan_for(["question"], 10.0)
    judgements = [judged("question", "p99.9", 5.0), judged("question", "error_rate", 0.01), judged("api", "p95", 1.0)]
    load = written(plan, [calls(50, 0, 10)], judgements=judgements)
    assert [(one.objective, one.quantile) for one in endpoint(load, "question").limits] == [("question.p99.9", 0.999)]
    assert [one.objective for one in endpoint(load, "api").limits] == ["api.p95"]


def test_stages_are_marked_where_there_are_several() -> None:
    stages = [PlannedStage(from_s=10.0 * n, to_s=10.0 * n + 10, rate_per_s=50.0 * (n + 1)) for n in range(3)]
    mark = LoadMark(label="fault", at_s=15.0, kind="fault")
    load = written(plan_for(["question"], 30.0, stages=stages), [calls(50, 0, 30)], marks=[mark])
    assert [(one.label, one.at_s) for one in load.marks] == [("50/s", 0), ("100/s", 10), ("fault", 15), ("150/s", 20)]
    assert written(plan_for(["question"], 30.0), [calls(50, 0, 30)]).marks == ()


def test_the_sides_of_a_comparison_are_kept_apart() -> None:
    plan = plan_for(["question"], 20.0, sides=("a", "b"))
    load = written(plan, [calls(50, 0, 10), calls(50, 10, 20, median_s=0.04)])
    assert [(one.name, one.side, one.n) for one in load.endpoints] == [
        *(("api", "a", 500), ("api", "b", 500), ("question", "a", 500), ("question", "b", 500))
    ]
    assert {one.asked_per_s for one in load.throughput if one.side == "b" and 10 <= one.at_s < 20} == {50.0}
    assert [one.n for one in endpoint(load, "api", "b").bins] == [0] * 10 + [50] * 10


@pytest.mark.parametrize("lasts_s", [0.5, 10.0, 10.5])
def test_a_run_without_a_call_has_a_picture_of_nothing(lasts_s: float) -> None:
    load = written(plan_for(["question"], lasts_s), [])
    assert [(one.n, one.curve) for one in load.endpoints] == [(0, ()), (0, ())]
    assert {one.asked_per_s for one in load.throughput} == {0.0}


def test_a_long_run_is_worked_out_within_seconds() -> None:
    began_s = time.perf_counter()
    written(plan_for(["question", "health"], 500.0), [calls(1000, 0, 500), calls(100, 0, 500)])
    assert time.perf_counter() - began_s < 10
