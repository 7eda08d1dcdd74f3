"""The web application's way to the API."""

import logging
from dataclasses import dataclass

import httpx
from pydantic import BaseModel, ValidationError

from finchat_sec_qa.models import Answer
from finchat_sec_qa.settings import Settings

PROBE_TIMEOUT_S = 3  # for /health and /ready, which a monitor waits for
# The API bounds its own waits for EDGAR and OpenAI; this much more is for its own work.
MARGIN_S = 5
_log = logging.getLogger(__name__)


class ApiError(BaseModel):
    code: str
    message: str
    upstream: str | None = None


class ErrorBody(BaseModel):
    error: ApiError
    request_id: str | None = None


@dataclass(frozen=True)
class Reply:
    """What the API said, or what the web application says in its place when the API is silent."""

    status: int
    content: bytes
    mode: str | None = None

    @property
    def answer(self) -> Answer | None:
        """The answer, when it is one."""
        try:
            return Answer.model_validate_json(self.content) if self.status == 200 else None
        except ValidationError:
            return None

    @property
    def error(self) -> ApiError:
        """The failure, when it is one."""
        try:
            return ErrorBody.model_validate_json(self.content).error
        except ValidationError:
            return ApiError(code="api_malformed", message="The API's answer cannot be read; try again later.")


def refusal(status: int, code: str, message: str) -> Reply:
    """A failure in the API's own shape."""
    body = ErrorBody(error=ApiError(code=code, message=message))
    return Reply(status, body.model_dump_json(exclude={"request_id"}).encode())


class ApiClient:
    """Asks the API. Its failures come back as replies, never as exceptions."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        # The API is a neighbour: a proxy meant for the world outside would not find it.
        self._http = httpx.Client(
            base_url=settings.finchat_api_url,
            timeout=settings.edgar_total_timeout_s + settings.openai_total_timeout_s + MARGIN_S,
            trust_env=False,
            transport=transport,
        )

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        """What the API answers to a JSON body."""
        try:
            response = self._http.post(path, content=body, headers={**headers, "Content-Type": "application/json"})
        except httpx.TimeoutException:
            return self._silent(504, "api_timeout", "The API did not answer in time; try again later.")
        except httpx.HTTPError:
            return self._silent(502, "api_unavailable", "The API cannot be reached; try again later.")
        return Reply(response.status_code, response.content, response.headers.get("X-FinChat-Mode"))

    def health(self, headers: dict[str, str]) -> str:
        """The API's status: healthy, degraded, unhealthy or unreachable."""
        try:
            status = self._http.get("/health", headers=headers, timeout=PROBE_TIMEOUT_S).json()["status"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return "unreachable"
        return status if status in {"healthy", "degraded", "unhealthy"} else "unreachable"

    def ready(self, headers: dict[str, str]) -> bool:
        """Whether the API says that it can answer now."""
        try:
            response = self._http.get("/ready", headers=headers, timeout=PROBE_TIMEOUT_S)
            return response.status_code == 200 and response.json()["ready"] is True
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    def _silent(self, status: int, code: str, message: str) -> Reply:
        _log.error("error %s: %s", code, message)
        return refusal(status, code, message)
