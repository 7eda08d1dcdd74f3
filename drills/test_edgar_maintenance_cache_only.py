"""EDGAR answers 503, and what the cache has is of yesterday: P1, "External API Failures".

The production checks notice that even what users asked before is not answered. The runbook exports CACHE_ONLY, which
reaches no container. A container made with it asks no upstream, and answers from what is stored, and says so.
"""

from checks.outcome import Severity
from drills.faults.edgar_outage import EdgarMaintenance
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="edgar-maintenance-cache-only",
    title="EDGAR answers 503, and the cache is of yesterday: cache only",
    severity=Severity.P1,
    fault=EdgarMaintenance.name,
    detected_by=DetectedBy(
        "api_answers_known_question", ("api.question_edgar_unavailable", "api.question_edgar_circuit_open")
    ),
    noticed_within_s=20.0,
    steps=("cache-only",),
    corrected=("cache-only-corrected",),
    recover=("api_answers_known_question", "api_is_ready"),
    ttr_declared_s=5.0,
    outside=True,
)


def test_the_cache_alone_answers_without_edgar(drill: Drill) -> None:
    drill(SCENARIO, EdgarMaintenance())
