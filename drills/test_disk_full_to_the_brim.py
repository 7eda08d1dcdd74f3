"""The file system with the deployment, its logs and its cache is full to the last byte: P1, "API errors".

Nothing can be stored any more, and the API is not ready (before that, at 97 %, only the checks of the disk notice:
host-disk). The runbook has no section for a full disk. Its cache steps seem to help, and do harm: the copy ends halfway
for want of room, and the deletion goes on all the same. Ours finds out what is large, and removes that.
"""

from checks.outcome import Severity
from drills.faults.disk_full import DiskFull
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="disk-full-to-the-brim",
    title="The disk is full to the last byte",
    severity=Severity.P1,
    fault=DiskFull.name,
    detected_by=DetectedBy("api_is_ready", ("api.not_ready", "api.ready_false")),
    noticed_within_s=15.0,
    steps=("cache-backup", "cache-reset"),
    corrected=("disk-free",),
    recover=("api_is_ready", "disks_have_room", "webapp_is_ready", "api_answers_known_question"),
    ttr_declared_s=6.0,
)


def test_a_full_disk_is_freed_of_what_fills_it(drill: Drill) -> None:
    drill(SCENARIO, DiskFull(100))
