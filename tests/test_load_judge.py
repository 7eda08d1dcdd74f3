"""The judge of load: every verdict and every doubt, each from records that were made up to bring it about."""

import numpy as np
import pytest

from load.doubts import generator_error
from load.judge import judge
from load.judged import Judgement, Verdict
from load.objectives import Objective
from load.plan import Ended, Plan
from load.records import Answered, Records
from tests.load_records import a_plan, an_end, asked, slowed, spoilt, together, yardstick

P95 = Objective("api", "p95", 1.0)
P99 = Objective("api", "p99", 1.0)
ERRORS = Objective("api", "error_rate", 0.01)
UP = Objective("api", "availability", 0.995)
RATE = Objective("api", "rate", 0.95)
PLAN = a_plan()


def judged(objective: Objective, records: Records, plan: Plan = PLAN, **ended: float) -> Judgement:
    """With the generator's own endpoint measured too, and its last word said."""
    return said(objective, together(records, yardstick(plan)), plan, **ended)


def said(objective: Objective, records: Records, plan: Plan = PLAN, **ended: float) -> Judgement:
    end = an_end(plan, records, **ended)
    return judge(objective, records, plan, generator_error(records, plan, end), end)


@pytest.mark.parametrize("objective", [P95, P99, ERRORS, UP, RATE], ids=lambda one: one.name)
def test_a_healthy_run_passes(objective: Objective) -> None:
    found = judged(objective, asked(PLAN))
    assert (found.verdict, found.n, found.code, found.why) == (Verdict.PASS, 6000, "", "")
    assert found.measured is not None and found.bound is not None


VERDICTS = [  # objective, how many of 6,000 are bad: pass, in between, fail
    (P95, 200, 300, 420),
    (P99, 30, 60, 100),
    (ERRORS, 30, 60, 100),
    (UP, 10, 30, 60),
    (RATE, 200, 300, 420),
]


@pytest.mark.parametrize(("objective", "few", "some", "many"), VERDICTS, ids=[row[0].name for row in VERDICTS])
def test_the_verdict_is_where_the_bound_is_not_where_the_figure_is(
    objective: Objective, few: int, some: int, many: int
) -> None:
    found = [judged(objective, spoilt(asked(PLAN, 1e-6), bad)) for bad in (few, some, many)]
    assert [one.verdict for one in found] == [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL]
    assert [one.bad for one in found] == [few, some, many]
    assert [one.code for one in found] == ["", "load.too_few", "load.exceeded"]


@pytest.mark.parametrize("objective", [P95, P99], ids=lambda one: one.name)
def test_slow_answers_fail_a_latency_and_nothing_else(objective: Objective) -> None:
    records = slowed(asked(PLAN), 600, 1.2)
    assert judged(objective, records).verdict is Verdict.FAIL
    assert judged(ERRORS, records).verdict is Verdict.PASS
    assert judged(UP, records).verdict is Verdict.PASS


def test_the_bound_of_a_latency_agrees_with_its_verdict() -> None:
    random = np.random.default_rng(3)
    records = asked(PLAN, lambda at_s: random.exponential(0.3, len(at_s)))
    for limit_s in np.linspace(0.7, 1.1, 41).tolist():
        found = judged(Objective("api", "p95", limit_s), records)
        assert found.bound is not None and found.measured is not None
        if found.verdict is Verdict.FAIL:
            assert limit_s <= found.bound <= found.measured
        else:
            assert (found.bound <= limit_s) is (found.verdict is Verdict.PASS)
            assert found.measured <= found.bound


def test_the_figures_of_shares_and_rates() -> None:
    records = spoilt(asked(PLAN, 1e-6), 60)
    assert judged(ERRORS, records).measured == 0.01
    assert judged(UP, records).measured == 0.99
    rate = judged(RATE, records)
    assert rate.measured == pytest.approx(49.5)
    assert rate.limit == pytest.approx(47.5)
    assert rate.unit == "per_s"
    assert rate.bound is not None and 49.2 < rate.bound < 49.5


