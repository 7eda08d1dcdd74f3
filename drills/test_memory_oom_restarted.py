"""The API's container uses up its memory limit, the kernel kills its server, and its engine starts it again: P0.

The production checks notice that nothing answers; while the control holds, they turn green without any step. The kill
stays to be seen (`containers_are_not_killed_for_memory`) until somebody restarts the container.
"""

from checks.outcome import Severity
from drills.faults.out_of_memory import OutOfMemory
from drills.faults.restart_policy import ON
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="memory-oom-restarted",
    title="The API's server is killed for memory, its restart policy on",
    severity=Severity.P0,
    fault=OutOfMemory.name,
    # Through a proxy a refusal arrives as a connection that closes.
    detected_by=DetectedBy("api_is_reachable", ("api.refused", "api.closed", "api.reset")),
    noticed_within_s=10.0,
    recover=(),
    steady=(
        "api_is_healthy",
        "api_is_ready",
        "webapp_is_ready",
        "api_container_is_running",
        "containers_are_not_killed_for_memory",
    ),
    ttr_declared_s=12.0,
    expect=Verdict.SELF_HEALED,
)


def test_a_restart_policy_brings_back_what_was_killed_for_memory(drill: Drill) -> None:
    drill(SCENARIO, OutOfMemory(restart=ON))
