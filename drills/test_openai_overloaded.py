"""OpenAI is overloaded: P1, "OpenAI API errors".

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
"""

from checks.outcome import Severity
from drills.faults.openai_overloaded import OpenAIOverloaded
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="openai-overloaded",
    title="OpenAI answers 503",
    severity=Severity.P1,
    fault=OpenAIOverloaded.name,
    detected_by=DetectedBy(
        "api_answers_a_fresh_question", ("api.question_openai_unavailable", "api.question_openai_circuit_open")
    ),
    noticed_within_s=15.0,
    recover=(),
    steady=("openai_is_reachable_and_the_key_valid", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_an_overloaded_openai_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, OpenAIOverloaded())
