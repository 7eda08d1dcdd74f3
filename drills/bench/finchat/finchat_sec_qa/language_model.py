"""The language model that writes the answers, through the official openai SDK and with the SDK's own retries."""

import asyncio
import logging
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING

from finchat_sec_qa import logs
from finchat_sec_qa.breaker import Breaker
from finchat_sec_qa.errors import (
    OpenAIAuthError,
    OpenAICircuitOpenError,
    OpenAIError,
    OpenAIMalformedError,
    OpenAIQuotaError,
    OpenAIRateLimitedError,
    OpenAITimeoutError,
    OpenAIUnavailableError,
)
from finchat_sec_qa.metrics import Metrics
from finchat_sec_qa.models import Citation
from finchat_sec_qa.settings import Settings

# The SDK takes 0.4 s to import, half of what the whole service takes to start: it is imported after the start.
if TYPE_CHECKING:
    import httpx2
    import openai
    from openai.types.chat import ChatCompletion

ANSWER_MAX_TOKENS = 400
KEY_CHECK_TIMEOUT_S = 5
INSTRUCTIONS = (
    "You answer questions about SEC filings. Use only the numbered passages. Answer in one or two sentences and cite "
    "the passages that you used by their numbers, like [1]. If the passages do not hold the answer, say so."
)

_log = logging.getLogger("finchat_sec_qa.openai")
_last_status: ContextVar[int | None] = ContextVar("last_status", default=None)


class LanguageModel:
    """Asks OpenAI for answers, behind a circuit breaker, and knows whether OpenAI accepts the key."""

    def __init__(
        self, settings: Settings, metrics: Metrics, transport: "httpx2.AsyncBaseTransport | None" = None
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._transport = transport
        self._client: openai.AsyncOpenAI | None = None
        self.key_set = bool(settings.openai_api_key.get_secret_value())
        self.key_refused: bool | None = None  # None: OpenAI has not said yet
        self.breaker = Breaker(
            "openai",
            settings.circuit_breaker_threshold,
            settings.circuit_breaker_reset_s,
            OpenAICircuitOpenError,
            metrics,
        )

    @property
    def name(self) -> str:
        return self._settings.openai_model

    async def close(self) -> None:
        if self._client:
            await self._client.close()

    async def answer(self, question: str, passages: Sequence[Citation]) -> str:
        """The model's answer, which cites the passages by their place in the list: [1] is the first."""
        return await self.breaker.call(lambda: self._answer(question, passages))

    async def check_key(self) -> None:
        """Asks OpenAI whether it knows the key, by a request that costs nothing. A failure shows in `key_refused`."""
        try:
            client = await self._connect()
            async with asyncio.timeout(KEY_CHECK_TIMEOUT_S):
                await client.with_options(max_retries=0).models.list()
        except Exception as error:
            failure = _translated(error)
            self._learn(failure)
            self._metrics.upstream_failures.labels("openai", failure.code).inc()
            logs.failure(failure)
        else:
            self._learn(None)

    async def _answer(self, question: str, passages: Sequence[Citation]) -> str:
        client = await self._connect()
        _last_status.set(None)
        try:
            async with asyncio.timeout(self._settings.openai_total_timeout_s):
                completion = await client.chat.completions.create(
                    model=self.name,
                    messages=[
                        {"role": "system", "content": INSTRUCTIONS},
                        {"role": "user", "content": _prompt(question, passages)},
                    ],
                    temperature=0,
                    max_completion_tokens=ANSWER_MAX_TOKENS,
                )
            text = _text(completion)
        except Exception as error:
            failure = _translated(error)
            self._learn(failure)
            raise failure from error
        self._learn(None)
        return text

    async def _connect(self) -> "openai.AsyncOpenAI":
        if not self.key_set:
            raise OpenAIAuthError("No key for OpenAI is configured; set OPENAI_API_KEY.")
        if self._client is None:
            client = await asyncio.to_thread(self._build)
            self._client = self._client or client
        return self._client

    def _build(self) -> "openai.AsyncOpenAI":
        import httpx2
        import openai

        async def watch(response: httpx2.Response) -> None:
            _last_status.set(response.status_code)
            if response.status_code == 429:
                self._metrics.rate_limited.labels("openai").inc()
                _log.warning("rate limit at OpenAI (status 429)")

        return openai.AsyncOpenAI(
            api_key=self._settings.openai_api_key.get_secret_value(),
            base_url=self._settings.openai_base_url,
            timeout=self._settings.openai_timeout_s,
            max_retries=self._settings.openai_retries,
            http_client=openai.DefaultAsyncHttpxClient(transport=self._transport, event_hooks={"response": [watch]}),
        )

    def _learn(self, failure: OpenAIError | None) -> None:
        if failure is None:
            self.key_refused = False
        elif isinstance(failure, OpenAIAuthError):
            self.key_refused = True


def _prompt(question: str, passages: Sequence[Citation]) -> str:
    numbered = [f"[{number}] {' '.join(passage.text.split())}" for number, passage in enumerate(passages, 1)]
    return f"Question: {question}\n\nPassages:\n" + "\n".join(numbered)


def _text(completion: "ChatCompletion") -> str:
    # The SDK does not check what it parses, so any part can be missing or of another type.
    try:
        text = completion.choices[0].message.content
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise OpenAIMalformedError("OpenAI's answer cannot be read; try again later.") from error
    if not isinstance(text, str) or not text.strip():
        raise OpenAIMalformedError("OpenAI's answer is empty; try again later.")
    return text.strip()


def _translated(error: Exception) -> OpenAIError:
    """This service's own error for whatever the SDK raised."""
    import openai

    match error:
        case OpenAIError():
            return error
        case TimeoutError() if _last_status.get() == 429:
            return OpenAIRateLimitedError(
                "OpenAI refuses more requests for now (its rate limit); try again in a minute."
            )
        case TimeoutError() | openai.APITimeoutError():
            return OpenAITimeoutError("OpenAI did not answer in time; try again later.")
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return OpenAIAuthError("OpenAI refuses the key; check OPENAI_API_KEY.")
        case openai.RateLimitError(code="insufficient_quota"):
            return OpenAIQuotaError("The quota at OpenAI is used up; check the plan and billing there.")
        case openai.RateLimitError():
            return OpenAIRateLimitedError(
                "OpenAI refuses more requests for now (its rate limit); try again in a minute."
            )
        case openai.NotFoundError():
            return OpenAIUnavailableError("OpenAI does not know the model; check OPENAI_MODEL and OPENAI_BASE_URL.")
        case openai.APIStatusError():
            return OpenAIUnavailableError(f"OpenAI answered with status {error.status_code}; try again later.")
        case openai.APIConnectionError() if _last_status.get() == 200:
            return OpenAIMalformedError("OpenAI's answer was cut short; try again later.")
        case openai.APIConnectionError():
            return OpenAIUnavailableError("OpenAI cannot be reached; try again later.")
        case _:
            return OpenAIMalformedError("OpenAI's answer cannot be read; try again later.")
