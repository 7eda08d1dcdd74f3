"""OpenAI never answers, and the stored answers are of an earlier model: P1, "External Service Outages".

The production checks notice that even what users asked before is not answered. The runbook sets two knobs and restarts,
and nothing reads them. A container made with both answers from what is stored, and says so, while OpenAI stays away.
"""

from checks.outcome import Severity
from drills.faults.openai_outage import OpenAIOutage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="openai-outage-fallback",
    title="OpenAI never answers, and the answers are of an earlier model: fallback",
    severity=Severity.P1,
    fault=OpenAIOutage.name,
    detected_by=DetectedBy(
        "api_answers_known_question", ("api.question_openai_timeout", "api.question_openai_circuit_open")
    ),
    noticed_within_s=20.0,
    steps=(
        "fallback-switch",
        "fallback-restart",
    ),
    corrected=("fallback-corrected",),
    recover=("api_answers_known_question", "api_is_ready"),
    ttr_declared_s=5.0,
    outside=True,
)


def test_a_fallback_answers_without_openai(drill: Drill) -> None:
    drill(SCENARIO, OpenAIOutage())
