"""OpenAI refuses the key that the service has, and has issued another: P1, authentication failures.

The production checks notice that a fresh question is not answered. The runbook finds out that the key is refused and
has no step for it; ours puts the new key into .env and makes a new container with it. Then all is answered again.
"""

from checks.outcome import Severity
from drills.faults.openai_key_replaced import OpenAIKeyReplaced
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="openai-key-replaced",
    title="OpenAI refuses the service's key, and has issued another",
    severity=Severity.P1,
    fault=OpenAIKeyReplaced.name,
    detected_by=DetectedBy("api_answers_a_fresh_question", ("api.question_openai_auth",)),
    noticed_within_s=20.0,
    corrected=("openai-key-rotate",),
    recover=("api_answers_a_fresh_question", "api_is_ready", "api_is_healthy"),
    ttr_declared_s=10.0,
)


def test_a_new_key_brings_the_answers_back(drill: Drill) -> None:
    drill(SCENARIO, OpenAIKeyReplaced())
