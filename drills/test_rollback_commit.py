"""A bad commit of the compose file is deployed, and the API ends at its start: P0, "Complete service outage".

The runbook finds the commit and reverts it, which changes a file and deploys nothing; ours deploys what was reverted.
"""

import pytest

from checks.outcome import Severity
from drills.faults.bad_commit import BadCommit
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="rollback-commit",
    title="The API ends at its start, as the compose file that was committed last has it",
    severity=Severity.P0,
    fault="bad commit",
    detected_by=DetectedBy("api_is_reachable", ("api.refused", "api.closed", "api.reset")),
    noticed_within_s=10.0,
    steps=("rollback-commit",),
    corrected=("rollback-commit-corrected",),
    recover=("api_is_reachable", "api_is_healthy", "api_is_ready", "webapp_is_ready", "api_answers_known_question"),
    ttr_declared_s=6.0,
)


@pytest.mark.rollback
def test_a_revert_that_is_deployed_brings_the_api_back(drill: Drill) -> None:
    drill(SCENARIO, BadCommit())
