"""Where the time of drills goes, and what a closing adds to a run."""

from datetime import UTC, datetime, timedelta

import pytest

from drills.catalogue import Entry
from drills.closing import closing_of
from drills.overhead import overhead_line, overhead_of, spent_of
from drills.severities import severities
from drills.steps import load_runbook
from reports.coverage_record import coverage_json, coverage_of
from tests.drill_fakes import scenario

BEGAN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def drill(*phases: tuple[str, float], lasted_s: float, **more: object) -> dict[str, object]:
    events: list[dict[str, object]] = []
    for phase, elapsed_s in phases:
        events.append({"phase": phase, "text": "begins", "elapsed_s": elapsed_s})
        events.append({"phase": phase, "text": "something was seen", "elapsed_s": elapsed_s + 0.1})
    times = {"started_at": BEGAN.isoformat(), "finished_at": (BEGAN + timedelta(seconds=lasted_s)).isoformat()}
    return {"scenario": "api-down", "timeline": events, **times, **more}


FULL = (("steady", 0.0), ("inject", 2.0), ("detect", 3.0), ("control", 4.0), ("step", 12.0), ("recover", 13.0))
WHOLE = drill(*FULL, ("cure", 15.0), ("steady again", 16.0), lasted_s=18.0)


def test_a_phase_lasts_until_the_next_begins() -> None:
    spent = spent_of(WHOLE)
    assert dict(spent.phases_s) == {
        "steady": 2.0,
        "inject": 1.0,
        "detect": 1.0,
        "control": 8.0,
        "step": 1.0,
        "recover": 2.0,
        "cure": 1.0,
        "steady again": 2.0,
    }
    assert (spent.bench_s, spent.overhead_s) == (18.0, 5.0)


def test_two_steps_are_one_phase() -> None:
    spent = spent_of(drill(("step", 0.0), ("step", 1.0), ("recover", 3.0), lasted_s=4.0))
    assert dict(spent.phases_s) == {"step": 3.0, "recover": 1.0}


def test_the_reset_before_is_overhead_where_it_was_measured() -> None:
    spent = spent_of({**WHOLE, "reset_s": 2.0})
    assert (spent.bench_s, spent.overhead_s) == (20.0, 7.0)


LINES: dict[str, tuple[list[dict[str, object]], str | None]] = {
    "one drill": ([WHOLE], "overhead 28% of 18 s bench time"),
    "ten drills": ([WHOLE] * 10, "overhead 28% of 3 min bench time"),
    "no drill": ([], None),
    "a drill that says nothing": ([{"scenario": "x"}], None),
}


@pytest.mark.parametrize("what", LINES)
def test_the_overhead_of(what: str) -> None:
    records, says = LINES[what]
    line = overhead_line(overhead_of(records))
    assert line is None if says is None else line is not None and line.startswith(says)


def of_checks(*red: str) -> dict[str, object]:
    """A drill of every check that there is, `red` among them red."""
    checks = [
        {
            "id": check,
            "outcome": "red" if check in red else "silent",
            "code": "x.y" if check in red else None,
            "time_to_detect_s": 1.0 if check in red else None,
        }
        for check in severities()
    ]
    return {**WHOLE, "checks": checks}


def test_an_urgent_check_that_no_drill_turned_red_fails_a_run_of_all_drills_only() -> None:
    runbook, record = load_runbook(), of_checks("api_is_reachable")
    here = Entry(scenario(), "test_api_down.py")
    whole = closing_of([record], runbook, [here])
    assert whole.whole
    assert "api_is_ready" in whole.failing
    assert "api_is_reachable" not in whole.failing
    assert any(line.startswith("the run fails: no drill proves that ") for line in whole.lines())
    assert any("data breach" in line for line in whole.lines())
    part = closing_of([], runbook, [here])
    assert (part.whole, part.failing) == (False, ())
    assert closing_of([of_checks(*severities())], runbook, [here]).failing == ()


def test_reports_read_what_a_closing_writes() -> None:
    fields = closing_of([of_checks("api_is_reachable")], load_runbook(), []).as_json()
    coverage = coverage_of(fields)
    assert coverage.matrix.faults[0].first == "api_is_reachable"
    assert coverage.overhead.share == pytest.approx(5 / 18)
    assert coverage_of(coverage_json(coverage)) == coverage
    with pytest.raises(ValueError, match="matrix"):
        coverage_of({**fields, "matrix": {"checks": 3}})
    with pytest.raises(ValueError, match="gaps"):
        coverage_of({"matrix": fields["matrix"]})


def test_every_check_has_a_severity() -> None:
    found = severities()
    assert found["api_is_reachable"] == "p0"
    assert set(found.values()) == {"p0", "p1", "p2", "p3"}
