"""Each symptom that a runbook lists: seen, not seen, or nobody looked; and by which check."""

import re
from pathlib import Path

import pytest

from drills.check_index import ROOT
from drills.faults.registry import make
from drills.runbook.symptoms import SIGNS, Symptom, sightings, symptoms_of
from drills.steps import load_runbook

USERS = ROOT.parent / "shared/runbook/incident-response.md"
THEIR_SYMPTOMS = 9
NOBODY = "no check of ours looks for it"

Red = dict[str, list[str]]
# The symptom, the checks that were red by fault, whether it was seen, and by what.
SEEN: dict[str, tuple[str, Red, bool | None, str]] = {
    "its check is red": (
        "No response from the API",
        {"api-killed": ["webapp_is_healthy", "api_is_reachable"]},
        True,
        "api_is_reachable red under api-killed",
    ),
    "other letters": (
        "NO RESPONSE", {"api-killed": ["api_is_reachable"]}, True, "api_is_reachable red under api-killed",
    ),
    "one of its two checks is red": (
        "Errors in logs",
        {"app-errors": ["server_errors_are_rare"]},
        True,
        "server_errors_are_rare red under app-errors",
    ),
    "both are red": (
        "High error rate",
        {"app-errors": ["server_errors_are_rare", "application_log_shows_few_errors"]},
        True,
        "application_log_shows_few_errors, server_errors_are_rare red under app-errors",
    ),
    "another check is red": (
        "No response", {"api-killed": ["webapp_is_healthy"]}, False, "api_is_reachable not red under api-killed",
    ),
    "none is red": ("No response", {"api-killed": []}, False, "api_is_reachable not red under api-killed"),
    "its check is red under another fault": (
        "No response", {"dead": ["api_is_reachable"]}, None, "api-killed was not injected in this run",
    ),
    "nothing was injected": ("OOM kills", {}, None, "high-memory was not injected in this run"),
    "no sign of it": ("Users are sad", {"api-killed": ["api_is_reachable"]}, None, NOBODY),
    "a word that only holds one": ("Boom in the room", {"high-memory": []}, None, NOBODY),
    "a number that is no status": ("health score 5000", {}, None, NOBODY),
    "no text": ("", {}, None, NOBODY),
}  # fmt: skip


@pytest.mark.parametrize("what", SEEN)
def test_a_symptom_where(what: str) -> None:
    text, red, seen, by = SEEN[what]
    symptom = Symptom(4, "Down", text)
    (found,) = sightings([symptom], red)
    assert (found.symptom, found.seen, found.by) == (symptom, seen, by)


def test_no_symptoms_no_sightings() -> None:
    assert list(sightings([], {"api-killed": ["api_is_reachable"]})) == []


def test_every_sign_is_of_a_fault_that_can_be_made_and_of_checks_that_there_are() -> None:
    source = "\n".join(file.read_text() for file in (ROOT / "checks").glob("test_*.py"))
    checks = set(re.findall(r"def test_(\w+)\(", source))
    for sign in SIGNS:
        assert make(sign.fault).name
        assert set(sign.checks) <= checks, f"{sign.words}: {sorted(set(sign.checks) - checks)}"


def test_every_sign_is_looked_for_under_a_fault_of_our_diagnostics() -> None:
    injected = {step.fault for step in load_runbook().steps if step.kind.is_read}
    assert {sign.fault for sign in SIGNS} <= injected


@pytest.mark.skipif(not USERS.is_file(), reason=f"the user's runbook is not at {USERS}: no symptoms to look for")
def test_every_symptom_of_the_users_runbook_is_looked_for() -> None:
    runbook = load_runbook(Path(USERS), ids_required=False)
    red = {sign.fault: [check for other in SIGNS for check in other.checks] for sign in SIGNS}
    found = list(sightings(symptoms_of(runbook.document), red))
    assert len(found) == THEIR_SYMPTOMS
    assert [one.symptom.line for one in found if one.by == NOBODY or one.seen is not True] == []
