"""What users got, and a TTD at the production interval, by tables."""

from collections.abc import Sequence

import pytest

from drills.impact import DOCUMENTED, ErrorBudget, Result, UserAnswer, impact_of_users
from drills.production_ttd import production_ttd_s

WELL, FALLBACK, FAILED, UNSENT, CUT = (
    Result.ANSWERED,
    Result.DEGRADED,
    Result.FAILED,
    Result.UNSENT,
    Result.CUT_OFF,
)


def asked(*results: Result, from_s: float = 100.0, latency_s: float = 0.1) -> list[UserAnswer]:
    """A question each half second from then on."""
    return [UserAnswer(from_s + at / 2, latency_s, "api", result, "") for at, result in enumerate(results)]


@pytest.mark.parametrize(
    ("results", "requests", "failed", "degraded", "unsent", "cut_off", "first_s", "last_s"),
    [
        ([WELL, WELL], 2, 0, 0, 0, 0, None, None),
        ([WELL, FAILED, WELL, FAILED, WELL], 5, 2, 0, 0, 0, 0.5, 1.5),
        ([FAILED], 1, 1, 0, 0, 0, 0.0, 0.0),
        ([FALLBACK, WELL], 2, 0, 1, 0, 0, None, None),
        ([WELL, UNSENT], 2, 1, 0, 1, 0, 0.5, 0.5),
        ([WELL, CUT, CUT], 1, 0, 0, 0, 2, None, None),
        ([FAILED, CUT], 1, 1, 0, 0, 1, 0.0, 0.0),
    ],
)
def test_each_question_counts_as_what_its_user_got(
    results: Sequence[Result],
    requests: int,
    failed: int,
    degraded: int,
    unsent: int,
    cut_off: int,
    first_s: float | None,
    last_s: float | None,
) -> None:
    impact = impact_of_users(asked(*results), 100.0, 110.0)
    assert (impact.requests, impact.failed, impact.degraded) == (requests, failed, degraded)
    assert (impact.unsent, impact.cut_off) == (unsent, cut_off)
    assert (impact.first_failure_s, impact.last_failure_s) == (first_s, last_s)


@pytest.mark.parametrize(
    ("answers", "from_s", "until_s"),
    [
        ([], 100.0, 160.0),
        (asked(WELL, FAILED), 200.0, 260.0),
        (asked(CUT, CUT), 100.0, 160.0),
        (asked(WELL, FAILED), 100.0, 100.0),
        (asked(WELL, FAILED), 160.0, 100.0),
    ],
    ids=["nobody", "others", "all cut off", "no time", "no time at all"],
)
def test_where_nobody_is_known_to_have_asked_nothing_is_claimed(
    answers: list[UserAnswer], from_s: float, until_s: float
) -> None:
    impact = impact_of_users(answers, from_s, until_s)
    assert impact.requests == 0
    assert (impact.budget_spent, impact.slowest_s, impact.first_failure_s, impact.last_failure_s) == (None,) * 4
    assert impact.sentence.startswith("no user asked anything")


def test_a_question_belongs_to_the_window_in_which_it_was_to_be_asked_however_late_its_answer() -> None:
    late = UserAnswer(109.9, 8.0, "api", Result.FAILED, "")
    before, after = UserAnswer(99.9, 8.0, "api", Result.FAILED, ""), UserAnswer(110.0, 0.1, "api", Result.FAILED, "")
    impact = impact_of_users([late, before, after], 100.0, 110.0)
    assert (impact.requests, impact.failed) == (1, 1)


def test_the_slowest_answer_is_an_answer() -> None:
    answers = [
        UserAnswer(100.0, 0.1, "api", Result.ANSWERED, ""),
        UserAnswer(101.0, 3.5, "webapp", Result.DEGRADED, ""),
        UserAnswer(102.0, 8.0, "api", Result.FAILED, ""),
    ]
    assert impact_of_users(answers, 100.0, 110.0).slowest_s == 3.5
    assert impact_of_users(answers[2:], 100.0, 110.0).slowest_s is None


@pytest.mark.parametrize(
    ("failed", "requests", "window_s", "share"),
    [
        (120, 120, 60.0, 60 / 12_960),
        (60, 120, 60.0, 30 / 12_960),
        (1, 1000, 12_960.0, 0.001),
        (10, 10, 12_960.0, 1.0),
        (10, 10, 25_920.0, 2.0),
        (0, 120, 60.0, 0.0),
    ],
)
def test_the_budget_of_thirty_days_is_12960_seconds_of_nothing(
    failed: int, requests: int, window_s: float, share: float
) -> None:
    assert DOCUMENTED.spent(failed, requests, window_s) == pytest.approx(share)


def test_no_request_is_no_figure() -> None:
    assert DOCUMENTED.spent(0, 0, 60.0) is None


def test_another_objective_has_another_budget() -> None:
    impact = impact_of_users(asked(FAILED), 100.0, 160.0, ErrorBudget(availability=0.999, period_s=86_400.0))
    assert impact.budget_spent == pytest.approx(60 / 86.4)


def test_the_sentence_says_it_all() -> None:
    impact = impact_of_users(asked(WELL, FALLBACK, FAILED, UNSENT, CUT), 100.0, 160.0)
    assert impact.sentence == (
        "2 of 4 questions failed in 60 s; 1 of them were never sent, too many others waited; 1 answers were a fallback;"
        " 1 were cut off by the end; slowest answer 0.1 s; 0.23% of the error budget of 30 days"
    )


def test_a_production_ttd_adds_the_longest_wait_for_the_next_run() -> None:
    assert production_ttd_s(8.2) == pytest.approx(38.2), "the runbook has watch -n 30"
    assert production_ttd_s(1.0, interval_s=0.0) == 1.0
