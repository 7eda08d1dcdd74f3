"""Around every request to the API: an id, a limit to its size, security headers, the log lines and the metrics."""

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from finchat_sec_qa import logs, security
from finchat_sec_qa.errors import FinChatError, RequestTooLargeError
from finchat_sec_qa.metrics import Metrics

BODY_MAX_BYTES = 64 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OPERATIONS = frozenset({"/health", "/ready", "/live", "/metrics", "/openapi.json", "unmatched"})

_log = logging.getLogger("finchat_sec_qa.request")
_access = logging.getLogger(logs.ACCESS)


class Observation:
    """The outermost layer. An exception that nothing else handled ends here, as a plain internal_error."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Exchange(self._app, self._metrics, scope, receive, send).run()


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._metrics = app, metrics
        self._scope, self._receive, self._send = scope, receive, send
        self._headers = Headers(scope=scope)
        given = self._headers.get("X-Request-ID", "")
        self._id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = self._id
        self._started = time.perf_counter()
        self._received = 0
        self._status = 0
        self._sent = 0

    async def run(self) -> None:
        try:
            await self._app(self._scope, self._limited_receive, self._observed_send)
        except Exception:
            _log.exception("error internal_error: not foreseen")
            self._metrics.errors.labels(FinChatError.code).inc()
            if self._status:
                raise  # the answer is half sent: only the server can end it
            error = FinChatError("Something went wrong here that nobody foresaw; the logs of the service say what.")
            response = JSONResponse(body(error, self._id), error.status)
            await response(self._scope, self._receive, self._observed_send)
        finally:
            self._record()

    async def _limited_receive(self) -> Message:
        declared = self._headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > BODY_MAX_BYTES:
            raise HTTPException(RequestTooLargeError.status)
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > BODY_MAX_BYTES:
            raise HTTPException(RequestTooLargeError.status)
        return message

    async def _observed_send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.update(security.api_headers())
            headers["X-Request-ID"] = self._id
        elif message["type"] == "http.response.body":
            self._sent += len(message.get("body", b""))
        await self._send(message)

    def _record(self) -> None:
        duration_s = time.perf_counter() - self._started
        method = self._scope["method"] if self._scope["method"] in _METHODS else "other"
        path = getattr(self._scope.get("route"), "path", "unmatched")
        client = "probe" if "X-FinChat-Probe" in self._headers else "user"
        self._metrics.requests.labels(method, path, str(self._status), client).inc()
        self._metrics.duration.labels(method, path, client).observe(duration_s)
        if path not in _OPERATIONS:
            self._metrics.recent.add(duration_s, failed=self._status >= 500)
        _log.info(
            "%s %s %d %s request_id %s response_time %.1f",
            method, path, self._status, client, self._id, duration_s * 1000,
        )  # fmt: skip
        host = (self._scope.get("client") or ("-", 0))[0]
        target = self._scope.get("raw_path", b"").decode("ascii", "backslashreplace").replace('"', "%22")
        version = self._scope.get("http_version", "1.1")
        _access.info(logs.access_line(host, f"{method} {target} HTTP/{version}", self._status, self._sent))


def body(error: FinChatError, request_id: str) -> dict[str, object]:
    """The JSON body of an error."""
    return {
        "error": {"code": error.code, "message": error.message, "upstream": error.upstream},
        "request_id": request_id,
    }
