"""How figures read in a sentence and in a table."""

import math

import pytest

from load import figures


@pytest.mark.parametrize(
    ("value_s", "text"),
    [
        (0.0, "0 ms"),
        (0.0000076, "0.0076 ms"),
        (0.05, "50 ms"),
        (0.9994, "999 ms"),
        (2.5, "2.5 s"),
        (1234.5, "1234 s"),
        (math.inf, "no answer"),
    ],
)
def test_a_time_has_the_unit_that_reads_best(value_s: float, text: str) -> None:
    assert figures.time(value_s) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0 %"), (0.995, "99.5 %"), (0.0025, "0.25 %"), (1.0, "100 %"), (0.00001, "under 0.01 %")]
)
def test_a_share_is_in_per_cent(value: float, text: str) -> None:
    assert figures.share(value) == text


@pytest.mark.parametrize(
    ("value_s", "text"),
    [
        (0.2, "1 s"),
        (119, "119 s"),
        (128, "2 min 8 s"),
        (3600, "60 min"),
        (7201, "2 h 1 min"),
        (21_600, "6 h"),
        (864_000, "10.0 days"),
    ],
)
def test_how_long_it_lasts_is_said_as_people_say_it(value_s: float, text: str) -> None:
    assert figures.duration(value_s) == text
