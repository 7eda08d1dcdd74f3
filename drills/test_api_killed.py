"""The API's server is killed and nobody starts it again: P0, "Complete service outage".

The production checks notice that nothing answers; the runbook says `docker-compose restart api`; then all is back.
"""

from checks.outcome import Severity
from drills.faults.process_killed import ProcessKilled
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="api-killed",
    title="The API's server is killed, its restart policy off",
    severity=Severity.P0,
    fault=ProcessKilled.name,
    # Through a proxy a refusal arrives as a connection that closes.
    detected_by=DetectedBy("api_is_reachable", ("api.refused", "api.closed", "api.reset")),
    noticed_within_s=10.0,
    steps=("restart-api",),
    recover=("api_is_reachable", "api_is_healthy", "api_is_ready", "webapp_is_ready", "api_container_is_running"),
    ttr_declared_s=8.0,
)


def test_a_restart_brings_a_killed_api_back(drill: Drill) -> None:
    drill(SCENARIO, ProcessKilled("api"))
