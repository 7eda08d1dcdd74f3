"""Each rule by a table: what it tells of what was measured, and where it says nothing."""

from collections.abc import Mapping
from typing import Any

import pytest

from drills.findings.finding import Finding, Whose
from drills.findings.found import findings_of
from tests.findings_fakes import MINE, PASSES, changed, drill, step, tried

RESTARTED = ["finchat-api restarted", "finchat-webapp restarted"]
NOT = "not recovered"


def found(*drills: Mapping[str, Any]) -> dict[str, Finding]:
    return {one.id: one for one in findings_of(drills, [], MINE)}


def measured(*steps: dict[str, Any], verdict: str = NOT, **what: Any) -> dict[str, Any]:
    return drill(verdict, *steps, changes=changed(**what))


Row = tuple[dict[str, Any], dict[str, tuple[Whose, str]]]
LOST_1, LOST_2 = "switch#1/never-reaches-a-container", "switch#2/never-reaches-a-container"
OUR_OWN = "the compose file would pass it"

TABLE: dict[str, Row] = {
    "an export that the compose file would pass": (
        measured(step("fallback")),
        {"fallback/never-reaches-a-container": (Whose.COMMAND, "an export stays in its shell")},
    ),
    "an export that it does not pass": (
        measured(step("fallback"), passes=[]),
        {"fallback/never-reaches-a-container": (Whose.DEPLOYMENT, "does not pass FALLBACK_MODE to any service")},
    ),
    "an export that got there": (
        measured(step("fallback"), containers=["finchat-api environment: FALLBACK_MODE"], verdict="recovered"),
        {},
    ),
    "an export that got there in vain": (
        measured(step("fallback"), containers=["finchat-api environment: A, FALLBACK_MODE"]),
        {"fallback/no-effect": (Whose.UNTOLD, "the steps changed: finchat-api environment: A, FALLBACK_MODE")},
    ),
    "exports and a restart": (
        measured(step("switch"), step("restart"), containers=RESTARTED),
        {
            LOST_1: (Whose.COMMAND, OUR_OWN),
            LOST_2: (Whose.COMMAND, OUR_OWN),
            "restart/keeps-the-old-environment": (Whose.COMMAND, "a restart keeps the environment"),
        },
    ),
    "exports and a restart that restarted nothing": (
        measured(step("switch"), step("restart")),
        {LOST_1: (Whose.COMMAND, ""), LOST_2: (Whose.COMMAND, ""), "restart/no-effect": (Whose.UNTOLD, "")},
    ),
    "a restart without exports": (
        measured(step("restart"), containers=RESTARTED),
        {"restart/no-effect": (Whose.UNTOLD, "the steps changed: finchat-api restarted, finchat-webapp restarted")},
    ),
    "a restart that brought it back": (measured(step("restart"), containers=RESTARTED, verdict="recovered"), {}),
    "one spelling that is passed": (
        measured(step("fallback"), passes=["ENABLE_FALLBACK_MODE"]),
        {"fallback/other-spelling": (Whose.DEPLOYMENT, "passes ENABLE_FALLBACK_MODE, and not FALLBACK_MODE")},
    ),
    "a line at the end that breaks the file": (
        measured(step("limit"), files=["docker-compose.yml changed"], compose="Additional properties: memory"),
        {"limit/breaks-the-compose-file": (Whose.COMMAND, "Additional properties: memory")},
    ),
    "a line at the end, though all came back": (
        measured(
            step("restart"), step("limit"), files=["docker-compose.yml changed"], compose="bad", verdict="recovered"
        ),
        {"limit/breaks-the-compose-file": (Whose.COMMAND, "bad")},
    ),
    "a line at the end that no service has": (
        measured(step("limit"), files=["docker-compose.yml changed"], containers=RESTARTED),
        {"limit/changes-no-container": (Whose.COMMAND, "belongs to no service")},
    ),
    "a line at the end that a container got": (
        measured(
            step("limit"),
            files=["docker-compose.yml changed"],
            containers=["finchat-api memory limit: 0 became 1"],
            verdict="recovered",
        ),
        {},
    ),
    "files that were not there": (
        measured(step("clear"), verdict="recovered"),
        {"clear#1/deletes-nothing": (Whose.UNTOLD, "nothing had a name like")},
    ),
    "files that were not there, nor ever seen by a container": (
        measured(step("clear"), mounts=["~/data"]),
        {"clear#1/deletes-nothing": (Whose.DEPLOYMENT, "they see ~/data")},
    ),
    "files that no container sees": (
        measured(step("clear"), removed=["~/.cache/finchat_sec_qa/a.joblib"], mounts=[]),
        {"clear#1/wrong-side": (Whose.DEPLOYMENT, "nothing of the host")},
    ),
    "files that a container sees": (
        measured(step("clear"), removed=["~/.cache/finchat_sec_qa/a.joblib"], verdict="recovered"),
        {},
    ),
    "a module that is not there": (
        measured(
            step("clear", exit_code=1, output="Traceback\nModuleNotFoundError: No module named 'finchat_sec_qa'\n"),
            removed=["~/.cache/finchat_sec_qa/a.joblib"],
            verdict="recovered",
        ),
        {"clear#2/cannot-run": (Whose.DEPLOYMENT, "No module named 'finchat_sec_qa'")},
    ),
    "a command that is not there": (
        measured(step("restart", exit_code=127, output="bash: docker-compose: command not found\n")),
        {"restart/cannot-run": (Whose.DEPLOYMENT, "command not found")},
    ),
    "a file that is not there": (
        measured(step("keep", exit_code=1, output="cp: cannot stat 'x': No such file or directory\n")),
        {"keep/missing-file": (Whose.DEPLOYMENT, "No such file")},
    ),
    "a command that fails": (
        measured(step("revert", exit_code=128, output="fatal: unable to auto-detect email address\n")),
        {"revert#2/fails": (Whose.DEPLOYMENT, "unable to auto-detect email")},
    ),
    "a revert that is not committed, and deploys nothing": (
        measured(step("revert", exit_code=128, output="fatal: oops\n"), files=["config/x changed"]),
        {"revert#2/fails": (Whose.UNTOLD, "oops"), "revert#2/deploys-nothing": (Whose.COMMAND, "config/x changed")},
    ),
    "a name that does not exist": (
        measured(step("restart", exit_code=1, output="x") | {"hint": "there is no service 'api'"}),
        {"restart/fails": (Whose.DEPLOYMENT, "there is no service 'api'")},
    ),
    "a command without end": (
        measured(step("restart", timed_out=True, exit_code=None, output="Restarting ...\n")),
        {"restart/hangs": (Whose.UNTOLD, "Restarting ...")},
    ),
    "a revert that deploys nothing": (
        measured(step("revert"), git=["HEAD a became b"], files=["app.py changed"]),
        {"revert#2/deploys-nothing": (Whose.COMMAND, "nothing in these steps deploys")},
    ),
    "files that went back and were deployed in vain": (
        measured(step("back"), files=["config/x changed"], containers=RESTARTED),
        {"back/no-effect": (Whose.UNTOLD, "")},
    ),
    "a backup is not there to bring anything back": (measured(step("keep")), {}),
    "harm": (
        measured(step("switch"), step("keep"), verdict="harmful"),
        {
            LOST_1: (Whose.COMMAND, ""),
            LOST_2: (Whose.COMMAND, ""),
            "switch/harmful": (Whose.UNTOLD, ""),
        },
    ),
    "some came back": (
        {
            **measured(step("restart"), containers=RESTARTED),
            "recover": ["a", "b", "c"],
            "impact": ["a", "b", "d"],
            "documented": {**tried(NOT, changed(containers=RESTARTED)), "still_red": ["a"]},
        },
        {"restart/partial": (Whose.UNTOLD, "")},
    ),
    "nobody looked what changed": (
        drill(NOT, step("fallback"), changes=None),
        {"fallback/no-effect": (Whose.UNTOLD, "nobody looked")},
    ),
    "doubt": (measured(step("fallback"), verdict="inconclusive"), {}),
    "the control turned green": (drill(None, step("fallback")), {}),
}


