"""The client of EDGAR, the SEC's public filings: who has which ticker, what a company filed, and the filings.

Every call ends by its deadline (a time of the running event loop): rate limit, attempts and pauses together.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

import httpx
from aiolimiter import AsyncLimiter
from pydantic import BaseModel, TypeAdapter, ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception
from tenacity.wait import wait_exponential_jitter

from finchat_sec_qa.breaker import Breaker
from finchat_sec_qa.errors import (
    EdgarCircuitOpenError,
    EdgarError,
    EdgarForbiddenError,
    EdgarMalformedError,
    EdgarRateLimitedError,
    EdgarTimeoutError,
    EdgarUnavailableError,
    NoFilingError,
)
from finchat_sec_qa.metrics import Metrics
from finchat_sec_qa.models import Company, Filing
from finchat_sec_qa.settings import Settings

BODY_MAX_BYTES = 16 * 1024 * 1024
RETRY_AFTER_MAX_S = 10
# Requests are spaced this much wider than the limit asks, because they do not arrive as evenly as they leave.
SPACING_MARGIN = 1.1

Parsed = TypeVar("Parsed")
_log = logging.getLogger(__name__)


class _TickerRow(BaseModel):
    cik_str: int
    ticker: str
    title: str


class _Recent(BaseModel):
    accessionNumber: list[str]  # noqa: N815 (EDGAR's names)
    form: list[str]
    filingDate: list[str]  # noqa: N815
    primaryDocument: list[str]  # noqa: N815


class _Filings(BaseModel):
    recent: _Recent


class _Submissions(BaseModel):
    filings: _Filings


_TICKERS = TypeAdapter(dict[str, _TickerRow])
_FILING = TypeAdapter(Filing)


class EdgarClient:
    """Asks EDGAR within its rate limit, with retries, behind a circuit breaker."""

    def __init__(self, settings: Settings, metrics: Metrics, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._metrics = metrics
        self._http = httpx.AsyncClient(
            headers={"User-Agent": settings.edgar_user_agent},
            timeout=settings.edgar_timeout_s,
            transport=transport,
        )
        self._limiter = AsyncLimiter(1, SPACING_MARGIN / settings.edgar_rate_limit)
        self._backoff = wait_exponential_jitter(multiplier=0.25, max=5, jitter=0.25)
        self.breaker = Breaker(
            "edgar",
            settings.circuit_breaker_threshold,
            settings.circuit_breaker_reset_s,
            EdgarCircuitOpenError,
            metrics,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def companies(self, deadline: float) -> dict[str, Company]:
        """All companies by ticker."""
        return await self._get(f"{self._settings.edgar_www_url}/files/company_tickers.json", deadline, _companies)

    async def filings(self, company: Company, deadline: float) -> list[Filing]:
        """The recent filings of a company, newest first."""
        url = f"{self._settings.edgar_data_url}/submissions/CIK{company.cik:010d}.json"
        return await self._get(url, deadline, lambda body: _filings(company, body))

    async def document(self, filing: Filing, deadline: float) -> bytes:
        """The file of a filing, as it stands at EDGAR: UTF-8 and complete."""
        return await self._get(f"{self._settings.edgar_www_url}{filing.path}", deadline, _whole)

    async def _get(self, url: str, deadline: float, parse: Callable[[bytes], Parsed]) -> Parsed:
        async def with_retries() -> Parsed:
            def given_up(state: RetryCallState) -> bool:
                out_of_time = asyncio.get_running_loop().time() + state.upcoming_sleep >= deadline
                return out_of_time or state.attempt_number > self._settings.edgar_retries

            retrying = AsyncRetrying(
                retry=retry_if_exception(lambda error: isinstance(error, EdgarError) and error.retry_mends),
                stop=given_up,
                wait=self._pause_s,
                before_sleep=_log_retry,
                reraise=True,
            )
            return await retrying(self._attempt, url, deadline, parse)

        return await self.breaker.call(with_retries)

    async def _attempt(self, url: str, deadline: float, parse: Callable[[bytes], Parsed]) -> Parsed:
        try:
            async with asyncio.timeout_at(deadline):
                await self._limiter.acquire()
        except TimeoutError:
            raise self._rate_limited(
                f"Questions are waiting for the rate limit of {self._settings.edgar_rate_limit:g} requests/s to EDGAR; "
                "try again in a minute."
            ) from None
        limit_s = self._settings.edgar_timeout_s
        try:
            async with asyncio.timeout_at(min(deadline, asyncio.get_running_loop().time() + limit_s)):
                async with self._http.stream("GET", url) as response:
                    body = await _read(response)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise EdgarTimeoutError(f"EDGAR did not answer within {limit_s:g} s; try again later.") from error
        except httpx.HTTPError as error:
            raise EdgarUnavailableError("EDGAR cannot be reached; try again later.") from error
        self._check(response, body)
        return parse(body)

    def _check(self, response: httpx.Response, body: bytes) -> None:
        status = response.status_code
        if status == 200:
            return
        if status == 429 or (status == 403 and b"Request Rate Threshold" in body):
            raise self._rate_limited(
                "EDGAR refuses more requests for now (its rate limit); try again in a minute.", response
            )
        if status == 403:
            raise EdgarForbiddenError("EDGAR refuses this service; check EDGAR_USER_AGENT (a name and a mail address).")
        if status == 404 and not response.url.path.startswith("/files/"):
            raise NoFilingError("EDGAR has no such document.")
        raise EdgarUnavailableError(f"EDGAR answered with status {status}; try again later.")

    def _rate_limited(self, message: str, response: httpx.Response | None = None) -> EdgarRateLimitedError:
        self._metrics.rate_limited.labels("edgar").inc()
        _log.warning("rate limit at EDGAR (%s)", f"status {response.status_code}" if response else "ours")
        error = EdgarRateLimitedError(message)
        after = response.headers.get("Retry-After", "") if response else ""
        error.retry_after_s = min(float(after), RETRY_AFTER_MAX_S) if after.isdecimal() else None
        return error

    def _pause_s(self, state: RetryCallState) -> float:
        """As long as EDGAR asks for, within bounds; else a growing random pause."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, EdgarError) else None
        return self._backoff(state) if asked is None else asked


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > BODY_MAX_BYTES:
                raise EdgarMalformedError("EDGAR sent a document that is too large to be read.")
    except (httpx.RemoteProtocolError, httpx.DecodingError) as error:
        raise EdgarMalformedError("EDGAR's answer was cut short; try again.") from error
    return bytes(body)


