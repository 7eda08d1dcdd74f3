"""What a run makes of verdicts on command lines: its exit code, its last lines, its symptoms, as reports read them."""

import json
from pathlib import Path

import pytest

from checks.outcome import ExitCode
from drills.bench.options import Choice
from drills.lines import runbook_lines
from drills.plugin import DrillsRun
from drills.properties import RED_PROPERTY, STEPS_PROPERTY
from drills.proving import DEFAULT_FAIL_ON, Policy, read_subject
from reports.step_record import step_of, symptom_of

THEIRS = """## Down

**Symptoms:**
- No response
- Slow response times
- Sad users

```bash
curl -f http://localhost:8000/health
```
"""
LINE = 9


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    (tmp_path / "theirs.md").write_text(THEIRS)
    return tmp_path / "theirs.md"


def run_of(file: Path, fail_on: str = DEFAULT_FAIL_ON) -> DrillsRun:
    return DrillsRun(Choice(), read_subject(file), Policy.parse(fail_on))


def report(file: Path, verdict: str, when: str = "call", red: tuple[str, ...] = ()) -> pytest.TestReport:
    """The report of the test that came to this verdict on the one line of `file`."""
    shown = {"drill": "api-killed", "duration_s": 0.5, "healthy": "", "broken": "", "proof": None}
    lines = [{"file": str(file), "line": LINE, "verdict": verdict, "why": "it held.", **shown}]
    properties = [
        (STEPS_PROPERTY, json.dumps(lines)),
        (RED_PROPERTY, json.dumps({"fault": "api-killed", "red": red})),
    ]
    return pytest.TestReport("x", ("x", 1, "x"), {}, "passed", None, when, user_properties=properties)  # type: ignore[arg-type]


CODES: dict[str, tuple[str, str, ExitCode]] = {
    "informative": ("informative", "blind,fails,pending", ExitCode.ALL_PASS),
    "blind, which nobody minds": ("blind", DEFAULT_FAIL_ON, ExitCode.ALL_PASS),
    "blind, which fails the run": ("blind", "blind", ExitCode.FAILED),
    "it fails, and that fails the run": ("fails", "harmful,fails", ExitCode.FAILED),
    "it fails, and only what is blind does": ("fails", "blind", ExitCode.ALL_PASS),
}


@pytest.mark.parametrize("what", CODES)
def test_a_run_ends_by_policy_where_a_line_is(what: str, theirs: Path) -> None:
    verdict, fail_on, code = CODES[what]
    run = run_of(theirs, fail_on)
    for when in ("setup", "call", "teardown"):
        run.pytest_runtest_logreport(report(theirs, verdict, when))
    assert run.exit_code is code
    assert [step_of(step).verdict for step in run.steps] == [verdict]


def test_a_run_that_nobody_reported_of_is_doubt_unless_pending_fails_it(theirs: Path) -> None:
    assert run_of(theirs).exit_code is ExitCode.UNKNOWN
    assert run_of(theirs, "pending").exit_code is ExitCode.FAILED


def test_symptoms_are_seen_by_the_checks_that_were_red(theirs: Path) -> None:
    run = run_of(theirs)
    run.pytest_runtest_logreport(report(theirs, "informative", red=("api_is_reachable",)))
    found = [symptom_of(symptom) for symptom in run.symptoms]
    assert [(one.file, one.line, one.section, one.text, one.seen, one.by) for one in found] == [
        (str(theirs), 4, "Down", "No response", True, "api_is_reachable red under api-killed"),
        (str(theirs), 5, "Down", "Slow response times", None, "high-memory was not injected in this run"),
        (str(theirs), 6, "Down", "Sad users", None, "no check of ours looks for it"),
    ]


def line(number: int, verdict: str) -> dict[str, object]:
    return {"file": "rb.md", "line": number, "verdict": verdict, "why": f"it is {verdict}."}


def test_the_terminal_counts_verdicts_and_names_findings() -> None:
    steps = [line(number, verdict) for number, verdict in enumerate(["blind", "informative", "pending", "informative"])]
    head = "rb.md: 4 command lines: 1 blind, 2 informative, 1 pending"
    assert runbook_lines(steps, []) == [head, "rb.md:0: blind: it is blind."]
    assert runbook_lines(steps, [steps[2]]) == [
        head,
        "rb.md:0: blind: it is blind.",
        "rb.md:2: pending: it is pending.",
    ]
    assert runbook_lines([], []) == []
