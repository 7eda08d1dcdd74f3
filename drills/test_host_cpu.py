"""The API's container has no CPU left: P2, before answers get slow.

A variant: the production checks notice it, and it is gone with the cure. No mitigation is claimed.
"""

from checks.outcome import Severity
from drills.faults.cpu_starved import CPUStarved
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="host-cpu",
    title="Busy processes take the CPU that the API's container is limited to",
    severity=Severity.P2,
    fault=CPUStarved.name,
    detected_by=DetectedBy("containers_have_cpu_left", ("container.cpu",)),
    noticed_within_s=20.0,
    recover=(),
    steady=("api_is_healthy", "api_is_ready"),
    ttr_declared_s=8.0,
    expect=Verdict.DETECTED,
)


def test_a_container_without_cpu_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, CPUStarved())
