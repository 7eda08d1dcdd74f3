"""Asking a real question, and holding its citations against the filings they come from."""

import asyncio
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from checks.exchange import Answer, Exchange
from checks.http import Request, sendable
from checks.outcome import CheckFailed, CheckUnknown, fail, unknown
from checks.sweep import Prober
from checks.target import Edgar
from checks.tickers import ticker_pool


class Citation(msgspec.Struct, frozen=True):
    """A quotation: `text` stands at start..end (characters) of document `doc_id`."""

    doc_id: str
    text: str
    start: int
    end: int


class Reply(msgspec.Struct, frozen=True):
    """A FinChat answer, as far as the checks read it."""

    answer: str
    citations: list[Citation]
    metadata: dict[str, object] = {}

    @property
    def mode(self) -> str | None:
        """How the service says it answered ("live", "cache", "fallback"); None where it does not say."""
        mode = self.metadata.get("mode")
        return mode if isinstance(mode, str) else None

    def filings(self) -> list[dict[str, object]]:
        """What the metadata says of the filings used."""
        listed = self.metadata.get("filings")
        return [filing for filing in listed if isinstance(filing, dict)] if isinstance(listed, list) else []


@dataclass(frozen=True)
class Asked:
    """A question, the exchange, and the cited filings as EDGAR serves them from here, by document id."""

    ticker: str
    exchange: Exchange
    documents: Mapping[str, Exchange] = field(default_factory=dict)

    @property
    def elapsed_s(self) -> float:
        return self.exchange.elapsed_s

    def reply(self) -> Reply:
        """The answer; fails the check where there is none, with the upstream in the code where the service names it."""
        answer = self.exchange.answer
        if answer.status != 200:
            code = service_error(answer)
            suffix = f"question_{code}" if code else "question_failed"
            fail(f"api.{suffix}", expected=f"200 and an answer to a question about {self.ticker}", seen=answer.seen)
        try:
            return msgspec.convert(answer.json_object(), Reply)
        except msgspec.ValidationError as error:
            fail("api.answer_malformed", expected="an answer with citations", seen=f"{error} ({answer.seen})")


def service_error(answer: Answer) -> str | None:
    """The stable code in FinChat's error body ({"error": {"code": ...}}), where there is one."""
    try:
        error = answer.json_object().get("error")
    except CheckFailed:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else None


async def ask_fresh(prober: Prober) -> Asked:
    """A question that no cache can hold, about the target's own ticker, and the filings that the answer cites."""
    asked = await _ask(prober, prober.target.question.ticker, nonce=prober.nonce)
    return Asked(asked.ticker, asked.exchange, await _documents(prober, asked))


async def ask_known(prober: Prober) -> Asked:
    """The target's own question, word for word: what a user asked before."""
    return await _ask(prober, prober.target.question.ticker, nonce=None)


async def ask_uncached(prober: Prober) -> Asked:
    """A question about a company that nobody asks about, so that the service has to go to EDGAR."""
    tickers = ticker_pool(prober.target.question.uncached_tickers)
    return await _ask(prober, random.choice(tickers), nonce=prober.nonce)


def untrue_citation(reply: Reply, documents: Mapping[str, str]) -> str | None:
    """The first citation that does not stand where it says, as part of a sentence; None where all do.

    A document that is not at hand is not judged here: only the form of its citations is.
    """
    for number, citation in enumerate(reply.citations, start=1):
        place = f"citation {number} ({citation.doc_id} {citation.start}..{citation.end})"
        if not citation.text.strip():
            return f"{place} without text"
        if not 0 <= citation.start < citation.end:
            return f"{place} with a span that is none"
        document = documents.get(citation.doc_id)
        if document is not None and document[citation.start : citation.end] != citation.text:
            return f"{place}, where the filing has other text"
    return None


def document_text(asked: Asked, doc_id: str) -> str:
    """The cited filing as EDGAR serves it from here; the check is unknown where EDGAR does not."""
    try:
        answer = asked.documents[doc_id].answer
    except CheckFailed as failed:
        raise CheckUnknown(failed.reason) from None
    if answer.status != 200:
        unknown("edgar.filing_status", expected=f"filing {doc_id} from EDGAR", seen=answer.seen)
    return answer.text()


async def _ask(prober: Prober, ticker: str, *, nonce: str | None) -> Asked:
    wanted = prober.target.question
    text = f"{wanted.text} (check {nonce})" if nonce else wanted.text
    body = {"question": text, "ticker": ticker, "form_type": wanted.form_type, "limit": wanted.limit}
    headers = {"Content-Type": "application/json"}
    api = prober.target.api
    if token := prober.secret(api.token_env):
        headers["Authorization"] = f"Bearer {token}"
    url = f"{api.url}{api.path('query')}"
    request = Request("api", url, "POST", headers, json.dumps(body).encode(), again=False)
    return Asked(ticker, await prober.ask(request))


async def _documents(prober: Prober, asked: Asked) -> dict[str, Exchange]:
    """Each cited filing, fetched at the path that the answer's metadata names."""
    edgar, question = prober.target.edgar, prober.target.question
    if not edgar or not question.filing_path:
        return {}
    try:
        reply = asked.reply()
    except CheckFailed:
        return {}
    cited = {citation.doc_id for citation in reply.citations}
    paths = {str(filing.get("doc_id")): str(filing.get("path")) for filing in reply.filings()}
    wanted = {doc_id: paths[doc_id] for doc_id in sorted(cited & paths.keys()) if _is_of(doc_id, paths[doc_id])}
    found = await asyncio.gather(
        *(prober.ask(edgar_request(edgar, f"{edgar.www_url}{path}")) for path in wanted.values())
    )
    return dict(zip(wanted, found, strict=True))


def _is_of(doc_id: str, path: str) -> bool:
    """Whether `path`, the service's word, can be that of the document: or any filing would prove anything."""
    return path.startswith("/") and sendable(path) and doc_id.replace("-", "") in path


def edgar_request(edgar: Edgar, url: str) -> Request:
    """A GET at EDGAR with the User-Agent that it wants declared."""
    return Request("edgar", url, headers={"User-Agent": f"finchat-checks {edgar.contact}"})
