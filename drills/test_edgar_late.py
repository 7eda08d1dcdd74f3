"""EDGAR answers, 2.5 s late: P1, slow responses.

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
The service gives up before the answer comes; the same request from here waits longer, and stays green.
"""

from checks.outcome import Severity
from drills.faults.edgar_late import EdgarLate
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="edgar-late",
    title="EDGAR answers later than the service waits",
    severity=Severity.P1,
    fault=EdgarLate.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_timeout", "api.edgar_circuit_open")),
    noticed_within_s=25.0,
    recover=(),
    steady=("edgar_is_reachable_from_here", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_an_edgar_that_is_late_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, EdgarLate())
