"""EDGAR answers 429 to everything: P1, API errors.

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
"""

from checks.outcome import Severity
from drills.faults.rate_limited import RateLimited
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="edgar-rate-limited",
    title="EDGAR answers 429",
    severity=Severity.P1,
    fault=RateLimited.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_rate_limited", "api.edgar_circuit_open")),
    noticed_within_s=15.0,
    recover=(),
    steady=("edgar_is_reachable_from_here", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_a_rate_limit_of_edgar_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, RateLimited())
