"""No secret stands where anybody can read it: /health, /metrics, the body of an error."""

import pytest

from checks.exchange import Answer, Exchange
from checks.outcome import fail
from checks.redaction import Redactor
from checks.run import RUN
from checks.runbook import Section


@pytest.fixture
def secrets_of_target(request: pytest.FixtureRequest) -> Redactor:
    """Knows the secrets that the target file names, and what secrets look like."""
    redactor: Redactor = request.config.stash[RUN].redact
    return redactor


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SEVERITY, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.get("api", "health")
@pytest.mark.get("api", "metrics")
def test_api_shows_no_secret(answers: list[Exchange], secrets_of_target: Redactor) -> None:
    for exchange in answers:
        _require_no_secret(exchange.answer, secrets_of_target)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SEVERITY, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.get("api", "query")
@pytest.mark.get("api", "/no-such-page")
def test_api_errors_show_no_secret(answers: list[Exchange], secrets_of_target: Redactor) -> None:
    for exchange in answers:
        _require_no_secret(exchange.answer, secrets_of_target)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SEVERITY, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("webapp_is_reachable")
@pytest.mark.get("webapp", "/no-such-page")
@pytest.mark.get("webapp", "page")
def test_webapp_shows_no_secret(answers: list[Exchange], secrets_of_target: Redactor) -> None:
    for exchange in answers:
        _require_no_secret(exchange.answer, secrets_of_target)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SEVERITY, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("webapp_is_reachable", "api_is_reachable")
@pytest.mark.get("webapp", "health")
def test_webapp_health_shows_no_secret(got: Exchange, secrets_of_target: Redactor) -> None:
    _require_no_secret(got.answer, secrets_of_target)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SEVERITY, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("webapp_is_reachable")
def test_webapp_refusal_shows_no_secret(webapp_tokenless: Exchange, secrets_of_target: Redactor) -> None:
    _require_no_secret(webapp_tokenless.answer, secrets_of_target)


def _require_no_secret(answer: Answer, secrets: Redactor) -> None:
    body = answer.body.decode(errors="replace")
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name != "set-cookie")
    found = secrets.find_secrets(f"{body}\n{headers}")
    if found:  # what was found is never shown, nor the line that it stands in
        where = f"{answer.method} {answer.url} -> {answer.status}"
        fail(f"{answer.subject}.secret_shown", expected=f"no secret in {where}", seen=", ".join(sorted(set(found))))
