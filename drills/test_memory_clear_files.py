"""Something in the API's container leaks, and the runbook's file clearing is tried on it: P2.

Under "High Memory Usage" the runbook deletes scratch files of the cache, twice. Files take no memory of a process, so
neither helps. The step that we put in their place deletes them while nobody writes, and restarts: that does.
"""

from checks.outcome import Severity
from drills.faults.high_memory import HighMemory
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="memory-clear-files",
    title="A leak, answered by the clearing of scratch files",
    severity=Severity.P2,
    fault=HighMemory.name,
    detected_by=DetectedBy("containers_have_memory_left", ("container.memory",)),
    noticed_within_s=20.0,
    steps=("clear-tmp-files", "clear-temp-files"),
    corrected=("clear-scratch-corrected",),
    recover=("containers_have_memory_left", "api_is_healthy", "api_is_ready", "webapp_is_ready"),
    ttr_declared_s=18.0,
)


def test_clearing_scratch_files_ends_no_leak_and_a_restart_does(drill: Drill) -> None:
    drill(SCENARIO, HighMemory())
