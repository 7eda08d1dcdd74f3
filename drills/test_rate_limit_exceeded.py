"""The service asks EDGAR more often than EDGAR allows to one address: P1, "API Rate Limiting Issues".

Somebody has raised its limit, and it is not alone at its address. The production checks notice that it gets no filings
any more. The runbook exports EDGAR_RATE_LIMIT=5, which reaches no container. A container made with it leaves room for
the other program, and EDGAR refuses neither any more.
"""

from checks.outcome import Severity
from drills.faults.edgar_overuse import EdgarOveruse
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="rate-limit-exceeded",
    title="The service's limit for EDGAR was raised, and EDGAR blocks its address",
    severity=Severity.P1,
    fault=EdgarOveruse.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_rate_limited", "api.edgar_circuit_open")),
    noticed_within_s=20.0,
    steps=("rate-limit-lower",),
    corrected=("rate-limit-lower-corrected",),
    recover=("api_reaches_edgar",),
    ttr_declared_s=6.0,
)


def test_half_the_rate_ends_the_refusals(drill: Drill) -> None:
    drill(SCENARIO, EdgarOveruse())
