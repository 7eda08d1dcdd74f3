"""What a drill reads from sweeps, by tables, and how lines of the watch become sweeps."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from checks.outcome import Outcome
from drills.sweeps import (
    Collector,
    Seen,
    Sweep,
    always_red,
    begun_within,
    first_red,
    green_three_in_a_row,
    green_to_the_end,
)

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KINDS = {
    "g": Seen(Outcome.PASS),
    "r": Seen(Outcome.FAIL, "api.refused"),
    "t": Seen(Outcome.FAIL, "api.timeout"),
    "?": Seen(Outcome.UNKNOWN, "api.refused"),
}


def seen_as(pattern: str, other: str = "") -> list[Sweep]:
    """A sweep a second, begun on the second and received a tenth later: "ggr" is green, green, red; "." saw nothing."""
    others = other or "g" * len(pattern)
    rows = [{"a": KINDS.get(a), "b": KINDS.get(b)} for a, b in zip(pattern, others, strict=True)]
    return [
        Sweep(n, AT, float(n), n + 0.1, {name: seen for name, seen in row.items() if seen})
        for n, row in enumerate(rows)
    ]


def number(sweep: Sweep | None) -> int | None:
    return sweep.round if sweep else None


@pytest.mark.parametrize(
    ("pattern", "codes", "first"),
    [
        ("ggrr", ["api.refused"], 2),
        ("gttr", ["api.refused"], 3),
        ("gttr", ["api.refused", "api.timeout"], 1),
        ("g??g", ["api.refused"], None),
        ("gg..", ["api.refused"], None),
        ("rrr", [], None),
        ("", ["api.refused"], None),
    ],
)
def test_first_red(pattern: str, codes: Sequence[str], first: int | None) -> None:
    assert number(first_red(seen_as(pattern), "a", codes)) == first


@pytest.mark.parametrize(
    ("a", "b", "three", "to_the_end"),
    [
        ("rggg", "", 1, 1),
        ("rgg", "", None, None),
        ("rggrggg", "", 4, 4),
        ("gggr", "", 0, None),
        ("gggrggg", "", 0, 4),
        ("gggg", "rggg", 1, 1),
        ("gg?ggg", "", 3, 3),
        ("gg.gg", "", None, None),
        ("gggg", "ggg?", 0, None),
        ("", "", None, None),
    ],
)
def test_green_three_in_a_row_and_to_the_end(a: str, b: str, three: int | None, to_the_end: int | None) -> None:
    assert number(green_three_in_a_row(seen_as(a, b), ["a", "b"])) == three
    assert number(green_to_the_end(seen_as(a, b), ["a", "b"])) == to_the_end


@pytest.mark.parametrize(
    ("pattern", "from_s", "to_s", "red"),
    [
        ("grrg", 1, 2, True),
        ("grrg", 0, 2, False),
        ("grtg", 1, 2, True),
        ("gr?g", 1, 2, False),
        ("gr.g", 1, 2, False),
        ("grrg", 0.5, 2.5, True),
        ("rrrr", 1.2, 1.8, False),
        ("", 0, 9, False),
    ],
)
def test_always_red(pattern: str, from_s: float, to_s: float, red: bool) -> None:
    assert always_red(seen_as(pattern), "a", from_s, to_s) is red


def test_a_sweep_that_began_before_does_not_count() -> None:
    assert [sweep.round for sweep in begun_within(seen_as("ggg"), 0.05)] == [1, 2]


def line(check: str, round_: int, outcome: str = "pass", age_s: float = 0.2) -> str:
    reason = None if outcome == "pass" else {"code": "api.refused", "text": "t", "section": "s", "caused_by": None}
    at = (AT - timedelta(seconds=age_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"at": at, "round": round_, "id": check, "outcome": outcome, "reason": reason, "duration_s": 0.1})


def test_a_sweep_is_whole_with_its_last_check() -> None:
    collector = Collector(["a", "b"])
    assert collector.add(line("a", 0), 10.0, AT) == []
    (sweep,) = collector.add(line("b", 0, "fail"), 10.0, AT)
    assert (sweep.round, sweep.received_s) == (0, 10.0)
    assert sweep.started_s == pytest.approx(9.8)
    assert sweep.of("b") == Seen(Outcome.FAIL, "api.refused", "t")
    assert sweep.of("c").outcome is Outcome.UNKNOWN
    assert collector.add(line("a", 3), 11.0, AT) == []


def test_a_sweep_without_one_of_its_checks_is_whole_when_the_next_begins_and_knows_nothing_of_it() -> None:
    collector = Collector(["a", "b"])
    assert collector.add(line("a", 0), 10.0, AT) == []
    (sweep,) = collector.add(line("a", 1), 11.0, AT)
    assert sweep.round == 0
    assert sweep.of("b") == Seen(Outcome.UNKNOWN, "detector.not_seen", "the watch did not report this check")
    assert not sweep.green(["a", "b"])


def test_a_wall_clock_that_was_set_back_does_not_put_a_sweep_into_the_future() -> None:
    (sweep,) = Collector(["a"]).add(line("a", 0, age_s=-60), 10.0, AT)
    assert sweep.started_s == 10.0


NO_LINES = ["", "Traceback", "{}", "3", '{"round": 0, "at": "x", "id": "a"}', line("a", 0).replace("pass", "fine")]


@pytest.mark.parametrize("text", NO_LINES)
def test_what_is_no_line_of_the_watch_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="which is no outcome"):
        Collector(["a"]).add(text, 0.0, AT)
