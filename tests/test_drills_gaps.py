"""What the runbook's severity table names is shown by a drill, or a reason is given."""

from pathlib import Path

import pytest

from drills.catalogue import Entry, catalogue
from drills.gaps import Example, GapsError, Known, examples_of, gap_lines, gaps_of, load_known
from drills.steps import load_runbook
from tests.drill_fakes import scenario

USERS = Path(__file__).resolve().parents[2] / "shared/runbook/incident-response.md"
TABLE = """# R

| Level | Description | Response Time | Examples |
|---|---|---|---|
| **Critical (P0)** | System down, data breach | 15 minutes | Complete outage |
| P3 | Wishes | 24 hours | Typos,  spaces |

| Other | Examples |
|---|---|
| nothing | of P0 |
"""
KNOWN = (
    Known("system DOWN", "p0", families=("api",)),
    Known("Data breach", "p0", reason="nobody sees it"),
    Known("Complete outage", "p0", scenarios=("no-such",)),
)


def test_the_table_is_read_with_the_line_of_each_example() -> None:
    assert examples_of(TABLE.splitlines()) == [
        Example("p0", "System down", 5),
        Example("p0", "data breach", 5),
        Example("p0", "Complete outage", 5),
        Example("p3", "Wishes", 6),
        Example("p3", "Typos", 6),
        Example("p3", "spaces", 6),
    ]


def test_a_runbook_without_the_table_stands_for_what_is_known() -> None:
    assert examples_of(["# R", "no table"], KNOWN) == [
        *(Example("p0", one.says, 0) for one in KNOWN),
    ]


def test_an_example_is_covered_or_has_a_reason() -> None:
    gaps = gaps_of(examples_of(TABLE.splitlines()), KNOWN, [Entry(scenario(), "test_api_down.py")])
    said = {gap.example: (gap.scenarios, gap.reason) for gap in gaps}
    assert said["System down"] == (("api-down",), "")
    assert said["data breach"] == ((), "nobody sees it")
    assert said["Complete outage"] == ((), "there is no drill of no-such")
    assert said["Typos"][1].startswith("nobody has said which drill shows it: name one in drills/gaps.toml")
    assert "p0 data breach: nobody sees it" in gap_lines(gaps)
    assert not any("System down" in line for line in gap_lines(gaps))


@pytest.mark.parametrize("file", ["ours", "theirs"])
def test_everything_that_the_severity_table_names_is_known(file: str) -> None:
    """A drill that shows it exists, or it is said why none can."""
    if file == "theirs" and not USERS.is_file():
        pytest.skip(f"the user's runbook is not at {USERS}")
    runbook = load_runbook() if file == "ours" else load_runbook(USERS, ids_required=False)
    known = load_known()
    gaps = gaps_of(examples_of(runbook.document.lines, known), known, catalogue())
    assert {gap.severity for gap in gaps} == {"p0", "p1", "p2", "p3"}
    assert {"data breach", "data loss"} <= {gap.example for gap in gaps}
    reasons = {one.says.casefold() for one in known if one.reason}
    assert [gap.example for gap in gaps if not gap.scenarios and gap.example.casefold() not in reasons] == []


_ONCE = '[[example]]\nsays = "{}"\nseverity = "p0"\nreason = "r"\n'
BAD = {
    "no TOML": ("[[example", "cannot be read"),
    "an unknown key": ('[[example]]\nsays = "a"\nsevrity = "p0"', "example 1: 'sevrity' is no key"),
    "no text": ('[[example]]\nseverity = "p0"\nreason = "r"', "'says' is the text of the table"),
    "no severity": ('[[example]]\nsays = "a"\nreason = "r"', "its severity is None: give p0, p1, p2, p3"),
    "neither drill nor reason": ('[[example]]\nsays = "a"\nseverity = "p0"', "name what shows 'a'"),
    "drill and reason": ('[[example]]\nsays = "a"\nseverity = "p0"\nreason = "r"\nfamilies = ["api"]', "name what"),
    "a family that is no list": ('[[example]]\nsays = "a"\nseverity = "p0"\nfamilies = "api"', "is to be a list"),
    "the same twice": (
        _ONCE.format("a") + _ONCE.format("A "),
        "example 2: 'A ' stands there already",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_is_refused_with(what: str, tmp_path: Path) -> None:
    text, says = BAD[what]
    (tmp_path / "gaps.toml").write_text(text)
    with pytest.raises(GapsError, match=says):
        load_known(tmp_path / "gaps.toml")
