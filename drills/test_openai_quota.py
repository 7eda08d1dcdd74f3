"""The quota at OpenAI is used up: P1, "OpenAI API errors".

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
"""

from checks.outcome import Severity
from drills.faults.openai_quota import OpenAIQuota
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="openai-quota",
    title="OpenAI answers 429, insufficient_quota",
    severity=Severity.P1,
    fault=OpenAIQuota.name,
    detected_by=DetectedBy("api_answers_a_fresh_question", ("api.question_openai_quota",)),
    noticed_within_s=15.0,
    recover=(),
    steady=("openai_is_reachable_and_the_key_valid", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_a_quota_that_is_used_up_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, OpenAIQuota())
