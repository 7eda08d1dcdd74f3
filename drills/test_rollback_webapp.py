"""A build that answers 500 is deployed as the webapp: P0, "Complete service outage" for whoever uses the page.

The runbook's code rollback names the API's image alone, so the webapp stays as it is; ours gives the webapp's back.
"""

import pytest

from checks.outcome import Severity
from drills.faults.bad_image import BadImage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="rollback-webapp",
    title="The build that was deployed as the webapp answers 500",
    severity=Severity.P0,
    fault="bad webapp image: errors",
    detected_by=DetectedBy("webapp_is_reachable", ("webapp.page_status",)),
    noticed_within_s=10.0,
    steps=("rollback-image",),
    corrected=("rollback-webapp-image",),
    recover=("webapp_is_reachable", "webapp_is_healthy", "webapp_is_ready", "web_page_answers_a_question"),
    steady=("api_is_healthy", "api_is_ready"),
    ttr_declared_s=6.0,
)


@pytest.mark.rollback
def test_the_webapps_image_before_takes_the_place_of_a_bad_one(drill: Drill) -> None:
    drill(SCENARIO, BadImage("webapp", "errors"))
