"""The API answers every request with 500: P0, "Health check returns 500/503".

It is reachable, so only what reads the status notices. The runbook says `docker-compose restart api`; then all is back.
"""

from checks.outcome import Severity
from drills.faults.error_answers import ErrorAnswers
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="api-answers-500",
    title="The API answers everything with 500",
    severity=Severity.P0,
    fault=ErrorAnswers.name,
    detected_by=DetectedBy("api_is_healthy", ("api.health_status",)),
    noticed_within_s=10.0,
    steps=("restart-api",),
    recover=("api_is_reachable", "api_is_healthy", "api_is_ready", "webapp_is_ready", "api_container_is_running"),
    ttr_declared_s=8.0,
)


def test_a_restart_brings_an_api_back_that_answers_500(drill: Drill) -> None:
    drill(SCENARIO, ErrorAnswers("api", 500))
