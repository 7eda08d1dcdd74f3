"""EDGAR refuses connections: P1, API errors.

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
"""

from checks.outcome import Severity
from drills.faults.edgar_refused import EdgarRefused
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="edgar-refused",
    title="EDGAR refuses connections",
    severity=Severity.P1,
    fault=EdgarRefused.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_unavailable", "api.edgar_circuit_open")),
    noticed_within_s=15.0,
    recover=(),
    steady=("edgar_is_reachable_from_here", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_a_refusal_by_edgar_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, EdgarRefused())
