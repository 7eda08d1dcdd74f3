"""Control, recovery and harm from sweeps of several rhythms: each check is measured by its own."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from checks.outcome import Outcome
from drills.measure import control_of, control_over, detection_of, no_worse, recovered_at, recovery_of, worse_of
from drills.scenario import DetectedBy
from drills.sweeps import Seen, Sweep
from tests.drill_fakes import API, WEBAPP, scenario

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KINDS = {"g": Seen(Outcome.PASS), "r": Seen(Outcome.FAIL, "api.refused"), "?": Seen(Outcome.UNKNOWN, "prober.no_dns")}
SCENARIO = scenario()  # API at 0.25 s has to come back, WEBAPP at 1 s to stay green


def rhythm(check: str, kinds: str, every_s: float, *, took_s: float = 0.1, from_s: float = 0.0) -> list[Sweep]:
    """A rhythm of one check, which began at `from_s`."""
    return [
        Sweep(n, AT, from_s + n * every_s, from_s + n * every_s + took_s, {check: KINDS[kind]})
        for n, kind in enumerate(kinds)
    ]


def both(api: str, webapp: str, from_s: float = 0.0) -> list[Sweep]:
    """What both rhythms saw, as it arrived."""
    sweeps = [*rhythm(API, api, 0.25, from_s=from_s), *rhythm(WEBAPP, webapp, 1.0, from_s=from_s)]
    return sorted(sweeps, key=lambda sweep: sweep.received_s)


def test_detection_counts_the_sweeps_of_its_own_check() -> None:
    seen = detection_of(both("g?rr", "ggg"), DetectedBy(API, ("api.timeout",)), None, 0.2, 9.0)
    assert (seen.sweeps, seen.unknown, seen.other_codes) == (3, 1, ("api.refused",))
    assert detection_of(both("", "ggg"), DetectedBy(API, ("api.refused",)), None, 0.0, 9.0).sweeps == 0


@pytest.mark.parametrize(
    ("api", "webapp", "held_s", "stayed_red", "turned_green", "spared"),
    [
        ("rrrrr", "gggg", 1.0, True, False, (WEBAPP,)),
        ("rrgrr", "gggg", 1.0, False, False, (WEBAPP,)),  # up for a moment
        ("rrggg", "gggg", 0.5, False, True, (WEBAPP,)),
        ("rr?rr", "gggg", 1.0, True, False, (WEBAPP,)),
        ("r??rr", "gggg", 1.0, True, False, (WEBAPP,)),
        ("r???r", "gggg", 1.0, False, False, (WEBAPP,)),
        ("rrrr?", "gggg", 1.0, False, False, (WEBAPP,)),
        ("rrrrr", "ggrg", 1.0, True, False, ()),
        ("rrrrr", "", 1.0, True, False, ()),
        ("", "gggg", 0.0, False, False, (WEBAPP,)),
    ],
)
def test_the_control_is_that_of_the_named_check(
    api: str, webapp: str, held_s: float, stayed_red: bool, turned_green: bool, spared: tuple[str, ...]
) -> None:
    control = control_of(both(api, webapp), SCENARIO, 0.0)
    assert (control.held_s, control.stayed_red, control.turned_green) == (held_s, stayed_red, turned_green)
    assert control.spared == spared


def test_a_red_that_hung_from_before_the_control_is_not_of_it() -> None:
    hung = Sweep(0, AT, -1.0, 7.0, {API: KINDS["g"]})
    assert not control_of([*both("rrr", "g"), hung], SCENARIO, 0.0).turned_green


@pytest.mark.parametrize(
    ("api", "until_s", "over"),
    [
        ("rrrrr", 1.0, True),
        ("rrrrr", 1.1, False),
        ("rggg", 9.0, True),
        ("rgg", 9.0, False),
        ("rrrrg", 1.0, False),  # it may be about to turn green
        ("", 0.0, False),
    ],
)
def test_the_control_is_over(api: str, until_s: float, over: bool) -> None:
    assert control_over(both(api, "ggggggggggggg"), API, 0.0, until_s) is over


@pytest.mark.parametrize(
    ("api", "webapp", "found_s", "count", "watched_s", "red", "unknown", "worse"),
    [
        ("rrgggggggg", "ggg", 0.5, 3, 2.0, (), (), ()),
        ("rrgggggggg", "rrr", 0.5, 3, 2.0, (), (), (WEBAPP,)),
        ("rrgggggggg", "gr", 0.5, 2, 1.0, (), (), ()),
        ("rrrrrrrrrr", "ggg", None, 3, 2.0, (API,), (), ()),
        ("ggggggggg?", "ggg", None, 3, 2.0, (), (API,), ()),
        ("", "ggg", None, 0, 0.0, (), (API,), ()),
    ],
)
def test_a_recovery_is_as_well_seen_as_the_check_that_was_seen_least(
    api: str,
    webapp: str,
    found_s: float | None,
    count: int,
    watched_s: float,
    red: Sequence[str],
    unknown: Sequence[str],
    worse: Sequence[str],
) -> None:
    sweeps = both(api, webapp)
    found = recovered_at(sweeps, (API,), 0.0, 0.0)
    assert (found.started_s if found else None) == found_s
    recovery = recovery_of(sweeps, SCENARIO, 0.0, 0.0, (WEBAPP,))
    assert (recovery.sweeps, recovery.watched_s) == (count, watched_s)
    assert (recovery.red, recovery.unknown, recovery.worse) == (tuple(red), tuple(unknown), tuple(worse))


@pytest.mark.parametrize(
    ("api", "webapp", "worse", "settled"),
    [
        ("ggggggggg", "ggg", (), True),
        ("ggggggggg", "gg", (), False),  # three sweeps of the fast rhythm say nothing of the other
        ("ggggggggg", "rrr", (WEBAPP,), False),
        ("ggggggggg", "rrg", (), True),
        ("gg", "ggg", (), False),
    ],
)
def test_harm_is_told_by_three_looks_of_each(api: str, webapp: str, worse: tuple[str, ...], settled: bool) -> None:
    sweeps = both(api, webapp)
    assert worse_of(sweeps, (WEBAPP,)) == worse
    assert no_worse(sweeps, (API,), (WEBAPP,)) is settled
