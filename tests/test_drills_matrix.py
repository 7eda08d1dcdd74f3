"""Faults by checks: which check each fault turned red, which none could, and which fault no urgent check saw."""

import pytest

from drills.matrix import Matrix, blind_spots, matrix_of, unproven
from drills.matrix_text import matrix_lines, matrix_markdown

CHECKS = {"api_up": "p0", "upstream": "p1", "slow": "p2", "style": "p3", "elsewhere": "p0"}


def drill(scenario: str, **said: tuple[str, float | None] | str) -> dict[str, object]:
    """The record of a drill. `said`: by check, its code and time, or "silent" or "unknown"."""
    checks = []
    for check, word in said.items():
        outcome, code, time_s = (word, None, None) if isinstance(word, str) else ("red", *word)
        checks.append({"id": check, "outcome": outcome, "code": code, "time_to_detect_s": time_s})
    return {"scenario": scenario, "fault": {"name": f"{scenario} fault"}, "checks": checks}


KILLED = drill("killed", api_up=("api.closed", 0.2), upstream=("api.closed", 1.5), slow="silent", style="unknown")
LIMITED = drill("limited", api_up="silent", upstream="silent", slow=("slow.429", 3.0), style="silent")
UNSEEN = drill("unseen", api_up="silent", upstream="unknown", slow="silent", style="silent")

UNPROVEN: dict[str, tuple[list[dict[str, object]], tuple[str, ...]]] = {
    "no drill": ([], ()),
    "one drill": ([KILLED], ("slow", "style")),
    "two drills": ([KILLED, LIMITED], ("style",)),
    "a drill that nobody noticed": ([UNSEEN], ("api_up", "upstream", "slow", "style")),
    "drills whose records say nothing of checks": ([{"scenario": "old"}], ()),
    "silent once and red once": ([LIMITED, KILLED], ("style",)),
}


@pytest.mark.parametrize("what", UNPROVEN)
def test_unproven_after(what: str) -> None:
    records, checks = UNPROVEN[what]
    assert unproven(records, CHECKS) == checks


BLIND: dict[str, tuple[list[dict[str, object]], tuple[str, ...]]] = {
    "seen by an urgent check": ([KILLED], ()),
    "seen by another only": ([LIMITED], ("limited",)),
    "seen by nobody": ([KILLED, UNSEEN], ("unseen",)),
    "not said": ([{"scenario": "old", "checks": None}], ()),
    "the last of two that were repeated": ([drill("again", api_up="silent"), drill("again", api_up=("x", 1.0))], ()),
}


@pytest.mark.parametrize("what", BLIND)
def test_blind_spots_after(what: str) -> None:
    records, drills = BLIND[what]
    assert blind_spots(records, CHECKS) == drills


def test_the_matrix_says_who_noticed_first_and_who_did_not() -> None:
    matrix = matrix_of([KILLED, LIMITED], CHECKS)
    killed, limited = matrix.faults
    assert (killed.first, killed.code, killed.time_to_detect_s) == ("api_up", "api.closed", 0.2)
    assert (killed.urgent, killed.others, killed.blind) == (2, 0, False)
    assert (limited.first, limited.urgent, limited.others, limited.blind) == ("slow", 0, 1, True)
    rows = {row.id: row for row in matrix.checks}
    assert [one.drill for one in rows["api_up"].red] == ["killed"]
    assert rows["api_up"].silent == ("limited",)
    assert rows["style"].unknown == ("killed",)
    assert not rows["elsewhere"].here
    assert matrix.unproven_urgent == ()
    assert matrix_of([UNSEEN], CHECKS).unproven_urgent == ("api_up", "upstream")


def test_the_target_lacks_what_no_drill_speaks_of_and_that_is_not_unproven() -> None:
    lines = matrix_lines(matrix_of([KILLED, LIMITED], CHECKS))
    assert "not on this deployment: elsewhere (p0)" in lines
    assert "unproven, no drill of this run turned it red: style (p3)" in lines
    assert "blind spots, no P0 or P1 check noticed: limited" in lines


def test_a_terminal_shows_each_fault_and_each_check_that_was_red() -> None:
    text = "\n".join(matrix_lines(matrix_of([KILLED, LIMITED, UNSEEN], CHECKS)))
    assert "killed   0.2 s  api_up (api.closed)  P0/P1 red: 2, others: 0" in text
    assert "unseen   red    nobody" not in text
    assert "unseen   -      nobody" in text
    assert "p1 upstream  killed 1.5 s" in text
    assert all(len(line) < 200 for line in text.splitlines())


def test_a_run_whose_drills_say_nothing_of_checks_shows_no_matrix() -> None:
    assert matrix_lines(Matrix((), (), (), ())) == []


def test_markdown_has_a_row_a_check_and_a_column_a_drill() -> None:
    text = matrix_markdown(matrix_of([KILLED, LIMITED], CHECKS))
    assert "| check | killed | limited |" in text
    assert "| p0 api_up | 0.2 s api.closed | - |" in text
    assert "| p3 style | ? | - |" in text
    assert "elsewhere |" not in text
