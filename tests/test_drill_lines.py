"""How drills are shown on a terminal."""

import pytest

from drills.lines import HEAD, REPEATED_HEAD, drill_line, ended_line, table


def record(**said: object) -> dict[str, object]:
    return {
        "scenario": "api-killed",
        "verdict": "recovered",
        "expected": "recovered",
        "why": "All is back.",
        "detected_by": "api_is_reachable",
        "noticed": True,
        "time_to_detect_s": 0.314,
        "time_to_recover_s": 2.0,
        "findings": [],
        **said,
    }


CELLS: dict[str, tuple[dict[str, object], list[str]]] = {
    "recovered": ({}, ["api-killed", "recovered", "api_is_reachable", "0.31 s", "2.00 s", "0"]),
    "nobody noticed": (
        {"verdict": "not detected", "noticed": False, "time_to_detect_s": None, "time_to_recover_s": None},
        ["api-killed", "not detected", "-", "-", "-", "0"],
    ),
    "noticed too late": (
        {"verdict": "not detected", "noticed": False, "time_to_detect_s": 12, "time_to_recover_s": None},
        ["api-killed", "not detected", "-", "12.00 s", "-", "0"],
    ),
    "with findings": (
        {"findings": [{"step": "a", "text": "b"}] * 2},
        ["api-killed", "recovered", "api_is_reachable", "0.31 s", "2.00 s", "2"],
    ),
    "at once": ({"time_to_detect_s": 0.0}, ["api-killed", "recovered", "api_is_reachable", "0.00 s", "2.00 s", "0"]),
}


@pytest.mark.parametrize("what", CELLS)
def test_a_drill_is_one_line_of_the_table(what: str) -> None:
    said, cells = CELLS[what]
    _, line = table([record(**said)])
    # Columns are two spaces or more apart, and no cell holds two.
    assert [cell.strip() for cell in line.split("  ") if cell.strip()] == cells


def test_a_table_has_its_columns_below_their_heads() -> None:
    lines = table([record(), record(scenario="edgar-timeout", verdict="detected", detected_by="api_reaches_edgar")])
    starts = [lines[0].index(name) for name in HEAD]
    places = [slice(start, end) for start, end in zip(starts, [*starts[1:], None], strict=True)]
    assert [[line[place].strip() for place in places] for line in lines] == [
        list(HEAD),
        ["api-killed", "recovered", "api_is_reachable", "0.31 s", "2.00 s", "0"],
        ["edgar-timeout", "detected", "api_reaches_edgar", "0.31 s", "2.00 s", "0"],
    ]
    assert all(line == line.rstrip() for line in lines)


def test_a_run_without_a_drill_has_a_head_alone() -> None:
    assert table([]) == ["  ".join(HEAD)]


def test_a_drill_that_ended_otherwise_says_what_was_expected_and_why() -> None:
    said = record(verdict="not recovered", why="api_is_reachable was red 30.0 s after the step.")
    line = "api-killed: not recovered, expected recovered. api_is_reachable was red 30.0 s after the step."
    assert drill_line(said) == line


REPEATED: dict[str, tuple[list[dict[str, object]], list[str]]] = {
    "three times alike": (
        [{"time_to_detect_s": time_s, "time_to_recover_s": 2} for time_s in (0.3, 0.1, 0.2)],
        ["3", "recovered", "api_is_reachable", "0.20 s (0.10-0.30 s)", "2.00 s (2.00-2.00 s)", "0"],
    ),
    "once without recovery": (
        [{}, {"verdict": "inconclusive", "time_to_recover_s": None, "findings": [1]}],
        [
            *("2", "1 recovered, 1 inconclusive", "api_is_reachable"),
            *("0.31 s (0.31-0.31 s)", "2.00 s (2.00-2.00 s, 1 of 2)", "1"),
        ],
    ),
    "never noticed": (
        [{"noticed": False, "time_to_detect_s": None, "time_to_recover_s": None}] * 2,
        ["2", "recovered", "-", "-", "-", "0"],
    ),
}


@pytest.mark.parametrize("what", REPEATED)
def test_what_was_repeated_is_one_line_with_medians_and_ranges(what: str) -> None:
    said, cells = REPEATED[what]
    lines = table([*(record(**one) for one in said), record(scenario="edgar-timeout")])
    assert [cell.strip() for cell in lines[0].split("  ") if cell.strip()] == list(REPEATED_HEAD)
    assert [cell.strip() for cell in lines[1].split("  ") if cell.strip()] == ["api-killed", *cells]
    assert len(lines) == 3


def test_a_drill_that_ended_says_so_in_a_line() -> None:
    assert ended_line(record()) == "api-killed: recovered, noticed after 0.31 s, back after 2.00 s"
    assert ended_line({"scenario": "x", "verdict": "inconclusive"}) == "x: inconclusive"
