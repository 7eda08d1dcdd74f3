"""What a run makes of its findings: its exit code, its last lines, the drills' records."""

import json
from typing import Any, cast

import pytest

from checks.outcome import ExitCode
from drills.bench.options import Choice
from drills.findings.file import FindingsFile, parse_findings
from drills.plugin import DrillsRun
from drills.properties import PROPERTY
from drills.proving import Policy
from tests.findings_fakes import MINE, drill, step

ENTRY = "[[finding]]\nid = '{}'\nowner = 'me'\ndue = {}\nunder = 'slow-edgar'\n"
SEEN, OVER = "fallback/never-reaches-a-container", "2020-01-01"
MENDED = drill("not recovered", step("fallback"), step("switch-corrected", origin="corrected"))
WELL = drill("recovered", step("restart"))


def known(*entries: tuple[str, str]) -> FindingsFile:
    return parse_findings("".join(ENTRY.format(*entry) for entry in entries), "f.toml")


def run_of(record: dict[str, Any], file: FindingsFile | None, fail_on: str = "no effect") -> DrillsRun:
    run = DrillsRun(Choice(), MINE, Policy.parse(fail_on), file)
    written = json.dumps({**record, "expected": record["verdict"]})
    report = pytest.TestReport("x", ("x", 1, "x"), {}, "passed", None, "call", user_properties=[(PROPERTY, written)])
    run.pytest_runtest_logreport(report)
    return run


LATE = "2999-01-01"
CODES: dict[str, tuple[dict[str, Any], FindingsFile | None, ExitCode]] = {
    "a known finding": (MENDED, known((SEEN, LATE)), ExitCode.ALL_PASS),
    "a new one": (MENDED, known(), ExitCode.FAILED),
    "an overdue one": (MENDED, known((SEEN, OVER)), ExitCode.FAILED),
    "none": (WELL, known(), ExitCode.ALL_PASS),
    "a healed one": (WELL, known(("restart/no-effect", LATE)), ExitCode.FAILED),
    "one of a step that was not run": (WELL, known((SEEN, LATE)), ExitCode.ALL_PASS),
    "no findings file, and a verdict that fails": (MENDED, None, ExitCode.FAILED),
    "no findings file": (WELL, None, ExitCode.ALL_PASS),
}


@pytest.mark.parametrize("what", CODES)
def test_a_run_ends_by(what: str) -> None:
    record, file, code = CODES[what]
    assert run_of(record, file).exit_code is code


def test_a_drill_that_ends_a_run_has_its_findings() -> None:
    class Session:
        exitstatus, config = 0, type("Config", (), {"option": type("Option", (), {"collectonly": False})})

    run = run_of(MENDED, known((SEEN, LATE)))
    session = Session()
    run.pytest_sessionfinish(session, 0)  # type: ignore[arg-type]
    assert session.exitstatus == 0
    (record,) = [one.record for one in run.ended]
    (finding,) = cast("list[dict[str, object]]", record["findings"])
    assert (finding["id"], finding["state"], finding["owner"], finding["due"]) == (SEEN, "known", "me", LATE)
