"""How drills are shown on a terminal."""

import pytest

from drills.lines import HEAD, drill_line, table


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
