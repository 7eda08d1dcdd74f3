"""From a question to an answer with citations: live, from the cache, or in fallback without the language model.

live       filings from EDGAR or the cache, answer by the language model; the same question on the same filings is
           answered from the cache
fallback   the same, and when an upstream fails: the last answer to this question, or else the best passage
cache only no upstream is asked: the last answer to this question (with fallback: or else the best passage)
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Sequence

from finchat_sec_qa import filings, logs
from finchat_sec_qa.cache import Cache
from finchat_sec_qa.errors import (
    CacheUnavailableError,
    EdgarError,
    EdgarMalformedError,
    FinChatError,
    NotInCacheError,
    OpenAIError,
    OverloadedError,
)
from finchat_sec_qa.language_model import LanguageModel
from finchat_sec_qa.metrics import Metrics
from finchat_sec_qa.models import Answer, Citation, Document, FilingSource, Metadata, Mode, Question, Record
from finchat_sec_qa.settings import Settings
from finchat_sec_qa.sources import Sources

PASSAGES_PER_QUESTION = 5
QUESTIONS_AT_ONCE = 64
FALLBACK_LABEL = "Fallback answer (quoted from a stored filing, no language model was asked):"

_REFERENCE = re.compile(r"\[(\d{1,3})\]")


class Reply(Record):
    """An answer as it is kept in the cache: without what belongs to one request."""

    answer: str
    citations: list[Citation]
    model: str | None
    filings: list[FilingSource]


class Answering:
    """Answers questions; refuses more than QUESTIONS_AT_ONCE at the same time."""

    def __init__(
        self, settings: Settings, metrics: Metrics, cache: Cache, sources: Sources, model: LanguageModel
    ) -> None:
        self._fallback_on = settings.enable_fallback_mode
        self._cache_only = settings.cache_only_mode
        self._metrics = metrics
        self._cache = cache
        self._sources = sources
        self._model = model
        self._in_progress = 0

    async def answer(self, question: Question, request_id: str) -> Answer:
        """The answer. Raises a FinChatError that says why there is none."""
        started = time.perf_counter()
        mode: Mode = "cache" if self._cache_only else "live"
        if self._in_progress >= QUESTIONS_AT_ONCE:
            self._metrics.queries.labels(mode, "failed").inc()
            raise OverloadedError("Too many questions at the same time; try again in a few seconds.")
        self._in_progress += 1
        try:
            mode, reply = await (self._from_cache(question) if self._cache_only else self._live(question))
        except FinChatError as error:
            self._metrics.queries.labels(mode, "failed" if error.status >= 500 else "refused").inc()
            raise
        finally:
            self._in_progress -= 1
        self._metrics.queries.labels(mode, "answered").inc()
        return Answer(
            answer=reply.answer,
            citations=reply.citations,
            metadata=Metadata(
                mode=mode,
                ticker=question.ticker,
                form_type=question.form_type,
                model=reply.model,
                request_id=request_id,
                elapsed_ms=round((time.perf_counter() - started) * 1000, 1),
                filings=reply.filings,
            ),
        )

    async def _live(self, question: Question) -> tuple[Mode, Reply]:
        try:
            documents = await self._sources.documents(question)
        except EdgarError as error:
            if not self._fallback_on:
                raise
            return await self._fallback(question, error)
        stored = await self._stored(question)
        if stored and stored.model == self._model.name and _same_filings(stored, documents):
            return "cache", stored
        passages = await asyncio.to_thread(_choose, question, documents)
        if not passages:
            raise EdgarMalformedError("The filing holds no text that can be quoted.")
        try:
            text = await self._model.answer(question.question, passages)
        except OpenAIError as error:
            if not self._fallback_on:
                raise
            return await self._fallback(question, error, documents)
        answer, citations = _cited(text, passages)
        reply = Reply(
            answer=answer,
            citations=citations,
            model=self._model.name,
            filings=[FilingSource.of(document) for document in documents],
        )
        await asyncio.to_thread(self._cache.save, _name(question), reply)
        return "live", reply

    async def _fallback(
        self, question: Question, error: FinChatError, documents: Sequence[Document] = ()
    ) -> tuple[Mode, Reply]:
        if stored := await self._stored(question):
            logs.failure(error)
            return "cache", stored
        quoted = await self._quoted(question, documents)
        if quoted is None:
            raise error
        logs.failure(error)
        return "fallback", quoted

    async def _from_cache(self, question: Question) -> tuple[Mode, Reply]:
        if stored := await self._stored(question):
            return "cache", stored
        quoted = await self._quoted(question, ()) if self._fallback_on else None
        if quoted is None:
            if not await asyncio.to_thread(self._cache.readable):
                raise CacheUnavailableError(
                    "The cache cannot be read; see the permissions and the disk of its directory."
                )
            raise NotInCacheError(
                "Only stored answers are given now, and this question has none; ask one that was asked before."
            )
        return "fallback", quoted

    async def _stored(self, question: Question) -> Reply | None:
        reply = await asyncio.to_thread(self._cache.load, "answer", _name(question), Reply)
        if reply is None:
            return None
        stored = [source.model_copy(update={"source": "cache"}) for source in reply.filings]
        return reply.model_copy(update={"filings": stored})

    async def _quoted(self, question: Question, documents: Sequence[Document]) -> Reply | None:
        """The passage that fits best, in its own words."""
        documents = documents or await self._sources.cached_documents(question)
        passages = await asyncio.to_thread(_choose, question, documents)
        if not passages:
            return None
        best = passages[0]
        return Reply(
            answer=f"{FALLBACK_LABEL} {' '.join(best.text.split())} [1]",
            citations=[best],
            model=None,
            filings=[FilingSource.of(document) for document in documents],
        )


def _choose(question: Question, documents: Sequence[Document]) -> list[Citation]:
    candidates = [passage for document in documents for passage in filings.passages(document)]
    return filings.choose(question.question, candidates, PASSAGES_PER_QUESTION)


def _cited(text: str, passages: Sequence[Citation]) -> tuple[str, list[Citation]]:
    """The answer with its references renumbered from 1, and the passages that they mean, in that order.

    References to passages that were never shown are dropped. An answer without any keeps all passages as its sources.
    """
    shown = [int(number) for number in _REFERENCE.findall(text)]
    used = list(dict.fromkeys(number for number in shown if 1 <= number <= len(passages)))
    answer = _REFERENCE.sub(lambda match: f"[{used.index(int(match[1])) + 1}]" if int(match[1]) in used else "", text)
    return answer.strip(), [passages[number - 1] for number in used] or list(passages)


def _same_filings(reply: Reply, documents: Sequence[Document]) -> bool:
    return [source.doc_id for source in reply.filings] == [document.filing.doc_id for document in documents]


def _name(question: Question) -> str:
    words = " ".join(question.question.lower().split())
    key = "\n".join([words, question.ticker, question.form_type, str(question.limit)])
    return f"answer-{hashlib.sha256(key.encode()).hexdigest()[:32]}"
