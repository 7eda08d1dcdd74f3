"""A build that is healthy and wrong is deployed as the API: P1, "Major feature broken".

Health, readiness and every status are as they were, and its answers quote what no filing says. Only the check that
holds quotations against EDGAR's own filings can notice.
"""

import pytest

from checks.outcome import Severity
from drills.faults.bad_image import BadImage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="rollback-misquotes",
    title="The build that was deployed as the API says that it is healthy, and its quotations are false",
    severity=Severity.P1,
    fault="bad api image: misquotes",
    detected_by=DetectedBy("citations_are_true", ("api.citation_untrue",)),
    noticed_within_s=10.0,
    steps=("rollback-image",),
    recover=("citations_are_true", "api_answers_a_fresh_question"),
    steady=("api_is_healthy", "api_is_ready", "api_answers_known_question"),
    ttr_declared_s=10.0,
)


@pytest.mark.rollback
def test_the_image_before_takes_the_place_of_one_that_misquotes(drill: Drill) -> None:
    drill(SCENARIO, BadImage("api", "misquotes"))
