"""Authentication is switched off by a commit to the deployment: P0, "security incident". Anybody may ask.

The production checks get in without a token. The runbook's configuration rollback looks into config/ only, and a
restart keeps what the container was made with: nothing changes. Reverting the commit, and deploying that, closes the
door again.
"""

from checks.outcome import Severity
from drills.faults.authentication_off import AuthenticationOff
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="auth-switched-off",
    title="A commit switches the webapp's authentication off",
    severity=Severity.P0,
    fault=AuthenticationOff.name,
    detected_by=DetectedBy("webapp_refuses_the_unauthenticated", ("webapp.authentication_skipped",)),
    noticed_within_s=15.0,
    steps=("rollback-config",),
    corrected=("rollback-commit-corrected",),
    recover=("webapp_refuses_the_unauthenticated", "webapp_accepts_its_token", "webapp_is_ready", "api_is_ready"),
    ttr_declared_s=6.0,
    # The revert is to change it back.
)


def test_a_reverted_commit_switches_authentication_on_again(drill: Drill) -> None:
    drill(SCENARIO, AuthenticationOff())
