"""Where filings come from: memory, then the cache, then EDGAR."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from finchat_sec_qa.cache import Cache
from finchat_sec_qa.edgar import EdgarClient
from finchat_sec_qa.errors import EdgarTimeoutError, NoFilingError, UnknownTickerError
from finchat_sec_qa.models import Company, Document, Filing, Question, Record

TICKERS_MIN_AGE_S = 60
SUBMISSIONS_MAX_AGE_S = 24 * 3600


class TickerBook(Record):
    companies: dict[str, Company]
    fetched_at: float


class Submissions(Record):
    filings: list[Filing]
    fetched_at: float


class Sources:
    """Finds the filings that a question is about. `clock` gives the seconds since 1970, `total_timeout_s` is for one
    question."""

    def __init__(
        self, cache: Cache, edgar: EdgarClient, total_timeout_s: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._cache = cache
        self._edgar = edgar
        self._total_timeout_s = total_timeout_s
        self._clock = clock
        self._book: TickerBook | None = None
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def documents(self, question: Question) -> list[Document]:
        """The newest filings of the company and form, at least one.

        Raises UnknownTickerError, NoFilingError or an EdgarError.
        """
        deadline = asyncio.get_running_loop().time() + self._total_timeout_s
        company = await self._company(question.ticker, deadline)
        filings = await self._filings(company, deadline)
        newest = [filing for filing in filings if filing.form == question.form_type][: question.limit]
        if not newest:
            raise NoFilingError(f"{company.title} has no recent filing of form {question.form_type}.")
        return [await self._document(company, filing, deadline) for filing in newest]

    async def cached_documents(self, question: Question) -> list[Document]:
        """The filings of the company and form that are in the cache, newest first; perhaps none."""
        return await asyncio.to_thread(self._cache.documents, question.ticker, question.form_type, question.limit)

    async def _company(self, ticker: str, deadline: float) -> Company:
        if company := self._known(ticker):
            return company
        async with self._turn("tickers", deadline):
            if self._book is None:
                self._book = await asyncio.to_thread(self._cache.load, "tickers", "tickers", TickerBook)
            if not self._known(ticker) and (
                self._book is None or self._clock() - self._book.fetched_at >= TICKERS_MIN_AGE_S
            ):
                companies = await self._edgar.companies(deadline)
                self._book = TickerBook(companies=companies, fetched_at=self._clock())
                await asyncio.to_thread(self._cache.save, "tickers", self._book)
        if company := self._known(ticker):
            return company
        raise UnknownTickerError(f"EDGAR knows no company with the ticker {ticker}.")

    def _known(self, ticker: str) -> Company | None:
        return self._book.companies.get(ticker) if self._book else None

    async def _filings(self, company: Company, deadline: float) -> list[Filing]:
        name = f"submissions-{company.cik}"
        async with self._turn(name, deadline):
            known = await asyncio.to_thread(self._cache.load, "submissions", name, Submissions)
            if known and self._clock() - known.fetched_at < SUBMISSIONS_MAX_AGE_S:
                return known.filings
            filings = await self._edgar.filings(company, deadline)
            await asyncio.to_thread(self._cache.save, name, Submissions(filings=filings, fetched_at=self._clock()))
            return filings

    async def _document(self, company: Company, filing: Filing, deadline: float) -> Document:
        async with self._turn(filing.doc_id, deadline):
            known = await asyncio.to_thread(self._cache.load_document, filing)
            if known:
                return known
            content = await self._edgar.document(filing, deadline)
            await asyncio.to_thread(self._cache.save_document, company.ticker, filing, content)
            return Document(filing=filing, text=content.decode("utf-8"), source="edgar")

    @asynccontextmanager
    async def _turn(self, name: str, deadline: float) -> AsyncIterator[None]:
        """One at a time for each name, so that many questions about a new filing fetch it once."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        try:
            async with asyncio.timeout_at(deadline):
                await lock.acquire()
        except TimeoutError:
            raise EdgarTimeoutError("EDGAR has not answered an earlier question yet; try again later.") from None
        try:
            yield
        finally:
            lock.release()
