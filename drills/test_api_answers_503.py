"""The API answers every request with 503: P0, "Health check returns 500/503".

A variant: the production checks notice it, and it is gone with the cure. No mitigation is claimed.
"""

from checks.outcome import Severity
from drills.faults.error_answers import ErrorAnswers
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="api-answers-503",
    title="The API answers everything with 503",
    severity=Severity.P0,
    fault=ErrorAnswers.name,
    detected_by=DetectedBy("api_is_healthy", ("api.health_status",)),
    noticed_within_s=10.0,
    recover=(),
    steady=("api_is_ready", "webapp_is_ready", "api_container_is_running"),
    ttr_declared_s=8.0,
    expect=Verdict.DETECTED,
)


def test_an_api_that_answers_503_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, ErrorAnswers("api", 503))
