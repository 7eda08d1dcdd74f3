"""What a check said over the time of a drill, as spans."""

from datetime import UTC, datetime

from checks.outcome import Outcome
from drills.lanes import Span, lanes
from drills.sweeps import Seen, Sweep

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def sweep(started_s: float, lasts_s: float = 0.2, **said: Outcome) -> Sweep:
    return Sweep(0, AT, started_s, started_s + lasts_s, {check: Seen(outcome) for check, outcome in said.items()})


P, F, U = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


def test_the_same_said_again_is_one_span_and_there_is_no_gap_between_two() -> None:
    (lane,) = lanes([sweep(100, api=P), sweep(101, api=P), sweep(102, api=F), sweep(103, api=U)], ["api"], 100.0)
    assert lane.spans == (Span("pass", 0.0, 2.0), Span("fail", 2.0, 3.0), Span("unknown", 3.0, lane.spans[-1].to_s))


def test_a_sweep_tells_of_the_checks_that_it_holds_and_in_the_order_in_which_they_began() -> None:
    swept = [sweep(102, api=F), sweep(100, lasts_s=8, api=P, web=P), sweep(104, web=F)]
    api, web, neither = lanes(swept, ["api", "web", "neither"], 100.0)
    assert [span.outcome for span in api.spans] == ["pass", "fail"]
    assert [(span.outcome, span.from_s) for span in web.spans] == [("pass", 0.0), ("fail", 4.0)]
    assert neither.spans == ()


def test_nothing_is_before_the_drill() -> None:
    (lane,) = lanes([sweep(99, api=P)], ["api"], 100.0)
    assert lane.spans == (Span("pass", 0.0, 0.0),)
