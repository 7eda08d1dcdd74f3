"""The service's User-Agent for EDGAR is lost, and EDGAR answers 403: P1, authentication issues.

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
From here, where the User-Agent names somebody, EDGAR stays reachable.
"""

from checks.outcome import Severity
from drills.faults.edgar_forbidden import EdgarForbidden
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="edgar-forbidden",
    title="The service calls EDGAR without saying who it is",
    severity=Severity.P1,
    fault=EdgarForbidden.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_forbidden", "api.edgar_circuit_open")),
    noticed_within_s=20.0,
    recover=(),
    steady=("edgar_is_reachable_from_here", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_a_service_that_edgar_forbids_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, EdgarForbidden())
