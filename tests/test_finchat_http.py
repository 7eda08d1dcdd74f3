"""The HTTP manners of the reference service's API."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from finchat_sec_qa.metrics import Recent

from tests.finchat_fakes import KEY, Service, error_of

HEADERS = ("X-Content-Type-Options", "X-Frame-Options", "Strict-Transport-Security", "Content-Security-Policy")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as started:
        yield started


@pytest.mark.parametrize("path", ["/health", "/ready", "/live", "/metrics", "/openapi.json", "/nothing", "/query"])
def test_every_answer_carries_the_security_headers_and_an_id(path: str, service: Service) -> None:
    answer = service.get(path)
    assert [name for name in HEADERS if name not in answer.headers] == []
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_health_readiness_and_liveness_of_a_sound_service(service: Service) -> None:
    health, ready = service.get("/health").json(), service.get("/ready").json()
    assert (health["status"], set(health["services"].values())) == ("healthy", {"ok"})
    assert (ready["ready"], set(ready["services"].values())) == (True, {True})
    assert service.get("/live").json() == {"alive": True}


@pytest.mark.parametrize("path", ["/query", "/api/v1/query"])
def test_get_on_a_query_path_says_that_it_takes_post(path: str, service: Service) -> None:
    answer = service.get(path)
    assert error_of(answer) == (405, "method_not_allowed", None)
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"question": " ", "ticker": "ACME"}',
        b'{"question": "\\ud800", "ticker": "ACME"}',
        b'{"question": "?", "ticker": "../../etc"}',
        b'{"question": "?", "ticker": "ACME", "form_type": "../.."}',
        b'{"question": "?", "ticker": "ACME", "limit": 0}',
        b'{"question": "?", "ticker": "ACME", "limit": 11}',
        b'{"question": "' + b"x" * 2001 + b'", "ticker": "ACME"}',
    ],
    ids=lambda body: repr(body[:60]),
)
def test_what_is_no_question_is_refused_with_a_sentence(body: bytes, service: Service) -> None:
    answer = service.post("/query", content=body, headers={"Content-Type": "application/json"})
    assert error_of(answer) == (422, "invalid_request", None)
    assert answer.json()["error"]["message"].endswith(".")


def test_a_body_over_64_kib_is_refused_whether_its_length_was_said_or_not(service: Service) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield bytes(1024)

    assert error_of(service.post("/risk", content=bytes(65 * 1024))) == (413, "request_too_large", None)
    assert error_of(service.post("/risk", content=pieces())) == (413, "request_too_large", None)


def test_an_own_request_id_is_kept_and_a_strange_one_is_not(service: Service) -> None:
    body = {"text": "x"}
    assert service.post("/risk", json=body, headers={"X-Request-ID": "mine-1"}).headers["X-Request-ID"] == "mine-1"
    assert service.post("/risk", json=body, headers={"X-Request-ID": "a b"}).headers["X-Request-ID"] != "a b"


def test_an_exception_that_nobody_foresaw_is_an_internal_error_without_details(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(_: str) -> None:
        raise RuntimeError(f"/secret/path {KEY}")

    monkeypatch.setattr("finchat_sec_qa.risk.assess", explode)
    answer = service.post("/risk", json={"text": "x"})
    assert error_of(answer) == (500, "internal_error", None)
    assert "secret" not in answer.text
    assert [name for name in HEADERS if name not in answer.headers] == []
    assert service.metric('finchat_errors_total{code="internal_error"}') == 1
    assert service.metric("finchat_error_rate") == 1


def test_requests_are_counted_by_route_and_by_who_asks(service: Service) -> None:
    service.ask()
    service.post("/query", json={"question": "?", "ticker": "NONE"}, headers={"X-FinChat-Probe": "1"})
    service.get("/some/thing/made/up")
    counted = "finchat_http_requests_total"
    assert service.metric(f'{counted}{{client="user",method="POST",path="/api/v1/query",status="200"}}') == 1
    assert service.metric(f'{counted}{{client="probe",method="POST",path="/query",status="404"}}') == 1
    assert service.metric(f'{counted}{{client="user",method="GET",path="unmatched",status="404"}}') == 1
    assert service.metric('finchat_qa_queries_total{mode="live",outcome="answered"}') == 1


def test_metrics_have_a_value_for_each_thing_that_the_runbook_greps_for(service: Service) -> None:
    service.ask()
    lines = [line for line in service.get("/metrics").text.splitlines() if not line.startswith("#")]
    for pattern in ("finchat_error_rate 0", "finchat_response_time_seconds 0", "finchat_memory_bytes [1-9]", "failure"):
        assert any(re.match(pattern, line) or pattern in line for line in lines), pattern
    assert not any("NaN" in line or KEY in line for line in lines)


def test_the_mean_and_the_share_of_failures_forget() -> None:
    now = 1000.0
    recent = Recent(lambda: now)
    recent.add(1.0, failed=True)
    now = 1030.0
    recent.add(3.0, failed=False)
    assert (recent.mean_s(60), recent.failure_share(300)) == (2.0, 0.5)
    now = 1075.0
    assert (recent.mean_s(60), recent.failure_share(300)) == (3.0, 0.5)
    now = 2000.0
    assert (recent.mean_s(60), recent.failure_share(300)) == (0, 0)


def test_the_document_of_the_interface_lists_the_runbooks_paths(service: Service) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    assert {"/api/v1/query", "/query", "/risk", "/health", "/ready", "/live", "/metrics"} == set(paths)
