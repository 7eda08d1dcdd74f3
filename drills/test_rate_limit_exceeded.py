"""The service takes all of what EDGAR allows to one address, and is not alone there: P1, "API Rate Limiting Issues".

The production checks notice that the service gets no filings. The runbook exports EDGAR_RATE_LIMIT=5, which reaches no
container. A container made with it leaves room for the other program, and EDGAR refuses neither any more.
"""

from checks.outcome import Severity
from drills.faults.edgar_overuse import EdgarOveruse
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="rate-limit-exceeded",
    title="The service and another program ask EDGAR more than it allows",
    severity=Severity.P1,
    fault=EdgarOveruse.name,
    detected_by=DetectedBy("api_reaches_edgar", ("api.edgar_rate_limited", "api.edgar_circuit_open")),
    noticed_within_s=20.0,
    steps=("rate-limit-lower",),
    corrected=("rate-limit-lower-corrected",),
    recover=("api_reaches_edgar",),
    ttr_declared_s=14.0,
)


def test_half_the_rate_ends_the_refusals(drill: Drill) -> None:
    drill(SCENARIO, EdgarOveruse())
