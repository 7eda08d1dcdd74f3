"""OpenAI refuses more requests for now: P1, "OpenAI API errors".

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
"""

from checks.outcome import Severity
from drills.faults.openai_rate_limited import OpenAIRateLimited
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="openai-rate-limited",
    title="OpenAI answers 429, rate_limit_exceeded",
    severity=Severity.P1,
    fault=OpenAIRateLimited.name,
    detected_by=DetectedBy(
        "api_answers_a_fresh_question", ("api.question_openai_rate_limited", "api.question_openai_circuit_open")
    ),
    noticed_within_s=15.0,
    recover=(),
    steady=("openai_is_reachable_and_the_key_valid", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_a_rate_limit_of_openai_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, OpenAIRateLimited())
