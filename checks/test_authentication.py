"""Where authentication is configured: nobody gets in without the token, and whoever has it does."""

import pytest

from checks.exchange import Exchange
from checks.outcome import fail, require, unknown
from checks.runbook import Section

_REFUSED = (401, 403)
_BODY_REFUSED = (400, 413, 415, 422)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SEVERITY, open=Section.CONFIGURATION_ROLLBACK)
@pytest.mark.depends_on("api_is_reachable")
def test_api_refuses_the_unauthenticated(api_tokenless: Exchange) -> None:
    _require_refusal(api_tokenless)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SEVERITY, open=Section.CONFIGURATION_ROLLBACK)
@pytest.mark.depends_on("webapp_is_reachable")
def test_webapp_refuses_the_unauthenticated(webapp_tokenless: Exchange) -> None:
    _require_refusal(webapp_tokenless)


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.SEVERITY, open=Section.CONFIGURATION_ROLLBACK)
@pytest.mark.depends_on("webapp_is_reachable", "api_is_reachable")
def test_webapp_accepts_its_token(webapp_with_token: Exchange) -> None:
    """The body of the POST is empty, so the one right answer is a refusal of the body: no question is asked."""
    answer = webapp_with_token.answer
    require(
        answer.status not in _REFUSED,
        "webapp.token_refused",
        expected="the token from the environment to be accepted",
        seen=answer.seen,
    )
    require(
        "csrf" not in answer.first_line.lower(),
        "webapp.csrf_refused",
        expected="its own CSRF token to be accepted",
        seen=answer.seen,
    )
    require(
        answer.status in _BODY_REFUSED,
        "webapp.authenticated_status",
        expected="an empty question to be refused (400 or 422) after authentication",
        seen=answer.seen,
    )


def _require_refusal(exchange: Exchange) -> None:
    """401 or 403. An answer about the (empty) body proves that nobody asked for a token."""
    answer = exchange.answer
    if "csrf" in answer.first_line.lower():
        code = f"{answer.subject}.authentication_untold"
        unknown(code, expected="a refusal for want of a token", seen=f"one for CSRF ({answer.seen})")
    if answer.status in _REFUSED:
        return
    if answer.status < 300 or answer.status in _BODY_REFUSED:
        fail(
            f"{answer.subject}.authentication_skipped",
            expected="a POST without a token to be refused (401 or 403)",
            seen=answer.seen,
        )
    unknown(f"{answer.subject}.authentication_untold", expected="a refusal (401 or 403)", seen=answer.seen)
