"""The webapp's token is changed on one side only: P1, "authentication issues". Its clients are all refused.

A variant: the production checks, which are a client too, notice it, and it is gone with the cure. The runbook has no
way back for .env, which is not in git.
"""

from checks.outcome import Severity
from drills.faults.token_changed import TokenChanged
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="auth-token-changed",
    title="The webapp's token is changed, and its clients keep the old one",
    severity=Severity.P1,
    fault=TokenChanged.name,
    detected_by=DetectedBy("webapp_accepts_its_token", ("webapp.token_refused",)),
    noticed_within_s=15.0,
    recover=(),
    steady=("webapp_is_healthy", "webapp_refuses_the_unauthenticated"),
    ttr_declared_s=5.0,
    expect=Verdict.DETECTED,
)


def test_a_token_that_clients_do_not_have_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, TokenChanged())