def test_an_endpoint_is_judged_by_its_own_requests() -> None:
    plan = a_plan(calls=(("question", 0.8), ("health", 0.2)))
    records = asked(plan)
    records = slowed(records, records["endpoint"] == 1, 1.5)
    health, question = (judged(Objective(name, "p95", 1.0), records, plan) for name in ("health", "question"))
    assert (health.verdict, question.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert health.n + question.n == judged(P95, records, plan).n == 6000


def test_the_generators_own_endpoint_is_part_of_nothing() -> None:
    records = together(asked(PLAN), yardstick(PLAN, error_s=9.0))
    assert said(P95, records).n == 6000
    assert said(ERRORS, records).verdict is Verdict.PASS


def test_doubt_says_what_would_be_needed() -> None:
    short = a_plan(lasts_s=5)
    assert "299 requests would prove it: 6 s at 50/s" in judged(P99, asked(short), short).why
    assert "no number of requests would do" in judged(P99, spoilt(asked(PLAN), 65)).why
    why = judged(P99, spoilt(asked(PLAN), 50)).why
    assert "50 of 6,000 requests failed or took longer than 1 s (0.833 %), 1 % may" in why
    assert "requests would prove it: " in why


def test_bursts_need_more_than_the_same_number_spread_evenly() -> None:
    burst = np.arange(6000)[1000:1035]
    assert judged(P99, slowed(asked(PLAN), 35, 2.0)).verdict is Verdict.PASS
    assert judged(P99, slowed(asked(PLAN), burst, 2.0)).verdict is Verdict.INCONCLUSIVE


GOOD, WORST = asked(PLAN), spoilt(asked(PLAN), 6000, Answered.NO_ANSWER, status=0)
EACH = [P95, ERRORS, UP, RATE]
LOST = [
    ({"written": 6000, "made": 6001}, "load.records_lost"),
    ({"finished": 0}, "load.records_lost"),
    ({"begins_at": 1.0}, "load.records_lost"),
    ({"made": 9000, "written": 9000}, "load.records_lost"),
]


@pytest.mark.parametrize("records", [GOOD, WORST], ids=["good", "worst"])
@pytest.mark.parametrize("objective", EACH, ids=lambda one: one.name)
@pytest.mark.parametrize(("ended", "code"), LOST)
def test_records_that_are_not_all_there_are_no_verdict(
    objective: Objective, records: Records, ended: dict[str, float], code: str
) -> None:
    found = judged(objective, records, PLAN, **ended)
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, code)


@pytest.mark.parametrize("objective", EACH, ids=lambda one: one.name)
def test_a_generator_that_did_not_come_to_its_end_is_no_verdict(objective: Objective) -> None:
    for records in (GOOD, WORST):
        found = judge(objective, records, PLAN, generator_error(records, PLAN, None), None)
        assert (found.verdict, found.code, found.measured) == (Verdict.INCONCLUSIVE, "load.generator_died", None)


@pytest.mark.parametrize("objective", EACH, ids=lambda one: one.name)
def test_no_traffic_is_never_a_pass(objective: Objective) -> None:
    assert judged(objective, GOOD[:0]).code == "load.no_traffic"
    assert said(objective, GOOD[:0]).code == "load.no_traffic"
    of_none = Objective("health", objective.measure, objective.limit)
    found = judged(of_none, GOOD, a_plan(calls=(("question", 1.0), ("health", 0.001))))
    assert (found.verdict, found.code, found.n) == (Verdict.INCONCLUSIVE, "load.no_traffic", 0)


@pytest.mark.parametrize("objective", EACH, ids=lambda one: one.name)
def test_another_load_than_the_one_that_was_asked_for_is_no_verdict(objective: Objective) -> None:
    every_fifth = np.arange(6000) % 50 == 0
    for records in (GOOD, WORST):
        found = judged(objective, records[~every_fifth])
        assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, "load.rate_missed")
        assert "5,880 of 6,000" in found.why
    assert judged(objective, GOOD[np.arange(6000) % 150 != 0]).verdict is Verdict.PASS


def test_a_late_generator_cannot_judge_latencies_and_can_judge_the_rest() -> None:
    late = asked(PLAN, lag_s=0.051)
    assert (judged(P95, late).verdict, judged(P95, late).code) == (Verdict.INCONCLUSIVE, "load.lag")
    assert judged(P95, slowed(late, 3000, 3.0)).code == "load.lag"
    assert "lower rate, or give it more processes, or a machine of its own" in judged(P95, late).why
    assert judged(ERRORS, late).verdict is judged(UP, late).verdict is judged(RATE, late).verdict is Verdict.PASS
    assert judged(P95, asked(PLAN, lag_s=0.049)).verdict is Verdict.PASS


