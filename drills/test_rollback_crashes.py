"""A build that ends as soon as it is started is deployed as the API: P0, "Complete service outage".

The production checks notice that nothing answers; the runbook's three lines of code rollback give the name back to the
image before; then all is back, and what runs is that image.
"""

import pytest

from checks.outcome import Severity
from drills.faults.bad_image import BadImage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="rollback-crashes",
    title="The build that was deployed as the API crashes at its start",
    severity=Severity.P0,
    fault="bad api image: crashes",
    detected_by=DetectedBy("api_is_reachable", ("api.refused", "api.closed", "api.reset")),
    noticed_within_s=10.0,
    steps=("rollback-image",),
    recover=("api_is_reachable", "api_is_healthy", "api_is_ready", "webapp_is_ready", "api_answers_known_question"),
    ttr_declared_s=8.0,
)


@pytest.mark.rollback
def test_the_image_before_takes_the_place_of_one_that_crashes(drill: Drill) -> None:
    drill(SCENARIO, BadImage("api", "crashes"))
