"""A build that answers 500 whatever it is asked is deployed as the API: P0, "Health check returns 500/503".

It is reachable, and its container runs: its health check is what notices.
"""

import pytest

from checks.outcome import Severity
from drills.faults.bad_image import BadImage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="rollback-errors",
    title="The build that was deployed as the API answers 500",
    severity=Severity.P0,
    fault="bad api image: errors",
    detected_by=DetectedBy("api_is_healthy", ("api.health_status",)),
    noticed_within_s=10.0,
    steps=("rollback-image",),
    recover=("api_is_healthy", "api_is_ready", "webapp_is_ready", "api_answers_known_question"),
    steady=("api_is_reachable", "api_container_is_running"),
    ttr_declared_s=10.0,
)


@pytest.mark.rollback
def test_the_image_before_takes_the_place_of_one_that_answers_500(drill: Drill) -> None:
    drill(SCENARIO, BadImage("api", "errors"))
