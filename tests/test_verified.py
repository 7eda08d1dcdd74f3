"""Each command line of a runbook and its verdict, from what drills and diagnostics found out."""

from pathlib import Path
from typing import Any

import pytest

from drills.bench.deployment import read_deployment
from drills.bench.process import BenchError
from drills.runbook.accounting import account_for
from drills.steps import RunbookError, parse_runbook
from drills.verified import Subject, hashes_of, text_hash, verified_lines
from reports.step_record import step_of

OURS = parse_runbook(
    """
## Down

```bash {#status .diagnostic fault=dead}
docker ps
free -h
echo "== all =="
```

- broken if `exit != 0`
- not here: it shows the machine
- no reading: prints a heading

```bash {#restart .mitigation fault=dead}
docker-compose restart
docker-compose up -d
```

```bash {#back .rollback fault=bad-build}
git checkout HEAD~1
```
""",
    "ours.md",
)
TEXT = """
## Broken

```bash
docker-compose  restart  # all
uptime -x
docker ps
```

```bash
free -h
docker-compose up -d
```
"""
THEIRS = parse_runbook(TEXT, "theirs.md", ids_required=False)
MINE, USERS = Subject(OURS), Subject(OURS, THEIRS, account_for(THEIRS, OURS))
TAKEN = {"compose": "c", "images": "i", "suite": "s", "at": "2026-11-24T10:15:00+00:00"}


def found(line: int, verdict: str = "informative", file: str = "ours.md", command: str = "docker ps") -> dict[str, Any]:
    """The verdict on a diagnostic, as it comes from the test that proved it."""
    proof = {**TAKEN, "text": text_hash(command)}
    shown = {"drill": "dead", "duration_s": 0.5, "healthy": "up", "broken": "down", "proof": proof}
    return {"file": file, "line": line, "verdict": verdict, "why": "it held.", **shown}


def drill(verdict: str, *steps: str, scenario: str = "api-killed") -> dict[str, Any]:
    """The record of a drill that ran these steps."""
    ran = [{"id": step, "duration_s": 2.5} for step in steps or ("restart",)]
    return {"scenario": scenario, "verdict": verdict, "why": f"it {verdict}.", "steps": ran, "proof": TAKEN}


def said(subject: Subject, lines: list[dict[str, Any]], drills: list[dict[str, Any]]) -> list[tuple[object, object]]:
    return [(one["line"], one["verdict"]) for one in verified_lines(subject, lines, drills)]


PENDING, NOT_HERE, NO_READING = "pending", "not here", "no reading"
OF_OURS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]] = {
    "nothing was run": ([], [], [PENDING, NOT_HERE, NO_READING, PENDING, PENDING, PENDING]),
    "a diagnostic": ([found(5)], [], ["informative", NOT_HERE, NO_READING, PENDING, PENDING, PENDING]),
    "a blind one": ([found(5, "blind")], [], ["blind", NOT_HERE, NO_READING, PENDING, PENDING, PENDING]),
    "one of another file": ([found(5, file="x.md")], [], [PENDING, NOT_HERE, NO_READING, PENDING, PENDING, PENDING]),
    "recovered": ([], [drill("recovered")], [PENDING, NOT_HERE, NO_READING, "recovers", "recovers", PENDING]),
    "not recovered": ([], [drill("not recovered")], [PENDING, NOT_HERE, NO_READING, *["no effect"] * 2, PENDING]),
    "harmful": ([], [drill("harmful")], [PENDING, NOT_HERE, NO_READING, "harmful", "harmful", PENDING]),
    "two steps": ([], [drill("recovered", "restart", "back")], [PENDING, NOT_HERE, NO_READING, *["recovers"] * 3]),
    **{
        verdict: ([], [drill(verdict)], [PENDING, NOT_HERE, NO_READING, PENDING, PENDING, PENDING])
        for verdict in ("inconclusive", "self-healed", "not detected", "detected")
    },
}


@pytest.mark.parametrize("what", OF_OURS)
def test_the_lines_of_ours_where_the_run_found(what: str) -> None:
    lines, drills, verdicts = OF_OURS[what]
    assert said(MINE, lines, drills) == list(zip([5, 6, 7, 15, 16, 20], verdicts, strict=True))


