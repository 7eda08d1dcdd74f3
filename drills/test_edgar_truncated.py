"""EDGAR's answers are cut short: P1, API errors.

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
"""

from checks.outcome import Severity
from drills.faults.edgar_truncated import EdgarTruncated
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="edgar-truncated",
    title="EDGAR's answers end in their middle",
    severity=Severity.P1,
    fault=EdgarTruncated.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_malformed", "api.edgar_circuit_open")),
    noticed_within_s=15.0,
    recover=(),
    steady=("edgar_is_reachable_from_here", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_a_truncated_answer_of_edgar_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, EdgarTruncated())
