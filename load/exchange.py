"""One request and its answer over one of a user's connections: no cookies, no redirects, and no second try.

Locust's session does more than a load of API calls needs, at twice the processor time, and sends a GET again when its
connection breaks: a service that drops every tenth would look whole. So the request's bytes are made once, and go over
the connections that FastHttpUser keeps.
"""

import os
import time
from dataclasses import dataclass
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import gevent
from gevent.socket import socket
from geventhttpclient.client import HTTPClientPool
from geventhttpclient.connectionpool import ConnectionPool
from geventhttpclient.response import HTTPSocketPoolResponse

from load.plan import Endpoint
from load.records import Answered

HEADERS = {"User-Agent": "finchat-load", "Accept": "*/*", "Accept-Encoding": "identity"}
"""Marked as load, and not as a probe: the service counts it as it counts its users."""
QUIET_S_MAX = 1.0
"""A connection that was quiet for longer is not used again. Servers close theirs after 2 s (gunicorn's default) or 5 s
(uvicorn's), and a request that crosses such a close would look like a failure of the service."""


@dataclass(frozen=True)
class Request:
    """What is sent to an endpoint, but for its body and its length."""

    method: str
    url: str
    head: bytes

    @classmethod
    def to(cls, endpoint: Endpoint) -> "Request":
        """Made of the plan's endpoint and of the token in this process's environment."""
        parts = urlsplit(endpoint.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, **HEADERS}
        if endpoint.method == "POST":
            headers["Content-Type"] = "application/json"
        if endpoint.token_env:
            headers["Authorization"] = f"Bearer {os.environ.get(endpoint.token_env, '')}"
        lines = [f"{endpoint.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return cls(endpoint.method, endpoint.url, "\r\n".join(lines).encode("latin-1"))

    def packed(self, body: str) -> bytes:
        """All of it."""
        if self.method != "POST":
            return self.head + b"\r\n\r\n"
        content = body.encode()
        return b"%s\r\nContent-Length: %d\r\n\r\n%s" % (self.head, len(content), content)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` 0: nothing that is an answer, and `trouble` says what instead."""

    status: int = 0
    content: bytes = b""
    late_s: float = 0.0
    trouble: Answered = Answered.NO_ANSWER


class Exchange:
    """Exchanges requests for answers, over connections that are as fresh as a server wants them."""

    def __init__(self) -> None:
        self._quiet_since_s: WeakKeyDictionary[socket, float] = WeakKeyDictionary()

    def __call__(self, pool: HTTPClientPool, request: Request, body: str, late_header: str = "") -> Answer:
        """Sends the request, and waits for its answer's last byte. `late_header`: one that holds seconds."""
        # Its HTTPClient.request would try again.
        connections = pool.get_client(request.url)._connection_pool
        try:
            connection = self._connection(connections)
            try:
                connection.sendall(request.packed(body))
            except BaseException:
                connections.release_socket(connection)
                raise
            response = HTTPSocketPoolResponse(connection, connections, method=request.method)
            content = bytes(response.read())
            self._quiet_since_s[connection] = time.perf_counter()
            late_s = float(str(response.get(late_header, "0"))) if late_header else 0.0
            return Answer(response.get_code(), content, late_s)
        except (TimeoutError, gevent.Timeout):
            return Answer(trouble=Answered.TIMED_OUT)
        except Exception:  # refused, reset, ended in the middle, or no HTTP: whatever it was, it was no answer
            return Answer()

    def _connection(self, connections: ConnectionPool) -> socket:
        while True:
            connection = connections.get_socket()
            since_s = self._quiet_since_s.get(connection)
            if since_s is None or time.perf_counter() - since_s < QUIET_S_MAX:
                return connection
            connections.release_socket(connection)
