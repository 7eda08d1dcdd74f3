"""The disk with the deployment, its logs and the cache is full: P2, before nothing can be written any more.

A variant: the production checks notice it, and it is gone with the cure. No mitigation is claimed.
"""

from checks.outcome import Severity
from drills.faults.disk_full import DiskFull
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="host-disk",
    title="The file system of the operator's home is 97 % full",
    severity=Severity.P2,
    fault=DiskFull.name,
    detected_by=DetectedBy("disks_have_room", ("host.disk_full",)),
    noticed_within_s=10.0,
    recover=(),
    steady=("api_is_ready", "cache_can_be_read"),
    ttr_declared_s=5.0,
    expect=Verdict.DETECTED,
)


def test_a_full_disk_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, DiskFull())
