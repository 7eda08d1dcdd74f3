"""The early stop: only where nothing that could still come would help, and then the last word is the same."""

import re
import time
from pathlib import Path

import numpy as np
import pytest

from load.doubts import generator_error
from load.early import hopeless
from load.judge import judge
from load.judged import Judgement, Verdict
from load.objectives import Objective, read_objectives
from load.plan import Plan
from load.records import Answered, Records
from load.table import table
from load.verdict import judged_run
from tests.load_records import a_plan, an_end, asked, slowed, spoilt, together, write_run, yardstick

PLAN = a_plan()
OBJECTIVES = read_objectives().all
ERRORS = Objective("api", "error_rate", 0.01)
P95 = Objective("api", "p95", 1.0)


def by_second(at_s: float, bad: int, plan: Plan = PLAN) -> Records:
    """What was due until then, and so many of it bad, spread evenly."""
    return together(spoilt(asked(plan, until_s=at_s), bad), yardstick(plan, until_s=at_s))


def last_word(objective: Objective, records: Records, plan: Plan = PLAN) -> Judgement:
    ended = an_end(plan, records)
    return judge(objective, records, plan, generator_error(records, plan, ended), ended)


def test_a_healthy_run_goes_on() -> None:
    for at_s in (0.5, 1, 12, 119):
        assert hopeless(OBJECTIVES, by_second(at_s, 0), PLAN) is None
    assert hopeless(OBJECTIVES, by_second(12, 0)[:0], PLAN) is None


@pytest.mark.parametrize(("bad", "stops"), [(10, False), (72, False), (95, False), (200, True), (340, True)])
def test_a_run_stops_when_more_are_bad_than_the_planned_number_allows(bad: int, stops: bool) -> None:
    """Of 6,000 planned ones 1 % is 60. That all came in the first seconds widens the bound."""
    found = hopeless([ERRORS], by_second(12, bad), PLAN)
    assert (found is not None) is stops


def test_all_bad_in_the_first_seconds_is_not_hopeless_yet() -> None:
    """A burst shows how little one knows: nobody can tell what the other seconds hold."""
    found = hopeless([ERRORS], by_second(3, 150), PLAN)
    assert found is None
    assert hopeless([ERRORS], by_second(12, 600), PLAN) is not None


def test_the_last_word_of_a_run_that_was_stopped_is_the_same() -> None:
    records = by_second(12, 340)
    found = hopeless([ERRORS], records, PLAN)
    assert found is not None
    assert found == last_word(ERRORS, records)
    assert found.verdict is Verdict.FAIL
    assert found.why.startswith("stopped after 12 s: 340 of the planned 6,000 failed")
    assert (found.n, found.bad) == (600, 340)


def test_what_was_never_sent_is_in_no_figure_of_a_run_that_was_stopped() -> None:
    """Only the bound of what fails counts it, as good: so little is proven."""
    failed = last_word(ERRORS, by_second(12, 340))
    assert failed.measured == pytest.approx(340 / 600)
    assert failed.bound is not None and 0.01 < failed.bound < 340 / 6000
    up = last_word(Objective("api", "availability", 0.995), by_second(12, 340))
    assert up.measured == pytest.approx(1 - 340 / 600)
    for objective in (P95, ERRORS, Objective("api", "rate", 0.95)):
        doubt = last_word(objective, by_second(12, 10))
        assert (doubt.n, doubt.bad, doubt.bound) == (600, 10, None)
        assert "10 of the planned 6,000" in doubt.why


def test_the_second_of_the_stop_is_one_and_the_same_wherever_it_is_said(tmp_path: Path) -> None:
    records = by_second(12.3, 340)
    text = table(judged_run(write_run(tmp_path, PLAN, records, an_end(PLAN, records)), read_objectives()))
    assert set(re.findall(r"stopped after ([^:,]+)[:,]", " ".join(text.split()))) == {"13 s"}


@pytest.mark.parametrize("objective", [P95, ERRORS, Objective("api", "rate", 0.95)], ids=lambda one: one.name)
def test_what_could_still_hold_is_doubt_once_the_run_was_stopped(objective: Objective) -> None:
    found = last_word(objective, by_second(12, 10))
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, "load.stopped")
    assert "let it come to its end with --load-to-the-end" in found.why


def test_a_run_that_was_cut_off_by_its_end_counts_what_was_late_already() -> None:
    records = asked(PLAN, until_s=40)
    waiting = np.arange(len(records)) >= len(records) - 600
    cut = spoilt(records, waiting, Answered.CUT_OFF, status=0, latency_s=5.0)
    found = last_word(P95, together(cut, yardstick(PLAN, until_s=40)))
    assert (found.verdict, found.bad, found.n) == (Verdict.FAIL, 600, 2000)


def test_a_late_generator_stops_nothing() -> None:
    slow = slowed(asked(PLAN, lag_s=0.2, until_s=30), 800, 1.3)
    assert hopeless([P95], together(slow, yardstick(PLAN, until_s=30)), PLAN) is None
    slow = slowed(asked(PLAN, until_s=30), 800, 1.3)
    assert hopeless([P95], together(slow, yardstick(PLAN, until_s=30)), PLAN) is not None


@pytest.mark.parametrize(("lag_s", "stops"), [(0.0, True), (0.024, True), (0.026, False), (0.049, False)])
def test_a_generator_that_is_half_as_late_as_it_may_be_stops_nothing(lag_s: float, stops: bool) -> None:
    """For 1 s it may be 50 ms: by the end of the run it could be that late, and then nobody could tell."""
    slow = together(slowed(asked(PLAN, lag_s=lag_s, until_s=30), 800, 1.3), yardstick(PLAN, until_s=30))
    assert (hopeless([P95], slow, PLAN) is not None) is stops
    assert last_word(P95, slow).verdict is Verdict.FAIL
    failed = together(spoilt(asked(PLAN, lag_s=lag_s, until_s=30), 800), yardstick(PLAN, until_s=30))
    assert hopeless([P95, ERRORS], failed, PLAN) is not None


def test_hardly_a_run_at_the_very_limit_is_stopped_though_it_is_looked_at_again_and_again() -> None:
    random, runs = np.random.default_rng(20261127), 200
    plan = a_plan(lasts_s=60)
    whole = asked(plan)
    due = whole["intended"] - plan.begins_at
    stopped = 0
    for _ in range(runs):
        records = spoilt(whole, random.random(len(whole)) < 0.01)
        stopped += any(hopeless([ERRORS], records[due < at_s], plan) for at_s in range(5, 61, 5))
    assert stopped / runs <= 0.08


def test_a_look_at_a_hundred_thousand_records_is_quick() -> None:
    plan = a_plan(rate_per_s=500, lasts_s=600, calls=(("question", 0.8), ("health", 0.2)))
    records = together(asked(plan, 0.04, until_s=200), yardstick(plan, until_s=200))
    assert len(records) > 100_000
    took_s = []
    for _ in range(3):
        begun_s = time.perf_counter()
        assert hopeless(OBJECTIVES, records, plan) is None
        took_s.append(time.perf_counter() - begun_s)
    assert min(took_s) < 0.25