@pytest.mark.parametrize("what", TABLE)
def test_found_where(what: str) -> None:
    record, expected = TABLE[what]
    findings = found(record)
    assert {name: one.whose for name, one in findings.items()} == {name: whose for name, (whose, _) in expected.items()}
    for name, (_, says) in expected.items():
        assert says in findings[name].sentence


def honours(name: str, verdict: str, *further: str) -> dict[str, Any]:
    """A drill in which our step put these into the container, and came to this verdict."""
    got = changed(containers=[f"finchat-api environment: {', '.join(sorted((name, *further)))}"])
    ours = step("switch-corrected", origin="corrected")
    return drill(NOT, step("fallback"), ours, scenario=f"{name}-{verdict}", got=got, corrected_verdict=verdict)


ONE, OTHER = "ENABLE_FALLBACK_MODE", "FALLBACK_MODE"
SPELLINGS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "one is honoured": ([honours(ONE, "recovered"), honours(OTHER, NOT)], "fallback/other-spelling"),
    "both are": ([honours(ONE, "recovered"), honours(OTHER, "recovered")], "fallback/never-reaches-a-container"),
    "the other had less beside it": (
        [honours(ONE, "recovered", "CACHE_ONLY_MODE"), honours(OTHER, NOT)],
        "fallback/never-reaches-a-container",
    ),
    "nobody tried the other": ([honours(ONE, "recovered")], "fallback/never-reaches-a-container"),
}


@pytest.mark.parametrize("what", SPELLINGS)
def test_of_two_spellings_where(what: str) -> None:
    drills, finding_id = SPELLINGS[what]
    assert list(found(*drills)) == [finding_id]


def test_the_passed_names_of_the_fakes_are_two_spellings_of_two_knobs() -> None:
    assert {ONE, OTHER} < set(PASSES)
