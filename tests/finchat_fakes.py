"""The service with its upstreams replaced inside the process, for its own tests."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from types import TracebackType
from typing import Self, TypeVar

import httpx
import httpx2
from finchat_sec_qa.server import create_app
from finchat_sec_qa.settings import Settings

DOC_ID = "0001234567-26-000007"
OTHER_DOC_ID = "0001234567-25-000003"
KEY = "sk-secret-of-the-tests"
FILING = """<html><head><title>10-K of Acme Rivet Works, and then some more words</title></head><body>
<h1>Item 1. Business</h1>
<p>Acme Rivet Works makes rivets &amp; bolts for bridges in S\u00e3o Paulo and in forty other towns.</p>
<hr style="page-break-after: always">
<h2>Item 1A. Risk Factors</h2>
<p>A rise in the price of aluminum would lower our margins, because we cannot hedge all of it.</p>
<p>Net income was $52.7 million, compared with $55.9 million in the year before that one.</p>
</body></html>
"""

Result = TypeVar("Result")


class FakeEdgar:
    """EDGAR with one company. `fault` decides what to answer instead; None lets a request through."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fault: Callable[[httpx.Request], httpx.Response | None] = lambda request: None

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        await asyncio.sleep(0)  # as on a network, others get their turn meanwhile
        return self.fault(request) or self._answer(request.url.path)

    @staticmethod
    def _answer(path: str) -> httpx.Response:
        if path == "/files/company_tickers.json":
            rows = {"0": {"cik_str": 77, "ticker": "ACME", "title": "Acme Rivet Works"}}
            return httpx.Response(200, json=rows)
        if path == "/submissions/CIK0000000077.json":
            recent = {
                "accessionNumber": [DOC_ID, "0001234567-26-000005", OTHER_DOC_ID],
                "form": ["10-K", "4", "10-Q"],
                "filingDate": ["2026-02-20", "2026-01-09", "2025-11-02"],
                "primaryDocument": ["acme.htm", "viewer/form4.xml", "acme-q3.htm"],
            }
            return httpx.Response(200, json={"filings": {"recent": recent}})
        return httpx.Response(200, content=FILING.encode())


class FakeOpenAI:
    """OpenAI, which answers `reply`. `fault` as for EDGAR."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.reply = "Margins would fall [1]."
        self.fault: Callable[[httpx2.Request], httpx2.Response | None] = lambda request: None

    async def handle(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/models"):
            return self.fault(request) or httpx2.Response(200, json={"object": "list", "data": []})
        self.prompts.append(json.loads(request.content)["messages"][-1]["content"])
        return self.fault(request) or httpx2.Response(
            200,
            json={
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1,
                "model": "gpt-4o-mini",
                "choices": [
                    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": self.reply}}
                ],
            },
        )


def openai_error(status: int, code: str) -> httpx2.Response:
    """An error as OpenAI sends it, and at once: no pause before the SDK's next attempt."""
    body = {"error": {"message": f"no: {KEY}", "type": "an_error", "param": None, "code": code}}
    return httpx2.Response(status, json=body, headers={"retry-after-ms": "1"})


async def _entered(context: AbstractAsyncContextManager[object]) -> None:
    await context.__aenter__()


async def _left(context: AbstractAsyncContextManager[object]) -> None:
    await context.__aexit__(None, None, None)


class Service:
    """The API in this process, with an event loop of its own, so that tests read as plain calls."""

    def __init__(self, **values: object) -> None:
        quick = {
            "openai_api_key": KEY,
            "edgar_rate_limit": 100,
            "edgar_retries": 0,
            "edgar_timeout_s": 0.2,
            "openai_retries": 0,
            "openai_timeout_s": 0.2,
        }
        self.edgar = FakeEdgar()
        self.openai = FakeOpenAI()
        self.settings = Settings.model_validate(quick | values)
        app = create_app(
            self.settings, httpx.MockTransport(self.edgar.handle), httpx2.MockTransport(self.openai.handle)
        )
        self.app = app
        self._runner = asyncio.Runner()
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://finchat")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._http.aclose())
        self._runner.close()

    @contextmanager
    def started(self) -> Iterator[None]:
        """With what the server does at its start and end; its background work runs while a request does."""
        lifespan = self.app.router.lifespan_context(self.app)
        self.run(_entered(lifespan))
        yield
        self.run(_left(lifespan))

    def run(self, work: Coroutine[object, object, Result]) -> Result:
        return self._runner.run(work)

    def get(self, path: str) -> httpx.Response:
        return self.run(self._http.get(path))

    def post(self, path: str, **arguments: object) -> httpx.Response:
        return self.run(self._http.post(path, **arguments))  # type: ignore[arg-type]

    def ask(self, question: str = "What about aluminum?", ticker: str = "ACME", **more: object) -> httpx.Response:
        return self.post("/api/v1/query", json={"question": question, "ticker": ticker, **more})

    def ask_at_once(self, questions: list[str]) -> list[httpx.Response]:
        async def together() -> list[httpx.Response]:
            bodies = [{"question": question, "ticker": "ACME"} for question in questions]
            return await asyncio.gather(*(self._http.post("/query", json=body) for body in bodies))

        return self.run(together())

    def metric(self, name: str) -> float:
        """The value of a metric, named with its labels as in the text format."""
        lines = self.get("/metrics").text.splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name)


def error_of(response: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and upstream of an error."""
    error = response.json()["error"]
    return response.status_code, error["code"], error["upstream"]
