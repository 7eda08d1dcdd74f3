"""The API crashes as often as it is started, and a restart does not help: P0, "API Service Down", persistent.

The runbook restarts the service first, which ends again; then, as the failure persists, it goes back to the image
before.
"""

import pytest

from checks.outcome import Severity
from drills.faults.bad_image import BadImage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="api-crash-loop",
    title="The API crashes at every start, and the runbook's restart does not help",
    severity=Severity.P0,
    fault="bad api image: crashes",
    detected_by=DetectedBy("containers_do_not_restart", ("container.restarts",)),
    noticed_within_s=20.0,
    steps=("restart-api", "rollback-api-image"),
    recover=("api_is_reachable", "api_is_healthy", "api_is_ready", "webapp_is_ready", "containers_do_not_restart"),
    ttr_declared_s=12.0,
)


@pytest.mark.rollback
def test_the_image_before_ends_a_crash_loop_that_a_restart_does_not(drill: Drill) -> None:
    drill(SCENARIO, BadImage("api", "crashes"))
