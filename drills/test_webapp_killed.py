"""The webapp's server is killed and nobody starts it again: P0, users have no page to ask on.

The production checks notice that nothing answers. The runbook has no step for it: its restart names the API alone. The
step that we put beside it restarts the webapp; then all is back.
"""

from checks.outcome import Severity
from drills.faults.process_killed import ProcessKilled
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="webapp-killed",
    title="The webapp's server is killed, its restart policy off",
    severity=Severity.P0,
    fault=ProcessKilled.name,
    # Through a proxy a refusal arrives as a connection that closes.
    detected_by=DetectedBy("webapp_is_reachable", ("webapp.refused", "webapp.closed", "webapp.reset")),
    noticed_within_s=10.0,
    corrected=("restart-webapp",),
    recover=("webapp_is_reachable", "webapp_is_healthy", "webapp_is_ready", "webapp_container_is_running"),
    ttr_declared_s=8.0,
)


def test_a_restart_brings_a_killed_webapp_back(drill: Drill) -> None:
    drill(SCENARIO, ProcessKilled("webapp"))
