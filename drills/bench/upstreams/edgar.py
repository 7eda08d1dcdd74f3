"""A stand-in for EDGAR: company tickers, submissions and archives, in the shapes and within the limits of the real one.

Every path is served at every host name. As the real service it refuses callers that do not declare themselves with a
User-Agent, and more than 10 requests a second from all callers together: first 429 with Retry-After; to a caller who
goes on (more than ten refusals without a pause of a second between them) 403 with the page "Request Rate Threshold
Exceeded", until it pauses for a second.
"""

import json
import re
import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from drills.bench.upstreams import serving
from drills.bench.upstreams.admin import admin_app
from drills.bench.upstreams.catalogue import Company, Filing, companies
from drills.bench.upstreams.faults import Faults
from drills.bench.upstreams.rate_window import RateWindow, Verdict
from drills.bench.upstreams.rules import Fault, Rule
from drills.bench.upstreams.state import State

# A User-Agent that consists of such tokens alone says which library calls, not who.
LIBRARY = re.compile(
    r"(python|python-requests|python-urllib|python-httpx|httpx|httpx2|python-httpx2|aiohttp|urllib3|curl|libcurl|wget"
    r"|go-http-client|java|okhttp|axios|node-fetch|node|libwww-perl|ruby|php)(/\S*)?",
    re.IGNORECASE,
)

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>SEC.gov | {title}</title></head>
<body>
<h1>{heading}</h1>
<p>{text}</p>
</body>
</html>
"""
NO_SUCH_KEY = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>
"""


def error_answer(rule: Rule) -> Response:
    """The answer that a rule asks for: the real page where EDGAR has one for the status."""
    status = rule.status or 500
    if status == 403:
        return _threshold_page(403)
    if status == 429:
        return _threshold_page(429)
    if status == 404:
        return _missing()
    return _page(status, "Service Unavailable", "This page is temporarily unavailable. Please try again later.")


def objection(fault: Fault) -> str | None:
    if fault.error is not None:
        return "error: EDGAR's errors are pages without a code. Give a status instead, such as 429, 403 or 503."
    return None


class FairAccess:
    """ASGI middleware: refuses callers that do not declare themselves, and what goes beyond the rate limit."""

    def __init__(self, app: ASGIApp, window: RateWindow, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._window = window
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> ASGIApp:
        if not declared(request.headers.get("user-agent", "")):
            return _undeclared_page()
        verdict = self._window.admit(self._clock())
        if verdict is Verdict.ADMITTED:
            return self._app
        return _threshold_page(429 if verdict is Verdict.SLOW_DOWN else 403)


def declared(user_agent: str) -> bool:
    """Whether a User-Agent says who calls: it is there, and names more than the library that the caller uses."""
    return any(LIBRARY.fullmatch(token) is None for token in user_agent.split())


def public_app(state: State, window: RateWindow) -> Starlette:
    """The application of the public port."""
    by_cik = {company.cik: company for company in companies()}
    tickers = {
        str(index): {"cik_str": company.cik, "ticker": company.ticker, "title": company.name}
        for index, company in enumerate(by_cik.values())
    }
    tickers_json = json.dumps(tickers)

    async def company_tickers(request: Request) -> Response:
        return Response(tickers_json, media_type="application/json")

    async def submissions(request: Request) -> Response:
        number = re.fullmatch(r"CIK(\d{10})\.json", request.path_params["file"])
        company = by_cik.get(int(number[1])) if number else None
        if company is None:
            return _missing()
        return Response(json.dumps(_submissions(company)), media_type="application/json")

    async def archive(request: Request) -> Response:
        company = by_cik.get(request.path_params["cik"])
        for filing in company.filings if company else ():
            if (filing.accession.replace("-", ""), filing.document) == (
                request.path_params["accession"],
                request.path_params["file"],
            ):
                return HTMLResponse(filing.html())
        return _missing()

    async def home(request: Request) -> Response:
        return _page(200, "EDGAR stand-in", "Invented filings for drills: nothing here is about a real company.")

    async def not_found(request: Request, error: Exception) -> Response:
        return _missing()

    return Starlette(
        routes=[
            Route("/", home),
            Route("/files/company_tickers.json", company_tickers),
            Route("/submissions/{file}", submissions),
            Route("/Archives/edgar/data/{cik:int}/{accession}/{file}", archive),
        ],
        middleware=[
            Middleware(Faults, state=state, error_answer=error_answer),
            Middleware(FairAccess, window=window),
        ],
        exception_handlers={404: not_found},
    )


def _submissions(company: Company) -> dict[str, object]:
    """A company's submissions document: who it is, and its filings as one array per column."""

    def column(value: Callable[[Filing], object]) -> list[object]:
        return [value(filing) for filing in company.filings]

    recent = {
        "accessionNumber": column(lambda filing: filing.accession),
        "filingDate": column(lambda filing: filing.filed),
        "reportDate": column(lambda filing: filing.period),
        "acceptanceDateTime": column(lambda filing: f"{filing.filed}T21:05:00.000Z"),
        "act": column(lambda filing: "34"),
        "form": column(lambda filing: filing.form),
        "fileNumber": column(lambda filing: f"001-{company.cik % 100_000:05d}"),
        "filmNumber": column(lambda filing: ""),
        "items": column(lambda filing: ""),
        "core_type": column(lambda filing: filing.form),
        "size": column(lambda filing: len(filing.html())),
        "isXBRL": column(lambda filing: 0),
        "isInlineXBRL": column(lambda filing: 0),
        "primaryDocument": column(lambda filing: filing.document),
        "primaryDocDescription": column(lambda filing: filing.form),
    }
    return {
        "cik": f"{company.cik:010d}",
        "entityType": "operating",
        "sic": company.sic,
        "sicDescription": company.sic_description,
        "name": company.name,
        "tickers": [company.ticker],
        "exchanges": ["NYSE"],
        "ein": None,
        "description": "",
        "website": "",
        "category": "Accelerated filer",
        "fiscalYearEnd": "1231",
        "stateOfIncorporation": company.state,
        "stateOfIncorporationDescription": company.state,
        "phone": None,
        "flags": "",
        "formerNames": [],
        "filings": {"recent": recent, "files": []},
    }


def _page(status: int, heading: str, text: str, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(PAGE.format(title=heading, heading=heading, text=text), status, headers)


def _undeclared_page() -> Response:
    text = (
        "Your request has been identified as part of a network of automated tools outside of the acceptable policy. "
        "Please declare your traffic by updating your user agent to include company specific information."
    )
    return _page(403, "Your Request Originates from an Undeclared Automated Tool", text)


def _threshold_page(status: int) -> Response:
    text = (
        "Current guidelines limit each user to a total of no more than 10 requests per second. "
        "Once the rate of requests has dropped below the threshold, access resumes."
    )
    return _page(status, "Request Rate Threshold Exceeded", text, {"Retry-After": "1"} if status == 429 else None)


def _missing() -> Response:
    return Response(NO_SUCH_KEY, 404, media_type="application/xml")


def main() -> None:
    cli = serving.parser("edgar")
    given = serving.options(cli, cli.parse_args())
    window = RateWindow()
    state = State("edgar", reset_more=window.reset)
    serving.run(state, public_app(state, window), admin_app(state, objection), given)


if __name__ == "__main__":
    main()
