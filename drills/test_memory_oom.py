"""The API's container uses up its memory limit and the kernel kills its server; nobody starts it again: P0.

The production checks notice that nothing answers. The runbook says `docker-compose restart`; then all is back.
"""

from checks.outcome import Severity
from drills.faults.out_of_memory import OutOfMemory
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="memory-oom",
    title="The API's server is killed for memory, its restart policy off",
    severity=Severity.P0,
    fault=OutOfMemory.name,
    # Through a proxy a refusal arrives as a connection that closes.
    detected_by=DetectedBy("api_is_reachable", ("api.refused", "api.closed", "api.reset")),
    noticed_within_s=10.0,
    steps=("high-memory-restart-all",),
    recover=("api_is_reachable", "api_is_healthy", "api_is_ready", "webapp_is_ready", "api_container_is_running"),
    ttr_declared_s=12.0,
)


def test_a_restart_brings_back_what_was_killed_for_memory(drill: Drill) -> None:
    drill(SCENARIO, OutOfMemory())
