"""Who noticed a fault and who stayed silent, by tables."""

from datetime import UTC, datetime

import pytest

from checks.outcome import Outcome
from drills.noticed import Notice, Noticed, all_heard, noticed
from drills.sweeps import Seen, Sweep

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
GREEN = Seen(Outcome.PASS)
REFUSED, SLOW = Seen(Outcome.FAIL, "api.refused"), Seen(Outcome.FAIL, "api.timeout")
DOUBT = Seen(Outcome.UNKNOWN, "metrics.too_few")
INJECTED_S, WITNESSED_S, UNTIL_S = 10.0, 11.0, 20.0


def sweep(started_s: float, seen: Seen, received_s: float | None = None, check: str = "a") -> Sweep:
    return Sweep(int(started_s), AT, started_s, started_s + 0.5 if received_s is None else received_s, {check: seen})


@pytest.mark.parametrize(
    ("sweeps", "expected"),
    [
        ([sweep(12, REFUSED)], Noticed(Notice.RED, "api.refused", 1.5)),
        ([sweep(10.1, REFUSED)], Noticed(Notice.RED, "api.refused", 0.0)),
        ([sweep(12, GREEN), sweep(13, SLOW), sweep(14, REFUSED)], Noticed(Notice.RED, "api.timeout", 2.5)),
        ([sweep(12, REFUSED, 13), sweep(11, SLOW, 19)], Noticed(Notice.RED, "api.refused", 2.0)),
        ([sweep(12, GREEN), sweep(13, DOUBT)], Noticed(Notice.SILENT)),
        ([sweep(12, DOUBT)], Noticed(Notice.UNKNOWN)),
        ([], Noticed(Notice.UNKNOWN)),
        ([sweep(9.9, REFUSED, 12)], Noticed(Notice.UNKNOWN)),
        ([sweep(19, REFUSED, 20.1), sweep(18, GREEN)], Noticed(Notice.SILENT)),
        ([sweep(12, REFUSED, check="b")], Noticed(Notice.UNKNOWN)),
    ],
    ids=[
        "red",
        "red before the witness was seen",
        "the first red counts, for any reason",
        "the first to arrive",
        "silent",
        "never pass nor fail",
        "never seen",
        "began before the injection",
        "arrived after the first step",
        "another check",
    ],
)
def test_what_a_check_made_of_the_fault(sweeps: list[Sweep], expected: Noticed) -> None:
    before = [sweep(1, GREEN)]
    assert noticed([*before, *sweeps], INJECTED_S, WITNESSED_S, UNTIL_S)["a"] == expected


def test_a_check_that_was_red_before_the_fault_has_not_noticed_it() -> None:
    found = noticed([sweep(1, GREEN), sweep(5, REFUSED), sweep(12, REFUSED)], INJECTED_S, WITNESSED_S, UNTIL_S)
    assert found["a"] == Noticed(Notice.UNKNOWN)


def test_every_check_that_was_ever_heard_has_its_row() -> None:
    found = noticed([sweep(1, GREEN, check="b"), sweep(12, GREEN)], INJECTED_S, WITNESSED_S, UNTIL_S)
    assert {name: one.how for name, one in found.items()} == {"a": Notice.SILENT, "b": Notice.UNKNOWN}


def test_silence_counts_once_all_were_heard() -> None:
    sweeps = [sweep(12, GREEN), sweep(10, GREEN, check="b")]
    assert not all_heard(sweeps, WITNESSED_S)
    assert all_heard([*sweeps, sweep(13, DOUBT, check="b")], WITNESSED_S)
