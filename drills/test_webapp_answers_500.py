"""The webapp answers every request with 500: P0, users have no page to ask on.

A variant: the production checks notice it, and it is gone with the cure. No mitigation is claimed.
"""

from checks.outcome import Severity
from drills.faults.error_answers import ErrorAnswers
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="webapp-answers-500",
    title="The webapp answers everything with 500",
    severity=Severity.P0,
    fault=ErrorAnswers.name,
    detected_by=DetectedBy("webapp_is_reachable", ("webapp.page_status",)),
    noticed_within_s=10.0,
    recover=(),
    steady=("webapp_is_healthy", "webapp_is_ready", "webapp_container_is_running"),
    ttr_declared_s=8.0,
    expect=Verdict.DETECTED,
)


def test_a_webapp_that_answers_500_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, ErrorAnswers("webapp", 500))
