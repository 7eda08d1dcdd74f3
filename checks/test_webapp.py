"""The webapp answers, says that it is healthy, and is ready to serve."""

import pytest

from checks.exchange import Exchange
from checks.health import require_healthy, require_not_degraded, require_ready
from checks.outcome import require
from checks.runbook import Section
from checks.target import Target
from checks.web_form import quotations


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.API_DOWN)
@pytest.mark.get("webapp", "any")
def test_webapp_is_reachable(got: Exchange) -> None:
    answer = got.answer
    require(answer.status == 200, "webapp.page_status", expected="200 and the web page", seen=answer.seen)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.API_DOWN)
@pytest.mark.depends_on("webapp_is_reachable", "api_is_reachable")
@pytest.mark.get("webapp", "health")
def test_webapp_is_healthy(got: Exchange, target: Target) -> None:
    assert target.webapp
    require_healthy(got.answer, target.webapp)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.API_DOWN)
@pytest.mark.depends_on("webapp_is_reachable", "api_is_reachable", "api_is_ready")
@pytest.mark.get("webapp", "ready")
def test_webapp_is_ready(got: Exchange) -> None:
    require_ready(got.answer)


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.HEALTH_MONITORING, open=Section.API_DOWN)
@pytest.mark.depends_on("webapp_is_healthy", "webapp_is_reachable", "api_is_reachable", "api_is_not_degraded")
@pytest.mark.get("webapp", "health")
def test_webapp_is_not_degraded(got: Exchange, target: Target) -> None:
    assert target.webapp
    require_not_degraded(got.answer, target.webapp)


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.USER_IMPACT, open=Section.API_DOWN)
@pytest.mark.depends_on(
    "webapp_is_reachable", "api_is_reachable", "api_answers_known_question", "webapp_accepts_its_token"
)
def test_web_page_answers_a_question(page_form: Exchange) -> None:
    answer = page_form.answer
    require(answer.status == 200, "webapp.form_status", expected="200 for the page's form", seen=answer.seen)
    require(answer.media_type == "text/html", "webapp.form_type", expected="a web page as the answer", seen=answer.seen)
    quoted = quotations(answer.text())
    require(bool(quoted), "webapp.form_no_answer", expected="an answer with a quotation on the page", seen=answer.seen)
