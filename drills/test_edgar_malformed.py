"""EDGAR answers 200 with what is no JSON: P1, API errors.

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
"""

from checks.outcome import Severity
from drills.faults.edgar_malformed import EdgarMalformed
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="edgar-malformed",
    title="EDGAR answers with what is no JSON",
    severity=Severity.P1,
    fault=EdgarMalformed.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_malformed", "api.edgar_circuit_open")),
    noticed_within_s=15.0,
    recover=(),
    steady=("edgar_is_reachable_from_here", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_a_malformed_answer_of_edgar_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, EdgarMalformed())
