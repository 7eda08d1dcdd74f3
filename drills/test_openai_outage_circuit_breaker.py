"""OpenAI never answers, and the stored answers are of an earlier model: P1, "External API Failures".

The production checks notice that even what users asked before is not answered. The runbook exports a threshold for the
circuit breaker, which reaches no container, and is the one that it has. A breaker only makes a failure quick: with the
fallback beside it the stored answer comes, and most of the time at once.
"""

from checks.outcome import Severity
from drills.faults.openai_outage import OpenAIOutage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="openai-outage-circuit-breaker",
    title="OpenAI never answers, and the answers are of an earlier model: circuit breaker",
    severity=Severity.P1,
    fault=OpenAIOutage.name,
    detected_by=DetectedBy(
        "api_answers_known_question", ("api.question_openai_timeout", "api.question_openai_circuit_open")
    ),
    noticed_within_s=20.0,
    steps=("circuit-breaker",),
    corrected=("circuit-breaker-corrected",),
    recover=("api_answers_known_question", "api_is_ready"),
    ttr_declared_s=5.0,
    outside=True,
)


def test_a_breaker_with_a_fallback_answers_without_openai(drill: Drill) -> None:
    drill(SCENARIO, OpenAIOutage())
