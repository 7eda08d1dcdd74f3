"""Where a service is served over https, its certificate verifies and is not about to expire."""

import pytest

from checks.certificate import Certificate
from checks.exchange import NoAnswer
from checks.outcome import require
from checks.runbook import Section
from checks.target import Objectives


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.API_DOWN)
@pytest.mark.depends_on("api_is_reachable")
def test_api_certificate_is_valid(api_certificate: Certificate | NoAnswer, objectives: Objectives) -> None:
    _require_valid(api_certificate, objectives)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.API_DOWN)
@pytest.mark.depends_on("webapp_is_reachable")
def test_webapp_certificate_is_valid(webapp_certificate: Certificate | NoAnswer, objectives: Objectives) -> None:
    _require_valid(webapp_certificate, objectives)


def _require_valid(seen: Certificate | NoAnswer, objectives: Objectives) -> None:
    if isinstance(seen, NoAnswer):
        seen.give_up()
    require(
        seen.days_left >= objectives.certificate_days_min,
        f"{seen.subject}.certificate_expires",
        expected=f"a certificate for {objectives.certificate_days_min:g} more days",
        seen=f"{seen.days_left:.1f} days left",
    )
