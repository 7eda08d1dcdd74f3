"""What a drill reads from sweeps, by tables, and how lines of the watch become sweeps."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from checks.outcome import Outcome
from drills.sweeps import (
    Collector,
    Rhythm,
    Seen,
    Sweep,
    begun_within,
    first_red,
    green_to_the_end,
    last_of,
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
    ("a", "b", "first"),
    [
        ("rggg", "", 1),
        ("rgg", "", None),
        ("rggrggg", "", 4),
        ("gggr", "", None),
        ("gggg", "rggg", 1),
        ("gg?ggg", "", 3),
        ("gggg", "ggg?", None),
        ("", "", None),
    ],
)
def test_green_to_the_end(a: str, b: str, first: int | None) -> None:
    assert number(green_to_the_end(seen_as(a, b), ["a", "b"])) == first


def alone(check: str, rounds: str, every_s: float, late: dict[int, float] | None = None) -> list[Sweep]:
    """The sweeps of a rhythm of one check; each takes a tenth of a second, or as long as `late` says by its number."""
    return [
        Sweep(n, AT, n * every_s, n * every_s + (late or {}).get(n, 0.1), {check: KINDS[kind]})
        for n, kind in enumerate(rounds)
        if kind in KINDS
    ]


def arrived(*sweeps: Sweep) -> list[Sweep]:
    return sorted(sweeps, key=lambda sweep: sweep.received_s)


@pytest.mark.parametrize(
    ("fast", "slow", "began_s"),
    [
        ("rrgggggggggg", "ggg", 0.5),  # the slow one was green all along
        ("gggggggggggg", "rggg", 1.0),
        ("gggggggggggg", "gg", None),  # one rhythm has not had its three yet, however often the other was green
        ("gggggggggr", "ggg", None),
        ("gggggggggg", "", None),  # never seen
        ("gggggggggg", "g?g", None),
    ],
)
def test_each_check_is_green_in_its_own_last_three(fast: str, slow: str, began_s: float | None) -> None:
    found = green_to_the_end(arrived(*alone("a", fast, 0.25), *alone("b", slow, 1.0)), ["a", "b"])
    assert (found.started_s if found else None) == began_s


def test_a_hung_sweep_that_arrives_after_later_ones_is_of_the_time_when_it_began() -> None:
    sweeps = arrived(*alone("a", "rggg", 1.0, late={0: 8.0}))
    assert sweeps[-1].of("a").outcome is Outcome.FAIL
    assert number(green_to_the_end(sweeps, ["a"])) == 1
    assert last_of(sweeps, "a") == KINDS["g"]


def test_one_that_has_not_come_yet_is_not_taken_for_green() -> None:
    assert green_to_the_end(alone("a", "g gg", 1.0), ["a"]) is None
    assert number(green_to_the_end(alone("a", "g ggg", 1.0), ["a"])) == 2
    assert number(green_to_the_end(alone("a", "ggggg", 1.0), ["a"])) == 0


def test_the_time_is_that_of_the_first_green_to_arrive() -> None:
    sweeps = alone("a", "gggg", 1.0, late={0: 5.0})  # held up by the probe of another check
    assert number(green_to_the_end(arrived(*sweeps), ["a"])) == 1


def test_a_green_that_was_over_when_the_steps_ended_proves_nothing() -> None:
    sweeps = arrived(*alone("a", "ggggg", 0.5), *alone("b", "ggg", 1.0))
    assert green_to_the_end(sweeps, ["a", "b"], 2.0)
    assert green_to_the_end(sweeps, ["a", "b"], 2.01) is None


def test_a_sweep_that_began_before_does_not_count() -> None:
    assert [sweep.round for sweep in begun_within(seen_as("ggg"), 0.05)] == [1, 2]


def line(check: str, round_: int, outcome: str = "pass", of: int = 2, began_s: float = 9.8) -> str:
    reason = None if outcome == "pass" else {"code": "api.refused", "text": "t", "section": "s", "caused_by": None}
    head = {"at": AT.isoformat(), "round": round_, "every_s": 0.25, "began_s": began_s, "of": of}
    return json.dumps({**head, "id": check, "severity": "p0", "outcome": outcome, "reason": reason, "duration_s": 0.1})


def test_a_sweep_is_whole_with_its_last_line() -> None:
    collector = Collector()
    assert collector.add(line("a", 0), 10.0) is None
    sweep = collector.add(line("b", 0, "fail"), 10.0)
    assert sweep
    assert (sweep.round, sweep.started_s, sweep.received_s) == (0, 9.8, 10.0)
    assert sweep.of("b") == Seen(Outcome.FAIL, "api.refused", "t")
    assert sweep.of("b").severity == "p0"
    assert sweep.of("c").outcome is Outcome.UNKNOWN
    other = collector.add(line("c", 3, of=1), 11.0)
    assert other and other.seen.keys() == {"c"}


def test_the_first_line_says_what_the_rhythms_are() -> None:
    collector = Collector()
    said = json.dumps({"target": "x", "rhythms": [{"every_s": 0.25, "checks": ["a"]}, {"every_s": 3, "checks": []}]})
    assert collector.add(said, 1.0) is None
    assert collector.rhythms == (Rhythm(0.25, ("a",)), Rhythm(3.0, ()))


PLAIN = json.dumps({"at": AT.isoformat(), "round": 0, "id": "a", "outcome": "pass", "reason": None})
NO_LINES = ["", "Traceback", "{}", "3", PLAIN, line("a", 0).replace("pass", "fine"), '{"rhythms": 3}']


@pytest.mark.parametrize("text", NO_LINES)
def test_what_is_no_line_of_the_watch_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="which is no outcome"):
        Collector().add(text, 0.0)
