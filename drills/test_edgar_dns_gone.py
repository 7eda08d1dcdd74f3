"""EDGAR's names are gone from the name server that the containers ask: P1, API errors.

A variant: the production checks notice it, and it is gone with the cure. What users asked before is still answered.
From here, where no such name is asked, EDGAR stays reachable.
"""

from checks.outcome import Severity
from drills.faults.edgar_dns_gone import EdgarDnsGone
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="edgar-dns-gone",
    title="EDGAR's names are gone from the host's name server",
    severity=Severity.P1,
    fault=EdgarDnsGone.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_unavailable", "api.edgar_circuit_open")),
    noticed_within_s=15.0,
    recover=(),
    steady=("edgar_is_reachable_from_here", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=10.0,
    expect=Verdict.DETECTED,
)


def test_edgar_without_a_name_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, EdgarDnsGone())
