"""A real Toxiproxy in front of a small HTTP server, and what a client of it sees."""

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from drills.bench.process import Service
from drills.bench.proxy import ProxyServer
from tests.harness.toxiproxy import real_toxiproxy

PAGE = b"x" * 20_000
PATIENCE_S = 5.0
# What a healthy request over loopback takes at most, on a busy machine.
QUICK_S = 0.5


@dataclass(frozen=True)
class Bench:
    """A real Toxiproxy, and the port of an HTTP server that gives PAGE and keeps its connections alive."""

    service: Service
    server: ProxyServer
    api_port: int
    upstream: str

    def proxied(self, name: str = "web") -> int:
        """The port of a new proxy to the HTTP server."""
        return self.server.create(name, "127.0.0.1:0", self.upstream).port


@contextlib.contextmanager
def bench_in(folder: Path) -> Iterator[Bench]:
    """The bench, its log in `folder`; skips the test where there is no Toxiproxy."""
    with real_toxiproxy(folder) as (service, api_port), _web() as port:
        server = ProxyServer("127.0.0.1", api_port)
        server.wait_until_ready(time.monotonic() + PATIENCE_S)
        yield Bench(service, server, api_port, f"127.0.0.1:{port}")


@contextlib.contextmanager
def _web() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else the page waits for the acknowledgement of its head.
        wbufsize = -1

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle()

        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    serving = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield web.server_port
    finally:
        web.shutdown()
        web.server_close()
        serving.join(PATIENCE_S)


@contextlib.contextmanager
def connected(port: int, patience_s: float = PATIENCE_S) -> Iterator[http.client.HTTPConnection]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=patience_s)) as connection:
        yield connection


def get(connection: http.client.HTTPConnection) -> float:
    """How long the whole page took, in seconds."""
    began_s = time.monotonic()
    connection.request("GET", "/")
    assert connection.getresponse().read() == PAGE
    return time.monotonic() - began_s


def fetch(port: int, patience_s: float = PATIENCE_S) -> float:
    """How long the page took on a connection of its own."""
    with connected(port, patience_s) as connection:
        return get(connection)
