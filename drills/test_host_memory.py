"""The memory of the whole host is used up, and the kernel kills the API's server: P0, "System becoming unresponsive".

A variant: the production checks notice that nothing answers, and it is gone with the cure. No mitigation is claimed.
"""

from checks.outcome import Severity
from drills.faults.host_memory import HostMemoryUsedUp
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="host-memory",
    title="The host's memory is used up and the kernel kills the API's server",
    severity=Severity.P0,
    fault=HostMemoryUsedUp.name,
    # Through a proxy a refusal arrives as a connection that closes.
    detected_by=DetectedBy("api_is_reachable", ("api.refused", "api.closed", "api.reset")),
    noticed_within_s=15.0,
    recover=(),
    steady=("api_is_ready", "webapp_is_ready", "api_container_is_running"),
    ttr_declared_s=12.0,
    expect=Verdict.DETECTED,
)


def test_a_host_without_memory_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, HostMemoryUsedUp())
