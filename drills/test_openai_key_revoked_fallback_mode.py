"""OpenAI refuses the key that the service has: P1, "External API Failures", authentication failures.

The production checks notice that the API is not ready. The runbook exports FALLBACK_MODE, which reaches no container. A
container made with it is ready again, to answer from what is stored, while OpenAI goes on to refuse its key.
"""

from checks.outcome import Severity
from drills.faults.openai_key_revoked import OpenAIKeyRevoked
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="openai-key-revoked-fallback-mode",
    title="OpenAI refuses the service's key: fallback mode",
    severity=Severity.P1,
    fault=OpenAIKeyRevoked.name,
    detected_by=DetectedBy("api_is_ready", ("api.not_ready", "api.ready_false")),
    noticed_within_s=20.0,
    steps=("fallback-mode",),
    corrected=("fallback-mode-corrected",),
    recover=("api_is_ready", "api_is_healthy", "api_answers_known_question"),
    ttr_declared_s=5.0,
    outside=True,
)


def test_a_fallback_mode_makes_an_api_without_a_key_ready(drill: Drill) -> None:
    drill(SCENARIO, OpenAIKeyRevoked())
