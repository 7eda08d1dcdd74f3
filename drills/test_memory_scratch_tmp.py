"""Scratch files `*.tmp` fill the disk under the cache: P2, before nothing can be written any more.

The production checks notice it. What the runbook does against high memory use deletes them, and the disk has room.
"""

from checks.outcome import Severity
from drills.faults.scratch_files import ScratchFiles
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="memory-scratch-tmp",
    title="Scratch files *.tmp fill the disk under the cache",
    severity=Severity.P2,
    fault=ScratchFiles.name,
    detected_by=DetectedBy("disks_have_room", ("host.disk_full",)),
    noticed_within_s=10.0,
    steps=("clear-tmp-files",),
    recover=("disks_have_room", "cache_can_be_read", "api_is_ready"),
    ttr_declared_s=4.0,
    may_lose=("~/.cache/finchat_sec_qa/*.tmp",),
)


def test_clearing_tmp_files_gives_the_disk_room(drill: Drill) -> None:
    drill(SCENARIO, ScratchFiles("*.tmp"))
