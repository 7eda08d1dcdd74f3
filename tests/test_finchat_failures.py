"""What the reference service says and does when an upstream fails."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import httpx2
import pytest

from tests.finchat_fakes import FILING, KEY, Service, error_of, openai_error

EdgarFault = Callable[[httpx.Request], httpx.Response | None]
OpenAIFault = Callable[[httpx2.Request], httpx2.Response | None]
THRESHOLD_PAGE = b"<html><h1>Request Rate Threshold Exceeded</h1></html>"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as started:
        yield started


def raise_connect_error(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


class NeverEnding(httpx.AsyncByteStream):
    """A body that drips: each byte well within any timeout for reading one."""

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        while True:
            await asyncio.sleep(0.01)
            yield b" "


def wait_for(service: Service, metric: str, value: float, limit_s: float = 3) -> None:
    """Until a metric has a value."""
    until = time.monotonic() + limit_s
    while service.metric(metric) != value:
        assert time.monotonic() < until, f"{metric} is still {service.metric(metric)} after {limit_s} s"


def in_part(part: str, response: Callable[[], httpx.Response]) -> EdgarFault:
    return lambda request: response() if part in request.url.path else None


def with_message(content: str) -> httpx2.Response:
    return httpx2.Response(200, json={"choices": [{"message": {"content": content}}]})


EDGAR_FAULTS: dict[str, tuple[EdgarFault, int, str]] = {
    "unreachable": (raise_connect_error, 502, "edgar_unavailable"),
    "500": (lambda _: httpx.Response(500), 502, "edgar_unavailable"),
    "redirect": (lambda _: httpx.Response(302, headers={"Location": "/"}), 502, "edgar_unavailable"),
    "no tickers": (in_part("files", lambda: httpx.Response(404)), 502, "edgar_unavailable"),
    "user agent": (lambda _: httpx.Response(403, content=b"Undeclared Automated Tool"), 502, "edgar_forbidden"),
    "threshold": (lambda _: httpx.Response(403, content=THRESHOLD_PAGE), 503, "edgar_rate_limited"),
    "429": (lambda _: httpx.Response(429), 503, "edgar_rate_limited"),
    "drip": (lambda _: httpx.Response(200, stream=NeverEnding()), 504, "edgar_timeout"),
    "not JSON": (in_part("files", lambda: httpx.Response(200, content=b"{")), 502, "edgar_malformed"),
    "empty": (in_part("files", lambda: httpx.Response(200)), 502, "edgar_malformed"),
    "other JSON": (in_part("files", lambda: httpx.Response(200, json=["?"])), 502, "edgar_malformed"),
    "no filings": (in_part("submissions", lambda: httpx.Response(200, json={"filings": {}})), 502, "edgar_malformed"),
    "half a filing": (
        in_part("Archives", lambda: httpx.Response(200, content=FILING[:300].encode())),
        502,
        "edgar_malformed",
    ),
    "not UTF-8": (in_part("Archives", lambda: httpx.Response(200, content=b"\xff\xfe")), 502, "edgar_malformed"),
    "too large": (in_part("Archives", lambda: httpx.Response(200, content=bytes(17_000_000))), 502, "edgar_malformed"),
    "no text": (in_part("Archives", lambda: httpx.Response(200, content=b"<html></html>")), 502, "edgar_malformed"),
}
OPENAI_FAULTS: dict[str, tuple[OpenAIFault, int, str]] = {
    "key": (lambda _: openai_error(401, "invalid_api_key"), 502, "openai_auth"),
    "country": (lambda _: openai_error(403, "unsupported_country"), 502, "openai_auth"),
    "model": (lambda _: openai_error(404, "model_not_found"), 502, "openai_unavailable"),
    "rate limit": (lambda _: openai_error(429, "rate_limit_exceeded"), 503, "openai_rate_limited"),
    "quota": (lambda _: openai_error(429, "insufficient_quota"), 503, "openai_quota"),
    "500": (lambda _: openai_error(500, "server_error"), 502, "openai_unavailable"),
    "503": (lambda _: openai_error(503, "overloaded"), 502, "openai_unavailable"),
    "not JSON": (lambda _: httpx2.Response(200, content=b"{"), 502, "openai_malformed"),
    "no choices": (lambda _: httpx2.Response(200, json={"choices": []}), 502, "openai_malformed"),
    "blank": (lambda _: with_message(" "), 502, "openai_malformed"),
    "HTML": (lambda _: httpx2.Response(200, content=b"<html>hello</html>"), 502, "openai_malformed"),
}


@pytest.mark.parametrize("name", EDGAR_FAULTS)
def test_a_fault_of_edgar_has_its_own_code(name: str, service: Service) -> None:
    service.edgar.fault, status, code = EDGAR_FAULTS[name]
    assert error_of(service.ask()) == (status, code, "edgar")
    assert service.metric(f'finchat_errors_total{{code="{code}"}}') == 1


@pytest.mark.parametrize("name", OPENAI_FAULTS)
def test_a_fault_of_openai_has_its_own_code(name: str, service: Service) -> None:
    service.openai.fault, status, code = OPENAI_FAULTS[name]
    answer = service.ask()
    assert error_of(answer) == (status, code, "openai")
    assert KEY not in answer.text


def test_an_unknown_ticker_asks_edgar_again_only_after_a_minute(service: Service) -> None:
    assert error_of(service.ask(ticker="NONE")) == (404, "unknown_ticker", None)
    assert error_of(service.ask(ticker="NONE")) == (404, "unknown_ticker", None)
    assert len(service.edgar.asked) == 1


def test_a_form_that_the_company_never_filed_is_no_failure_of_edgar(service: Service) -> None:
    assert error_of(service.ask(form_type="20-F")) == (404, "no_filing", None)
    assert service.metric('finchat_circuit_state{upstream="edgar"}') == 0


def test_edgar_is_asked_again_after_the_time_that_it_names() -> None:
    with Service(edgar_retries=2) as service:
        answers = [httpx.Response(429, headers={"Retry-After": "1"})]
        service.edgar.fault = lambda request: answers.pop(0) if answers else None
        started = time.perf_counter()
        assert service.ask().status_code == 200
        assert 1 <= time.perf_counter() - started < 3
        assert service.metric('finchat_rate_limited_total{upstream="edgar"}') == 1


def test_no_retry_starts_that_cannot_end_in_time() -> None:
    with Service(edgar_retries=5, edgar_total_timeout_s=1) as service:
        service.edgar.fault = lambda _: httpx.Response(429, headers={"Retry-After": "86400"})
        started = time.perf_counter()
        assert error_of(service.ask())[1] == "edgar_rate_limited"
        assert time.perf_counter() - started < 0.5


def test_a_silent_edgar_costs_the_total_timeout_and_no_more() -> None:
    with Service(edgar_retries=9, edgar_timeout_s=0.1, edgar_total_timeout_s=0.6) as service:
        service.edgar.fault = lambda _: httpx.Response(200, stream=NeverEnding())
        started = time.perf_counter()
        assert error_of(service.ask())[1] == "edgar_timeout"
        assert time.perf_counter() - started < 0.8


def test_a_rate_limit_that_openai_wants_waited_out_for_long_is_said_in_time() -> None:
    with Service(openai_retries=2, openai_total_timeout_s=0.1) as service:
        service.openai.fault = lambda _: httpx2.Response(429, headers={"retry-after": "60"}, json={"error": {}})
        assert error_of(service.ask()) == (503, "openai_rate_limited", "openai")
        assert service.metric('finchat_rate_limited_total{upstream="openai"}') == 1


@pytest.mark.parametrize("upstream", ["edgar", "openai"])
def test_the_circuit_opens_after_the_threshold_and_closes_by_itself(upstream: str) -> None:
    with Service(circuit_breaker_threshold=2, circuit_breaker_reset_s=0.1) as service:
        service.edgar.fault = lambda _: httpx.Response(500) if upstream == "edgar" else None
        service.openai.fault = lambda _: openai_error(500, "server_error") if upstream == "openai" else None
        assert [error_of(service.ask())[1] for _ in range(2)] == [f"{upstream}_unavailable"] * 2
        asked = len(service.edgar.asked), len(service.openai.prompts)

        refused = service.ask()
        assert error_of(refused) == (503, f"{upstream}_circuit_open", upstream)
        assert f"{upstream}_unavailable" in refused.json()["error"]["message"]
        assert (len(service.edgar.asked), len(service.openai.prompts)) == asked
        assert service.get("/health").json()["status"] == "degraded"

        service.edgar.fault = lambda _: None
        service.openai.fault = lambda _: None
        wait_for(service, f'finchat_circuit_state{{upstream="{upstream}"}}', 1)
        assert service.ask().status_code == 200
        assert service.get("/health").json()["status"] == "healthy"


def test_an_open_circuit_of_openai_makes_unready_and_one_of_edgar_does_not() -> None:
    with Service(circuit_breaker_threshold=1) as service:
        service.edgar.fault = lambda _: httpx.Response(500)
        service.ask()
        assert service.get("/ready").status_code == 200
        assert service.get("/ready").json()["services"]["edgar_client"] is False
    with Service(circuit_breaker_threshold=1) as service:
        service.openai.fault = lambda _: openai_error(500, "server_error")
        service.ask()
        assert (service.get("/ready").status_code, service.get("/health").status_code) == (503, 200)


def test_a_refused_key_never_opens_the_circuit_and_makes_unready_until_it_works_again() -> None:
    with Service(circuit_breaker_threshold=1) as service:
        service.openai.fault = lambda _: openai_error(401, "invalid_api_key")
        assert [error_of(service.ask())[1] for _ in range(3)] == ["openai_auth"] * 3
        assert (service.get("/ready").status_code, service.get("/health").json()["status"]) == (503, "unhealthy")
        service.openai.fault = lambda _: None
        service.ask()
        assert (service.get("/ready").status_code, service.get("/health").json()["status"]) == (200, "healthy")


def test_a_bad_key_is_known_at_the_start_without_a_question() -> None:
    with Service() as service:
        service.openai.fault = lambda _: openai_error(401, "invalid_api_key")

        with service.started():
            wait_for(service, 'finchat_service_health{service="qa_engine"}', 0)
            assert service.get("/ready").status_code == 503
        assert service.openai.prompts == []


@pytest.mark.parametrize(
    ("values", "ready"),
    [({}, False), ({"FALLBACK_MODE": "true"}, True), ({"CACHE_ONLY": "true"}, True)],
)
def test_without_a_key_it_is_ready_only_where_stored_filings_may_answer(values: dict[str, str], ready: bool) -> None:
    with Service(openai_api_key="", **values) as service:
        assert service.get("/ready").json()["ready"] is ready
        assert service.get("/ready").status_code == (200 if ready else 503)
        assert service.get("/health").json()["status"] == ("degraded" if ready else "unhealthy")
