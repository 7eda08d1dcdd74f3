"""EDGAR accepts connections and never answers: P1, "SEC EDGAR timeouts".

A variant: the production checks notice it, and it is gone with the cure. No mitigation is claimed.
"""

from checks.outcome import Severity
from drills.faults.edgar_timeout import EdgarTimeout
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="edgar-timeout",
    title="EDGAR accepts connections and never answers",
    severity=Severity.P1,
    fault=EdgarTimeout.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_timeout", "api.edgar_circuit_open")),
    noticed_within_s=30.0,
    recover=(),
    steady=("edgar_is_reachable_from_here", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_an_edgar_timeout_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, EdgarTimeout())
