"""Servers that stand in front of a real service: one that records and lies, one that speaks TLS, both on 127.0.0.1."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_TIMEOUT_S = 15.0
_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Lie = Callable[[Asked, Reply], Reply]
"""Makes another answer out of the true one."""


@dataclass(frozen=True)
class Front:
    """A running front: its address, and the requests that it has seen."""

    url: str
    seen: list[Asked] = field(default_factory=list)


@contextlib.contextmanager
def front(url: str, lies: Mapping[str, Lie] | None = None) -> Iterator[Front]:
    """Passes every request on to the service at `url`; the answers on a path of `lies` are made others."""
    behind, known = urlsplit(url), dict(lies or {})
    seen: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if self.raw_requestline and self.parse_request():
                self._answer()
            self.close_connection = True

        def _answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(int(headers.get("content-length", 0))))
            seen.append(asked)
            reply = _pass_on(asked, behind.hostname or "", behind.port or 80)
            if lie := known.get(urlsplit(asked.path).path):
                reply = lie(asked, reply)
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(reply.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield Front(f"http://127.0.0.1:{server.server_port}{behind.path}", seen)
    finally:
        server.shutdown()
        server.server_close()
        serving.join(_TIMEOUT_S)


def header(name: str, value: str | None) -> Lie:
    """Another value of a header; None: the header is left out."""

    def lie(_: Asked, reply: Reply) -> Reply:
        kept = {key: old for key, old in reply.headers.items() if key != name.lower()}
        return replace(reply, headers=kept if value is None else {**kept, name.lower(): value})

    return lie


def status(code: int) -> Lie:
    return lambda _, reply: replace(reply, status=code)


def body(text: str) -> Lie:
    return lambda _, reply: replace(reply, body=text.encode())


def added(text: str) -> Lie:
    """More text at the end of the body."""
    return lambda _, reply: replace(reply, body=reply.body + text.encode())


def swapped(old: str, new: str) -> Lie:
    """`new` in place of every `old` in the body."""
    return lambda _, reply: replace(reply, body=reply.body.replace(old.encode(), new.encode()))


def json_with(change: Callable[[dict[str, object]], object]) -> Lie:
    """The JSON object of the body after `change`, which changes it in place."""

    def lie(_: Asked, reply: Reply) -> Reply:
        value = json.loads(reply.body)
        change(value)
        return replace(reply, body=json.dumps(value).encode())

    return lie


@contextlib.contextmanager
def tls_front(url: str, context: ssl.SSLContext) -> Iterator[str]:
    """An https address in front of the plain service at `url`."""
    behind = urlsplit(url)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=attend, args=(listener.accept()[0],), daemon=True).start()

    def attend(raw: socket.socket) -> None:
        raw.settimeout(_TIMEOUT_S)
        with (
            contextlib.suppress(OSError),
            raw,
            context.wrap_socket(raw, server_side=True) as outside,
            socket.create_connection((behind.hostname, behind.port), _TIMEOUT_S) as inside,
        ):
            back = threading.Thread(target=_pump, args=(inside, outside), daemon=True)
            back.start()
            _pump(outside, inside)
            back.join(_TIMEOUT_S)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        serving.join(_TIMEOUT_S)


def _pass_on(asked: Asked, host: str, port: int) -> Reply:
    """The real answer; 502 where there is none."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    headers = {name: value for name, value in asked.headers.items() if name not in _HOP_BY_HOP}
    try:
        connection.request(asked.method, asked.path, asked.body or None, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP}
        return Reply(answer.status, kept, answer.read())
    except (OSError, http.client.HTTPException) as error:
        return Reply(502, {"content-type": "text/plain"}, str(error).encode())
    finally:
        connection.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