OF_THEIRS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]] = {
    "nothing was run": ([], [], [PENDING, "unaccounted", PENDING, NOT_HERE, PENDING]),
    "a diagnostic": ([found(7, file="theirs.md")], [], [PENDING, "unaccounted", "informative", NOT_HERE, PENDING]),
    "one of ours": ([found(5)], [], [PENDING, "unaccounted", PENDING, NOT_HERE, PENDING]),
    "recovered": ([], [drill("recovered")], ["recovers", "unaccounted", PENDING, NOT_HERE, "recovers"]),
    "not recovered": ([], [drill("not recovered")], ["no effect", "unaccounted", PENDING, NOT_HERE, "no effect"]),
    "a verdict on what is unaccounted": (
        [found(6, file="theirs.md")], [], [PENDING, "unaccounted", PENDING, NOT_HERE, PENDING],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", OF_THEIRS)
def test_the_lines_of_a_users_runbook_where_the_run_found(what: str) -> None:
    lines, drills, verdicts = OF_THEIRS[what]
    assert said(USERS, lines, drills) == list(zip([5, 6, 7, 11, 12], verdicts, strict=True))


WORST = {"harmful": "harmful", "not recovered": "no effect", "inconclusive": "recovers", "self-healed": "recovers"}


@pytest.mark.parametrize("other", WORST)
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_of_two_drills_that_ran_a_step_the_worse_counts_and_doubt_does_not(other: str, first: bool) -> None:
    drills = [drill(other, scenario="other"), drill("recovered", scenario="well")]
    line = verified_lines(MINE, [], drills if first else drills[::-1])[3]
    assert line["verdict"] == WORST[other]
    assert line["drill"] == ("well" if WORST[other] == "recovers" else "other")


def ran(step: str, origin: str, exit_code: int | None = 0, output: str = "") -> dict[str, Any]:
    """A step of a drill's record, as the documented one or as ours."""
    return {
        "id": step,
        "origin": origin,
        "duration_s": 2.5,
        "lines": [{"command": "x", "exit_code": exit_code, "output": output}],
    }


STILL_A = {"why": "a is red.", "still_red": ["a"]}
RED = {"recover": ["a", "b"], "impact": ["a", "b", "c"]}
RESTART, OURS_BACK = ran("restart", "documented"), ran("back", "corrected")
NO_EFFECT: dict[str, Any] = {"documented_verdict": "not recovered", "corrected_verdict": None, "steps": [RESTART]}
STEP_VERDICTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no effect, and ours recovers": (
        {**NO_EFFECT, "corrected_verdict": "recovered", "steps": [RESTART, OURS_BACK]}, ["no effect", "recovers"],
    ),
    "ours has no effect either": (
        {**NO_EFFECT, "corrected_verdict": "not recovered", "steps": [RESTART, OURS_BACK]}, ["no effect", "no effect"],
    ),
    "ours is in doubt": (
        {**NO_EFFECT, "corrected_verdict": "inconclusive", "steps": [RESTART, OURS_BACK]}, ["no effect", PENDING],
    ),
    "ours alone": (
        {"documented_verdict": None, "corrected_verdict": "recovered", "steps": [OURS_BACK]}, [PENDING, "recovers"],
    ),
    "some came back": ({**NO_EFFECT, **RED, "documented": STILL_A}, ["partial", PENDING]),
    "none came back": ({**NO_EFFECT, **RED, "documented": STILL_A | {"still_red": ["a", "b"]}}, ["no effect", PENDING]),
    "one came back that was never red": (
        {**NO_EFFECT, "recover": ["a", "z"], "impact": ["a"], "documented": STILL_A}, ["no effect", PENDING],
    ),
    "the command is not there": (
        {**NO_EFFECT, "steps": [ran("restart", "documented", 127, "bash: x: command not found")]}, ["fails", PENDING],
    ),
    "its module is not there": (
        {**NO_EFFECT, "steps": [ran("restart", "documented", 1, "No module named 'x'")]}, ["fails", PENDING],
    ),
    "it ended badly": ({**NO_EFFECT, "steps": [ran("restart", "documented", 1, "no")]}, ["no effect", PENDING]),
    "what is not there was not needed": (
        {**NO_EFFECT, "documented_verdict": "recovered", "steps": [ran("restart", "documented", 127)]},
        ["recovers", PENDING],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", STEP_VERDICTS)
def test_a_step_gets_the_verdict_of_those_it_was_run_with(what: str) -> None:
    record, verdicts = STEP_VERDICTS[what]
    whole = {"scenario": "x", "verdict": "recovered", "why": "it did.", "proof": TAKEN, **record}
    lines = verified_lines(MINE, [], [whole])
    assert [lines[3]["verdict"], lines[5]["verdict"]] == verdicts


def test_the_worst_of_two_drills_counts_for_a_step() -> None:
    fails = {**NO_EFFECT, "steps": [ran("restart", "documented", 127)]}
    partial = {**NO_EFFECT, **RED, "documented": STILL_A}
    for drills in ([fails, partial, NO_EFFECT], [NO_EFFECT, partial, fails]):
        whole = [{"scenario": "x", "verdict": "recovered", "why": "it did.", "proof": TAKEN, **one} for one in drills]
        assert verified_lines(MINE, [], whole)[3]["verdict"] == "fails"


def test_our_own_step_is_served_whatever_runbook_is_proven() -> None:
    assert USERS.corrected("back") is OURS.step("back")


def test_a_command_has_our_name_wherever_it_stands() -> None:
    assert MINE.places("restart") == (("restart#1", 15), ("restart#2", 16))
    assert USERS.places("restart") == (("restart#1", 5), ("restart#2", 12))
    assert MINE.places("back") == (("back", 20),)
    assert USERS.places("back") == ()


def test_what_a_line_says() -> None:
    lines = verified_lines(USERS, [found(7, file="theirs.md")], [drill("recovered")])
    restart, unknown, status, free, _ = lines
    assert {key: restart[key] for key in ("id", "file", "command", "kind", "drill", "duration_s", "why")} == {
        "id": "restart",
        "file": "theirs.md",
        "command": "docker-compose  restart  # all",
        "kind": "mitigation",
        "drill": "api-killed",
        "duration_s": 2.5,
        "why": "it recovered.",
    }
    assert (unknown["id"], unknown["why"], unknown["proof"]) == ("", "no step of ours has it", None)
    assert (status["id"], status["drill"], status["healthy"], status["broken"]) == ("status", "dead", "up", "down")
    assert (free["id"], free["why"], free["proof"]) == ("status", "it shows the machine", None)


def test_what_is_pending_says_for_what() -> None:
    by_id = {one["id"]: one["why"] for one in verified_lines(MINE, [], [])}
    assert by_id["restart"] == "no drill of this run ran it under dead"
    assert by_id["back"] == "no drill of this run ran it under bad-build"


def test_reports_read_every_line_and_a_proof_has_the_hash_of_its_text() -> None:
    lines = verified_lines(USERS, [found(7, file="theirs.md")], [drill("recovered")])
    read = [step_of(line) for line in lines]
    assert [one.proof and one.proof.text for one in read] == [
        text_hash("docker-compose  restart  # all"),
        None,
        text_hash("docker ps"),
        None,
        text_hash("docker-compose up -d"),
    ]


def test_a_step_has_the_commands_of_the_runbook_that_is_proven() -> None:
    assert MINE.step("restart").commands == "docker-compose restart\ndocker-compose up -d\n"
    step = USERS.step("restart")
    assert step.commands == "docker-compose  restart  # all\ndocker-compose up -d\n"
    assert (step.id, step.where, step.section) == ("restart", "theirs.md:5", "Down")
    assert [line.line for line in step.lines] == [5, 12]


def test_a_step_that_the_users_runbook_has_not_is_refused() -> None:
    with pytest.raises(BenchError) as caught:
        USERS.step("back")
    assert str(caught.value) == ("theirs.md has no line of step back (ours.md:19): mend it, or run without --runbook.")
    with pytest.raises(RunbookError, match="there is no step 'restrt'; did you mean 'restart'"):
        USERS.step("restrt")


def test_hashes_change_with_what_they_are_of(tmp_path: Path) -> None:
    deployment = read_deployment(None, None)
    (tmp_path / "drills").mkdir()
    (tmp_path / "drills/a.py").write_text("1")
    before = hashes_of(deployment, {"finchat-api:latest": "sha256:1"}, tmp_path)
    assert before == hashes_of(deployment, {"finchat-api:latest": "sha256:1"}, tmp_path)
    assert hashes_of(deployment, {}, tmp_path) == before | {"images": ""}
    assert hashes_of(deployment, {"finchat-api:latest": "sha256:2"}, tmp_path)["images"] != before["images"]
    (tmp_path / "drills/a.py").rename(tmp_path / "drills/b.py")
    after = hashes_of(deployment, {"finchat-api:latest": "sha256:1"}, tmp_path)
    assert {key for key in before if before[key] != after[key]} == {"suite"}
