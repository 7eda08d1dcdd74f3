"""A build shows the OpenAI key in the body of every error: P0, "security incident". A mistyped address gives it away.

The production checks find it in the API's errors. The runbook goes back to the image before; then errors are silent
again. The key is out all the same: it has to be revoked, which is no step of the runbook's.
"""

from checks.outcome import Severity
from drills.faults.leaking_build import LeakingBuild
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="secret-leaked",
    title="A build shows a secret in the body of an error",
    severity=Severity.P0,
    fault=LeakingBuild.name,
    detected_by=DetectedBy("api_errors_show_no_secret", ("api.secret_shown",)),
    noticed_within_s=15.0,
    steps=("rollback-image",),
    recover=("api_errors_show_no_secret", "api_is_ready", "webapp_is_ready", "api_answers_known_question"),
    ttr_declared_s=12.0,
)


def test_an_image_rollback_silences_a_leak(drill: Drill) -> None:
    drill(SCENARIO, LeakingBuild())
