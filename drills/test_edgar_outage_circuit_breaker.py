"""EDGAR never answers, and what the cache has is of yesterday: P1, "External API Failures".

The production checks notice that even what users asked before is not answered. The runbook exports a threshold for the
circuit breaker, which reaches no container, and is the one that it has. A breaker only makes a failure quick: with the
fallback beside it the stored answer comes, and most of the time at once.
"""

from checks.outcome import Severity
from drills.faults.edgar_outage import EdgarOutage
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="edgar-outage-circuit-breaker",
    title="EDGAR never answers, and the cache is of yesterday: circuit breaker",
    severity=Severity.P1,
    fault=EdgarOutage.name,
    detected_by=DetectedBy(
        "api_answers_known_question", ("api.question_edgar_timeout", "api.question_edgar_circuit_open")
    ),
    noticed_within_s=20.0,
    steps=("circuit-breaker",),
    corrected=("circuit-breaker-corrected",),
    recover=("api_answers_known_question", "api_is_ready"),
    ttr_declared_s=5.0,
    outside=True,
)


def test_a_breaker_with_a_fallback_answers_without_edgar(drill: Drill) -> None:
    drill(SCENARIO, EdgarOutage())
