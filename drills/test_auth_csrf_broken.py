"""CSRF protection refuses honest users: P1, "authentication issues".

Somebody gave the webapp three workers and no secret key: each worker refuses the tokens of the two others, so two in
three questions fail, and the next try may do. A variant: the production checks notice it; it is gone with the cure.
"""

from checks.outcome import Severity
from drills.faults.csrf_broken import CsrfBroken
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="auth-csrf-broken",
    title="The webapp refuses most of the CSRF tokens that it gives",
    severity=Severity.P1,
    fault=CsrfBroken.name,
    detected_by=DetectedBy("webapp_accepts_its_token", ("webapp.csrf_refused",)),
    noticed_within_s=20.0,
    recover=(),
    steady=("webapp_is_healthy",),
    ttr_declared_s=5.0,
    expect=Verdict.DETECTED,
)


def test_refused_csrf_tokens_are_noticed(drill: Drill) -> None:
    drill(SCENARIO, CsrfBroken())
