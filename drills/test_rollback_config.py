"""A bad commit of config/ is deployed, with which the API does not start: P0, "Complete service outage".

The runbook takes config/ from the commit before, and restarts.
"""

import pytest

from checks.outcome import Severity
from drills.faults.bad_config import BadConfig
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="rollback-config",
    title="The API does not start with the configuration that was committed last",
    severity=Severity.P0,
    fault="bad configuration commit",
    detected_by=DetectedBy("api_is_reachable", ("api.refused", "api.closed", "api.reset")),
    noticed_within_s=10.0,
    steps=("rollback-config",),
    recover=("api_is_reachable", "api_is_healthy", "api_is_ready", "webapp_is_ready", "api_answers_known_question"),
    ttr_declared_s=18.0,
)


@pytest.mark.rollback
def test_the_configuration_before_brings_the_api_back(drill: Drill) -> None:
    drill(SCENARIO, BadConfig())
