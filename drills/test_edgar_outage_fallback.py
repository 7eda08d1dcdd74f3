"""EDGAR never answers, and what the cache has is of yesterday: P1, "External Service Outages".

The production checks notice that even what users asked before is not answered. The runbook sets two knobs and restarts,
and nothing reads them. A container made with both answers from what is stored, and says so, while EDGAR stays away.
"""

from checks.outcome import Severity
from drills.faults.edgar_outage import EdgarOutage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="edgar-outage-fallback",
    title="EDGAR never answers, and the cache is of yesterday: fallback",
    severity=Severity.P1,
    fault=EdgarOutage.name,
    detected_by=DetectedBy(
        "api_answers_known_question", ("api.question_edgar_timeout", "api.question_edgar_circuit_open")
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


def test_a_fallback_answers_without_edgar(drill: Drill) -> None:
    drill(SCENARIO, EdgarOutage())
