"""A build that takes every connection and never answers is deployed as the API: P0, "No response from API endpoints".

Its container runs, and only whoever asks notices. It does not end when it is told to either, so the rollback
waits until the engine kills it.
"""

import pytest

from checks.outcome import Severity
from drills.faults.bad_image import BadImage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="rollback-hangs",
    title="The build that was deployed as the API never answers",
    severity=Severity.P0,
    fault="bad api image: hangs",
    detected_by=DetectedBy("api_is_reachable", ("api.timeout",)),
    noticed_within_s=20.0,
    steps=("rollback-image",),
    recover=("api_is_reachable", "api_is_healthy", "api_is_ready", "webapp_is_ready"),
    steady=("api_container_is_running",),
    ttr_declared_s=18.0,
)


@pytest.mark.rollback
def test_the_image_before_takes_the_place_of_one_that_hangs(drill: Drill) -> None:
    drill(SCENARIO, BadImage("api", "hangs"))