def _companies(body: bytes) -> dict[str, Company]:
    try:
        rows = _TICKERS.validate_json(body).values()
    except ValidationError as error:
        raise EdgarMalformedError("EDGAR's list of companies cannot be read; try again later.") from error
    return {row.ticker.upper(): Company(cik=row.cik_str, ticker=row.ticker.upper(), title=row.title) for row in rows}


def _filings(company: Company, body: bytes) -> list[Filing]:
    try:
        recent = _Submissions.model_validate_json(body).filings.recent
        rows = list(zip(recent.accessionNumber, recent.form, recent.filingDate, recent.primaryDocument, strict=True))
    except ValueError as error:  # pydantic's ValidationError is one too
        raise EdgarMalformedError("EDGAR's list of filings cannot be read; try again later.") from error
    filings = []
    for doc_id, form, filed_on, file in rows:
        # Ownership forms name a file in a viewer's folder, and old filings none: neither is a text to quote.
        try:
            filings.append(
                _FILING.validate_python(
                    {"doc_id": doc_id, "cik": company.cik, "form": form, "filed_on": filed_on, "file": file}
                )
            )
        except ValidationError:
            _log.debug("skipped %s", doc_id)
    return sorted(filings, key=lambda filing: filing.filed_on, reverse=True)


def _whole(body: bytes) -> bytes:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EdgarMalformedError("The filing is not in UTF-8.") from error
    if not text.strip() or ("<html" in text[:2000].lower() and "</html" not in text[-2000:].lower()):
        raise EdgarMalformedError("EDGAR sent only a part of the filing; try again.")
    return body


def _log_retry(state: RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome else None
    code = failure.code if isinstance(failure, EdgarError) else "unknown"
    _log.warning("attempt %d: %s; again in %.1f s", state.attempt_number, code, state.upcoming_sleep)
