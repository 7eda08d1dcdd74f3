"""EDGAR's answers come at 1000 bytes a second: P1, slow responses.

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
"""

from checks.outcome import Severity
from drills.faults.edgar_drip import EdgarDrip
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="edgar-drip",
    title="EDGAR's answers come drop by drop",
    severity=Severity.P1,
    fault=EdgarDrip.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_timeout", "api.edgar_circuit_open")),
    noticed_within_s=25.0,
    recover=(),
    steady=("api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_an_edgar_that_drips_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, EdgarDrip())
