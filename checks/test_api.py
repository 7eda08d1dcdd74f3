"""The API answers, says that it is healthy, and is ready to serve."""

import pytest

from checks.exchange import Exchange
from checks.health import require_healthy, require_not_degraded, require_ready
from checks.outcome import require
from checks.runbook import Section
from checks.target import Target


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.API_DOWN)
@pytest.mark.get("api", "any")
def test_api_is_reachable(got: Exchange) -> None:
    require(got.answer.status > 0, "api.no_status", expected="an HTTP answer", seen=got.answer.seen)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.API_DOWN)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.get("api", "health")
def test_api_is_healthy(got: Exchange, target: Target) -> None:
    require_healthy(got.answer, target.api)


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.API_DOWN)
@pytest.mark.depends_on("api_is_reachable", "api_is_healthy")
@pytest.mark.get("api", "ready")
def test_api_is_ready(got: Exchange) -> None:
    require_ready(got.answer)


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.HEALTH_MONITORING, open=Section.EXTERNAL_API)
@pytest.mark.depends_on("api_is_healthy", "api_is_reachable")
@pytest.mark.get("api", "health")
def test_api_is_not_degraded(got: Exchange, target: Target) -> None:
    require_not_degraded(got.answer, target.api)


@pytest.mark.p3
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.get("api", "openapi")
def test_api_describes_itself(got: Exchange, target: Target) -> None:
    answer = got.answer
    require(answer.status == 200, "api.openapi_status", expected="200 for the OpenAPI document", seen=answer.seen)
    paths = answer.json_object().get("paths")
    query = target.api.path("query")
    listed = isinstance(paths, dict) and (query is None or query in paths)
    require(listed, "api.openapi_incomplete", expected=f"an OpenAPI document with {query}", seen=answer.seen)
