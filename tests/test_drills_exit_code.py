"""What a run of drills ends with: a drill that failed outweighs doubt, and doubt is never a pass."""

import json
from types import SimpleNamespace

import pytest

from checks.outcome import ExitCode
from drills.asked import Asked
from drills.bench.options import Choice
from drills.catalogue import catalogue
from drills.plugin import DrillsRun
from drills.properties import PROPERTY
from drills.proving import DEFAULT_FAIL_ON, Policy, read_subject
from drills.severities import severities


def run_of_drills(fail_on: str = DEFAULT_FAIL_ON) -> DrillsRun:
    return DrillsRun(Choice(), read_subject(None), Policy.parse(fail_on))


def report(when: str, outcome: str, verdict: str | None = None, expected: str = "recovered") -> pytest.TestReport:
    record: dict[str, object] = {"verdict": verdict, "expected": expected, "scenario": "x", "steps": []}
    properties = [(PROPERTY, json.dumps(record))] if verdict else []
    return pytest.TestReport("x", ("x", 1, "x"), {}, outcome, None, when, user_properties=properties)  # type: ignore[arg-type]


def drill(
    verdict: str | None, expected: str = "recovered", *, setup: str = "passed", end: str = "passed"
) -> list[pytest.TestReport]:
    """The reports of one drill that came to this verdict (None: to none)."""
    if setup != "passed":
        return [report("setup", setup), report("teardown", end)]
    outcome = "passed" if verdict == expected else "failed"
    return [
        report("setup", setup),
        report("call", outcome, verdict, expected),
        report("teardown", end, verdict, expected),
    ]


RECOVERED = drill("recovered")
FAILED = drill("not recovered")
UNSURE = drill("inconclusive")
NO_BENCH = drill(None)
CODES: dict[str, tuple[list[list[pytest.TestReport]], ExitCode]] = {
    "recovered": ([RECOVERED], ExitCode.ALL_PASS),
    "detected, as expected": ([drill("detected", "detected")], ExitCode.ALL_PASS),
    "detected, where it had to recover": ([drill("detected")], ExitCode.FAILED),
    "recovered, where it had only to be detected": ([drill("recovered", "detected")], ExitCode.FAILED),
    "not recovered": ([FAILED], ExitCode.FAILED),
    "not detected": ([drill("not detected")], ExitCode.FAILED),
    "harmful": ([drill("harmful")], ExitCode.FAILED),
    "self-healed": ([drill("self-healed")], ExitCode.FAILED),
    "inconclusive": ([UNSURE], ExitCode.UNKNOWN),
    "no bench": ([NO_BENCH], ExitCode.UNKNOWN),
    "no fixture": ([drill(None, setup="failed")], ExitCode.UNKNOWN),
    "recovered, and the bench does not go away": ([drill("recovered", end="failed")], ExitCode.UNKNOWN),
    "not recovered, and the bench does not go away": ([drill("not recovered", end="failed")], ExitCode.FAILED),
    "one recovered and one in doubt": ([RECOVERED, UNSURE], ExitCode.UNKNOWN),
    "one recovered and one not": ([RECOVERED, FAILED], ExitCode.FAILED),
    "one in doubt and one not recovered": ([UNSURE, FAILED, NO_BENCH], ExitCode.FAILED),
    "one recovered and no bench for the other": ([RECOVERED, NO_BENCH], ExitCode.UNKNOWN),
    "all recovered": ([RECOVERED, RECOVERED], ExitCode.ALL_PASS),
    "all skipped": ([drill(None, setup="skipped")], ExitCode.UNKNOWN),
    "no drill": ([], ExitCode.UNKNOWN),
}


@pytest.mark.parametrize("what", CODES)
def test_a_run_of_drills_ends_with(what: str) -> None:
    drills, code = CODES[what]
    run = run_of_drills()
    for one in [report for reports in drills for report in reports]:
        run.pytest_runtest_logreport(one)
    assert run.exit_code is code
    verdicts = [one for reports in drills for one in reports if one.when == "call" and one.user_properties]
    assert len(run.ended) == len(verdicts)


PYTEST: dict[str, tuple[pytest.ExitCode, bool, int]] = {
    "drills were run": (pytest.ExitCode.OK, False, ExitCode.UNKNOWN),
    "drills failed": (pytest.ExitCode.TESTS_FAILED, False, ExitCode.UNKNOWN),
    "none was selected": (pytest.ExitCode.NO_TESTS_COLLECTED, False, ExitCode.UNKNOWN),
    "drills were only listed": (pytest.ExitCode.OK, True, pytest.ExitCode.OK),
    "somebody interrupted": (pytest.ExitCode.INTERRUPTED, False, pytest.ExitCode.INTERRUPTED),
    "the command line was wrong": (pytest.ExitCode.USAGE_ERROR, False, pytest.ExitCode.USAGE_ERROR),
}


@pytest.mark.parametrize("what", PYTEST)
def test_pytest_ends_with_the_runs_exit_code_where(what: str) -> None:
    before, listed, after = PYTEST[what]
    option = SimpleNamespace(collectonly=listed)
    session = SimpleNamespace(exitstatus=before, config=SimpleNamespace(option=option))
    run_of_drills().pytest_sessionfinish(session, before)  # type: ignore[arg-type]
    assert session.exitstatus == after


def test_a_listing_is_judged_by_nothing() -> None:
    option = SimpleNamespace(collectonly=False)
    session = SimpleNamespace(exitstatus=pytest.ExitCode.OK, config=SimpleNamespace(option=option))
    run = DrillsRun(Choice(), read_subject(None), Policy.parse(DEFAULT_FAIL_ON), asked=Asked(listed=True))
    run.pytest_sessionfinish(session, pytest.ExitCode.OK)  # type: ignore[arg-type]
    assert session.exitstatus == pytest.ExitCode.OK


def whole_run(red: set[str], leave_out: int = 0) -> DrillsRun:
    """A run of every drill but some, all as expected; `red`: the checks that one of them turned red."""
    run = run_of_drills()
    for entry in catalogue()[leave_out:]:
        word = entry.scenario.expect.value
        checks = [{"id": one, "outcome": "red" if one in red else "silent", "code": "x.y"} for one in severities()]
        record = {"verdict": word, "expected": word, "scenario": entry.scenario.id, "steps": [], "checks": checks}
        properties = [(PROPERTY, json.dumps(record))]
        run.pytest_runtest_logreport(
            pytest.TestReport("x", ("x", 1, "x"), {}, "passed", None, "call", user_properties=properties)
        )
    return run


ALL = set(severities())
URGENT = {check for check, severity in severities().items() if severity in ("p0", "p1")}
WHOLE: dict[str, tuple[DrillsRun, ExitCode]] = {
    "every check turned red": (whole_run(ALL), ExitCode.ALL_PASS),
    "every P0 and P1 check": (whole_run(URGENT), ExitCode.ALL_PASS),
    "all but a P0 check": (whole_run(ALL - {"api_is_reachable"}), ExitCode.FAILED),
    "all but a P0 check, in a run that left a drill out": (
        whole_run(ALL - {"api_is_reachable"}, leave_out=1),
        ExitCode.ALL_PASS,
    ),
}


@pytest.mark.parametrize("what", WHOLE)
def test_a_run_of_the_whole_catalogue_with(what: str) -> None:
    run, code = WHOLE[what]
    assert run.exit_code is code