def test_only_the_lag_of_requests_that_were_started_and_are_judged_counts() -> None:
    own = yardstick(PLAN)
    own["lag_s"] = 5.0
    assert said(P95, together(asked(PLAN), own)).verdict is Verdict.PASS
    records = asked(PLAN, lag_s=0.2)
    records["start"] = records["intended"] + 3.0
    records["end"] = records["intended"] + 3.1
    half = np.arange(6000) < 5960
    records["answered"][half], records["end"][half], records["lag_s"][half] = (
        Answered.UNSTARTED,
        records["start"][half],
        0,
    )
    assert judged(P95, records).code == "load.lag"


OWN = [  # latency of a tenth of the requests, own error p99: the verdict on p95 <= 1 s
    (0.9, 0.5, Verdict.PASS, ""),
    (1.2, 0.1, Verdict.FAIL, "load.exceeded"),
    (1.2, 0.3, Verdict.INCONCLUSIVE, "load.own_error"),
    (9.0, 0.3, Verdict.FAIL, "load.exceeded"),
]


@pytest.mark.parametrize(("latency_s", "error_s", "verdict", "code"), OWN)
def test_the_generators_own_error_only_ever_adds(latency_s: float, error_s: float, verdict: Verdict, code: str) -> None:
    records = together(slowed(asked(PLAN), 600, latency_s), yardstick(PLAN, error_s=error_s))
    assert (said(P95, records).verdict, said(P95, records).code) == (verdict, code)


def test_an_own_error_that_nobody_measured_is_doubt_about_latencies_only() -> None:
    assert said(P95, asked(PLAN)).code == "load.own_error"
    assert said(ERRORS, asked(PLAN)).verdict is Verdict.PASS
    unreachable = spoilt(yardstick(PLAN), 600, Answered.NO_ANSWER, status=0, latency_s=0.001)
    records = slowed(asked(PLAN), 600, 9.0)
    assert said(P95, together(records, unreachable)).code == "load.own_error"


@pytest.mark.parametrize(
    ("field", "value"),
    [("endpoint", 7), ("answered", 99), ("intended", float("nan")), ("end", 0.0), ("intended", 1e9), ("lag_s", -1.0)],
)
def test_records_that_cannot_be_of_this_run_are_doubt(field: str, value: float) -> None:
    records = asked(PLAN)
    records[field][:10] = value
    found = judged(P95, records)
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, "load.records_lost")
    assert "10 of 6," in found.why


def test_requests_that_the_end_of_a_run_cut_off_are_unknown_unless_they_were_late_already() -> None:
    cut = spoilt(asked(PLAN), np.arange(5900, 6000), Answered.CUT_OFF, status=0)
    assert judged(P99, cut).n == judged(ERRORS, cut).n == 5900
    assert judged(P99, cut).verdict is judged(ERRORS, cut).verdict is Verdict.PASS
    late = spoilt(asked(PLAN), np.arange(5800, 6000), Answered.CUT_OFF, status=0, latency_s=2.0)
    assert (judged(P99, late).n, judged(P99, late).bad) == (6000, 200)
    assert judged(ERRORS, late).bad == 0


PRECEDENCE = [
    "load.generator_died",
    "load.records_lost",
    "load.no_traffic",
    "load.rate_missed",
    "load.lag",
    "load.own_error",
]


@pytest.mark.parametrize("worst", range(len(PRECEDENCE)))
def test_what_can_never_lie_comes_first(worst: int) -> None:
    """Each fault together with all that come after it."""
    faults = PRECEDENCE[worst:]
    records = slowed(asked(PLAN, lag_s=0.2 if "load.lag" in faults else 0.0), 600, 1.2)
    if "load.rate_missed" in faults:
        records = records[np.arange(6000) % 10 != 0]
    if "load.no_traffic" in faults:
        records = records[:0]
    whole = together(records, yardstick(PLAN, error_s=0.3))
    changes = {"made": 1.0} if "load.records_lost" in faults else {}
    ended: Ended | None = an_end(PLAN, whole, **changes)
    if "load.generator_died" in faults:
        ended = None
    found = judge(P95, whole, PLAN, generator_error(whole, PLAN, ended), ended)
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, PRECEDENCE[worst])
