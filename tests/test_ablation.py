"""What is asked of a mitigation, and what the drills say to it, by tables."""

from typing import Any

import pytest

from drills.ablation import Answer, Question, Rehearsal, answer, rehearsals
from drills.history import Attempt, Recovery
from drills.rehearsing import doubt_of
from drills.steps import Step, parse_runbook
from tests.drill_fakes import scenario
from tests.test_judge import GOOD, but

ONE, TWO = parse_runbook(
    """
## Back

```bash {#tag .rollback fault=bad}
docker tag a b
docker tag c a
```

```bash {#up .rollback fault=bad}
docker-compose up -d
```
""",
    "ours.md",
).steps


def texts(shells: tuple[tuple[Step, ...], ...]) -> list[list[str]]:
    return [[line.text for step in steps for line in step.lines] for steps in shells]


def test_each_line_is_left_out_and_stopped_and_the_whole_runs_twice() -> None:
    whole = ["docker tag a b", "docker tag c a", "docker-compose up -d"]
    asked = rehearsals((ONE, TWO))
    assert [(one.question.value, texts(one.shells)) for one in asked] == [
        ("without", [[whole[1], whole[2]]]),
        ("without", [[whole[0], whole[2]]]),
        ("without", [[whole[0], whole[1]]]),
        ("twice", [whole, whole]),
        ("stopped", [whole[:1], whole]),
        ("stopped", [whole[:2], whole]),
        ("stopped", [whole, whole]),
    ]
    assert [one.command for one in asked if one.question is Question.WITHOUT] == whole
    assert [one.cut for one in asked] == [False] * 4 + [True] * 3
    assert asked[0].line == ONE.lines[0].line


def test_the_only_line_is_not_left_out_for_the_control_does_that() -> None:
    assert [one.question.value for one in rehearsals((TWO,))] == ["twice", "stopped"]


BACK, RED = Attempt(recovery=Recovery(2.0, 9, 3.0)), Attempt(recovery=Recovery(None, 120, 30.5, red=("api",)))
LATE = Attempt(recovery=Recovery(31.0, 9, 32.0))
UNSEEN = Attempt(recovery=Recovery(None, 9, 12.0, red=("api",)))
WITHOUT, TWICE, STOPPED = (Rehearsal(question, ((TWO,),), 4, "x") for question in Question)
ANSWERS: dict[str, tuple[Rehearsal, Attempt | None, bool | None, str | None, str, str]] = {
    "back without the line": (WITHOUT, BACK, None, None, "did not matter", "without it: green after 2.0 s"),
    "red without the line": (WITHOUT, RED, None, None, "mattered", "without it: red after 30 s"),
    "late without the line": (WITHOUT, LATE, None, None, "mattered", "green after 31.0 s"),
    "not watched for long enough": (WITHOUT, UNSEEN, None, None, "unknown", "whole RTO (30 s)"),
    "never came to it": (WITHOUT, None, None, None, "unknown", "did not come to its steps"),
    "doubt": (WITHOUT, RED, None, "the watch died", "unknown", "the watch died"),
    "the same after the second": (TWICE, BACK, True, None, "idempotent", "as after the first run"),
    "another after the second": (TWICE, BACK, False, None, "differs", "other images, environments or files"),
    "the same, and red": (TWICE, RED, True, None, "differs", "red after 30 s"),
    "nobody looked": (TWICE, BACK, None, None, "unknown", "could not be looked at"),
    "resumed": (STOPPED, BACK, None, None, "safe to resume", "and run again: green after 2.0 s"),
    "not resumed": (STOPPED, RED, None, None, "not safe", "and run again: red"),
}


NOT_OF_THE_LINE: dict[str, tuple[dict[str, Any], str]] = {
    "the fault was gone": ({"witnessed_held": None}, "gone before anything was typed"),
    "all was green": ({"tried_red_before": ()}, "all was green before"),
    "the fault outside was gone": ({"scenario": scenario(outside=True)}, "outside had gone"),
}


@pytest.mark.parametrize("what", NOT_OF_THE_LINE)
def test_a_line_is_not_called_needless_where(what: str) -> None:
    changes, says = NOT_OF_THE_LINE[what]
    assert doubt_of(GOOD) is None
    assert says in (doubt_of(but(**changes)) or "")


@pytest.mark.parametrize("what", ANSWERS)
def test_what_a_drill_says_of_a_line_where(what: str) -> None:
    asked, attempt, same, doubt, expected, says = ANSWERS[what]
    said = answer(asked, attempt, 30.0, same, doubt)
    assert said == Answer(asked.question, 4, "x", expected, said.why)
    assert says in said.why
