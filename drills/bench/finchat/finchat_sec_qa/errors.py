"""Everything that can go wrong, as one tree. Each leaf has the code and the HTTP status that a client sees.

    FinChatError
        InvalidRequestError, RequestTooLargeError, UnknownTickerError, NoFilingError    the question is at fault
        OverloadedError, NotInCacheError, CacheUnavailableError                         this service is
        UpstreamError
            EdgarError     ...Timeout, ...Unavailable, ...Forbidden, ...Malformed, ...RateLimited, ...CircuitOpen
            OpenAIError    ...Timeout, ...Unavailable, ...Auth, ...Quota, ...Malformed, ...RateLimited, ...CircuitOpen

A message is a sentence for the person who asked. It never holds a secret, a path or text that an upstream sent.
"""

from typing import ClassVar, Literal

Upstream = Literal["edgar", "openai"]


class FinChatError(Exception):
    """Any failure of this service. As itself: one that nobody foresaw."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    upstream: ClassVar[Upstream | None] = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidRequestError(FinChatError):
    code, status = "invalid_request", 422


class RequestTooLargeError(FinChatError):
    code, status = "request_too_large", 413


class UnknownTickerError(FinChatError):
    code, status = "unknown_ticker", 404


class NoFilingError(FinChatError):
    code, status = "no_filing", 404


class OverloadedError(FinChatError):
    code, status = "overloaded", 503


class NotInCacheError(FinChatError):
    code, status = "not_in_cache", 503


class CacheUnavailableError(FinChatError):
    code, status = "cache_unavailable", 500


class UpstreamError(FinChatError):
    """A call to EDGAR or OpenAI failed.

    `retry_mends`: another attempt may succeed. What only an operator can mend (a refused key, say) is neither retried
    nor counted by the circuit breaker, so that its own code stays visible.
    """

    retry_mends: ClassVar[bool] = True
    retry_after_s: float | None = None


class EdgarError(UpstreamError):
    upstream = "edgar"


class EdgarTimeoutError(EdgarError):
    code, status = "edgar_timeout", 504


class EdgarUnavailableError(EdgarError):
    code, status = "edgar_unavailable", 502


class EdgarForbiddenError(EdgarError):
    code, status = "edgar_forbidden", 502
    retry_mends = False


class EdgarMalformedError(EdgarError):
    code, status = "edgar_malformed", 502


class EdgarRateLimitedError(EdgarError):
    code, status = "edgar_rate_limited", 503


class EdgarCircuitOpenError(EdgarError):
    code, status = "edgar_circuit_open", 503
    retry_mends = False


class OpenAIError(UpstreamError):
    upstream = "openai"


class OpenAITimeoutError(OpenAIError):
    code, status = "openai_timeout", 504


class OpenAIUnavailableError(OpenAIError):
    code, status = "openai_unavailable", 502


class OpenAIAuthError(OpenAIError):
    code, status = "openai_auth", 502
    retry_mends = False


class OpenAIQuotaError(OpenAIError):
    code, status = "openai_quota", 503
    retry_mends = False


class OpenAIMalformedError(OpenAIError):
    code, status = "openai_malformed", 502


class OpenAIRateLimitedError(OpenAIError):
    code, status = "openai_rate_limited", 503


class OpenAICircuitOpenError(OpenAIError):
    code, status = "openai_circuit_open", 503
    retry_mends = False


def leaves(root: type[FinChatError]) -> list[type[FinChatError]]:
    """The classes of the tree under `root` that have a code of their own."""
    below = [leaf for child in root.__subclasses__() for leaf in leaves(child)]
    return below or [root]
