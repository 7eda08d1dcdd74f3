"""The file system with the deployment, its logs and its cache fills up: P2 while there is room, P1 when there is none.

At 97 % the checks of the disk notice; users do not. At 100 % nothing can be stored, and the API is not ready. The
runbook has no section for a full disk. Its cache steps seem to help, and do harm: the copy ends halfway for want of
room, and the deletion goes on all the same. Ours finds out what is large, and removes that.
"""

from checks.outcome import Severity
from drills.faults.disk_full import DiskFull
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

NEARLY = Scenario(
    id="disk-full",
    title="The disk is 97 % full",
    severity=Severity.P2,
    fault=DiskFull.name,
    detected_by=DetectedBy("disks_have_room", ("host.disk_full",)),
    noticed_within_s=15.0,
    recover=(),
    steady=("api_is_ready", "api_answers_known_question"),
    ttr_declared_s=5.0,
    expect=Verdict.DETECTED,
)
TO_THE_BRIM = Scenario(
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


def test_a_disk_that_is_nearly_full_is_noticed(drill: Drill) -> None:
    drill(NEARLY, DiskFull())


def test_a_full_disk_is_freed_of_what_fills_it(drill: Drill) -> None:
    drill(TO_THE_BRIM, DiskFull(100))
