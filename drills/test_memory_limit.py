"""The API's container has a limit that is too low for what it needs: P2, before anything is killed.

The production checks notice what the engine counts. The runbook appends a line to the compose file, which belongs to no
service: nothing gets another limit, and no docker-compose command works any more. The step that we put in its place
gives the running container its limit.
"""

from checks.outcome import Severity
from drills.faults.memory_limit_tight import MemoryLimitTight
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="memory-limit",
    title="The API's container needs 92 % of a limit that is too low",
    severity=Severity.P2,
    fault=MemoryLimitTight.name,
    detected_by=DetectedBy("containers_have_memory_left", ("container.memory",)),
    noticed_within_s=20.0,
    steps=("memory-limit",),
    corrected=("memory-limit-corrected",),
    recover=("containers_have_memory_left", "api_is_healthy", "api_is_ready", "webapp_is_ready"),
    ttr_declared_s=6.0,
)


def test_a_limit_is_set_on_the_container_and_not_at_the_end_of_a_file(drill: Drill) -> None:
    drill(SCENARIO, MemoryLimitTight())
