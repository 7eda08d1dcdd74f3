"""Something in the API's container leaks, up to 92 % of its memory limit: P2, before anything is killed.

The production checks notice what the engine counts. The runbook says `docker-compose restart api webapp`, and the leak
ends with the container that it is in.
"""

from checks.outcome import Severity
from drills.faults.high_memory import HighMemory
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="memory-leak",
    title="A leak takes the API's container to 92 % of its memory limit",
    severity=Severity.P2,
    fault=HighMemory.name,
    detected_by=DetectedBy("containers_have_memory_left", ("container.memory",)),
    noticed_within_s=20.0,
    steps=("high-memory-restart",),
    recover=("containers_have_memory_left", "api_is_healthy", "api_is_ready", "webapp_is_ready"),
    ttr_declared_s=14.0,
)


def test_a_restart_of_both_ends_a_leak(drill: Drill) -> None:
    drill(SCENARIO, HighMemory())
