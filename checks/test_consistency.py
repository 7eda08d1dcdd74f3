"""P3: what does not break anybody's work today: versions, headers, content types, clocks."""

from email.utils import parsedate_to_datetime

import pytest

from checks.exchange import Answer, Exchange
from checks.outcome import fail, require
from checks.runbook import Section
from checks.target import Objectives

_SECURITY_HEADERS = (
    "x-content-type-options",
    "x-frame-options",
    "strict-transport-security",
    "content-security-policy",
)


@pytest.mark.p3
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("api_is_reachable", "webapp_is_reachable")
@pytest.mark.get("api", "health")
@pytest.mark.get("webapp", "health")
def test_versions_agree(answers: list[Exchange]) -> None:
    versions = {exchange.answer.subject: exchange.answer.json_object().get("version") for exchange in answers}
    seen = ", ".join(f"{subject} {version}" for subject, version in versions.items())
    told = all(isinstance(version, str) and version for version in versions.values())
    require(told, "version.missing", expected="a version in each health body", seen=seen)
    require(len(set(versions.values())) == 1, "version.differs", expected="one version everywhere", seen=seen)


@pytest.mark.p3
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.CONFIGURATION_ROLLBACK)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.get("api", "health")
def test_api_sends_security_headers(got: Exchange) -> None:
    _require_security_headers(got.answer)


@pytest.mark.p3
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.CONFIGURATION_ROLLBACK)
@pytest.mark.depends_on("webapp_is_reachable")
@pytest.mark.get("webapp", "page")
def test_webapp_sends_security_headers(got: Exchange) -> None:
    _require_security_headers(got.answer)


@pytest.mark.p3
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.get("api", "health")
@pytest.mark.get("api", "metrics")
def test_api_names_its_content_types(answers: list[Exchange]) -> None:
    for exchange, wanted in zip(answers, ("application/json", "text/plain"), strict=True):
        _require_type(exchange.answer, wanted)


@pytest.mark.p3
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("webapp_is_reachable")
@pytest.mark.get("webapp", "page")
def test_webapp_names_its_content_type(got: Exchange) -> None:
    _require_type(got.answer, "text/html")


@pytest.mark.p3
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.CONFIGURATION_ROLLBACK)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.get("api", "health")
def test_clocks_agree(got: Exchange, objectives: Objectives) -> None:
    """By the Date header (RFC 9110 6.6.1), which has whole seconds, and half the time that the answer took."""
    answer = got.answer
    try:
        says = parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        fail("clock.no_date", expected="a Date header", seen=answer.seen)
    skew_s = abs(answer.received_at - answer.elapsed_s / 2 - (says + 0.5))
    most_s = objectives.clock_skew_s_max
    require(
        skew_s <= most_s, "clock.skew", expected=f"clocks within {most_s:g} s of ours", seen=f"{skew_s:.1f} s apart"
    )


def _require_security_headers(answer: Answer) -> None:
    missing = [name for name in _SECURITY_HEADERS if not answer.headers.get(name)]
    code = f"{answer.subject}.security_headers"
    require(not missing, code, expected="every security header", seen=f"no {', '.join(missing)}")


def _require_type(answer: Answer, wanted: str) -> None:
    code = f"{answer.subject}.content_type"
    require(answer.media_type == wanted, code, expected=f"{wanted} from {answer.url}", seen=answer.media_type or "none")
