"""A real Toxiproxy, where there is one, and a fake that keeps the shape of its API and lies, both on 127.0.0.1."""

import contextlib
import io
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from docker.errors import NotFound

from drills.bench.engine import EngineError, connect
from drills.bench.images.bases import TOXIPROXY_VERSION
from drills.bench.images.builder import Foreseer
from drills.bench.images.catalogue import ensure_images
from drills.bench.labels import IMAGE_LABELS
from drills.bench.process import ReservedPort, Service
from drills.bench.proxy import ProxyServer
from drills.bench.toxics import Latency

BINARY_VARIABLE = "FINCHAT_DRILLS_TOXIPROXY"
HELD = Latency(10)
_HELD_S_MAX = 30.0


def toxiproxy_binary() -> Path:
    """The server's binary, taken out of the bench's image if need be; skips the test where there is none."""
    given = os.environ.get(BINARY_VARIABLE)
    path = Path(given) if given else Path.home() / ".cache" / "finchat-drills" / f"toxiproxy-{TOXIPROXY_VERSION}"
    if not path.is_file() and not given:
        _take_out_of_the_image(path)
    if not path.is_file():
        pytest.skip(f"There is no Toxiproxy server at {path}: `make images`, or set {BINARY_VARIABLE} to its path.")
    return path


def _take_out_of_the_image(path: Path) -> None:
    try:
        client = connect()
    except EngineError:
        return
    with contextlib.closing(client), contextlib.suppress(NotFound):
        tag = ensure_images(Foreseer(client, lambda text: None)).toxiproxy
        container = client.containers.create(tag, labels=dict(IMAGE_LABELS))
        try:
            chunks, _ = container.get_archive("/toxiproxy")
            packed = io.BytesIO(b"".join(chunks))
        finally:
            container.remove(force=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{path.name}.{os.getpid()}")
        with tarfile.open(fileobj=packed) as tar, half.open("wb") as file:
            found = tar.extractfile(tar.getmembers()[0])
            assert found is not None
            shutil.copyfileobj(found, file)
        half.chmod(0o755)
        half.replace(path)


@contextlib.contextmanager
def real_toxiproxy(folder: Path) -> Iterator[tuple[Service, int]]:
    """A Toxiproxy 2.12.0 of our own, and the port of its API; its log goes to `folder`."""
    binary, port = toxiproxy_binary(), ReservedPort()
    command = [str(binary), "-host", "127.0.0.1", "-port", str(port.number)]
    service = Service(
        "toxiproxy", command, {}, folder, folder / "toxiproxy.log", f"http://127.0.0.1:{port.number}/version"
    )
    try:
        service.start()
        yield service, port.number
    finally:
        service.kill()
        port.release()


@dataclass
class FakeToxiproxy:
    """An in-memory Toxiproxy without any proxying. `lie` answers every write in its place; reads stay true."""

    version: str = "2.12.0"
    lie: "Lie | None" = None
    proxies: dict[str, dict[str, Any]] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def read(self, path: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"version": self.version}
        if path == "/proxies":
            return 200, self.proxies
        proxy = self.proxies.get(path.split("/")[2])
        return (200, proxy) if proxy else (404, {"error": "proxy not found", "status": 404})

    def write(self, verb: str, path: str, body: dict[str, Any]) -> tuple[int, object]:
        if path == "/proxies":
            self.proxies[body["name"]] = {**body, "toxics": []}
            return 201, self.proxies[body["name"]]
        _, _, name, *rest = path.split("/")
        proxy = self.proxies[name]
        if not rest:
            proxy.update(body)
        elif verb == "POST":
            proxy["toxics"].append(body)
        else:
            proxy["toxics"] = [toxic for toxic in proxy["toxics"] if toxic["name"] != rest[-1]]
        return 200, proxy


Write = tuple[str, str, dict[str, Any]]
Lie = Callable[[FakeToxiproxy, BaseHTTPRequestHandler, Write], None]
"""Answers a write (verb, path, body) itself."""


def send(handler: BaseHTTPRequestHandler, status: int, value: object) -> None:
    data = json.dumps(value).encode()
    handler.send_response_only(status)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def says(status: int) -> Lie:
    """The status, and nothing done."""
    return lambda _, handler, __: send(handler, status, {"error": "so it says", "status": status})


def alters(change: Callable[[dict[str, Any]], object]) -> Lie:
    """What was asked is done, and `change` is done to the proxy as well."""

    def lie(fake: FakeToxiproxy, handler: BaseHTTPRequestHandler, write: Write) -> None:
        answer = fake.write(*write)
        for proxy in fake.proxies.values():
            change(proxy)
        send(handler, *answer)

    return lie


def on(name: str, lie: Lie) -> Lie:
    """The lie for one proxy; the others are told the truth."""

    def chosen(fake: FakeToxiproxy, handler: BaseHTTPRequestHandler, write: Write) -> None:
        if write[1].split("/")[2] == name:
            lie(fake, handler, write)
        else:
            send(handler, *fake.write(*write))

    return chosen


def silent(fake: FakeToxiproxy, _: BaseHTTPRequestHandler, __: Write) -> None:
    fake.closing.wait(_HELD_S_MAX)


def drips(fake: FakeToxiproxy, handler: BaseHTTPRequestHandler, _: Write) -> None:
    """One byte a second of an answer without an end."""
    handler.send_response_only(200)
    handler.end_headers()
    for _second in range(int(_HELD_S_MAX)):
        handler.wfile.write(b" ")
        if fake.closing.wait(1):
            return


def drips_its_head(fake: FakeToxiproxy, handler: BaseHTTPRequestHandler, _: Write) -> None:
    """One header a second, and never the last one."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for second in range(int(_HELD_S_MAX)):
        handler.wfile.write(b"X-%d: y\r\n" % second)
        if fake.closing.wait(1):
            return


def hangs_up(_: FakeToxiproxy, handler: BaseHTTPRequestHandler, __: Write) -> None:
    handler.close_connection = True


@contextlib.contextmanager
def fake_toxiproxy(version: str = "2.12.0") -> Iterator[FakeToxiproxy]:
    """A fake that tells the truth until its `lie` is set."""
    fake = FakeToxiproxy(version)

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            self.close_connection = True
            if self.raw_requestline and self.parse_request():
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self._answer()

        def _answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            if self.command == "GET":
                send(self, *fake.read(self.path))
            elif fake.lie:
                fake.lie(fake, self, (self.command, self.path, body))
            else:
                send(self, *fake.write(self.command, self.path, body))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.port = server.server_port
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield fake
    finally:
        fake.closing.set()
        server.shutdown()
        server.server_close()
        serving.join(_HELD_S_MAX)


@contextlib.contextmanager
def standing_fake() -> Iterator[FakeToxiproxy]:
    """A fake with the proxies a and b, on which HELD is, and one that is off."""
    with fake_toxiproxy() as fake:
        server = server_of(fake)
        for name in ("a", "b", "off"):
            server.create(name, "127.0.0.1:9", "127.0.0.1:8")
        server.add_toxic("a", HELD)
        server.add_toxic("b", HELD)
        server.disable("off")
        yield fake


def server_of(fake: FakeToxiproxy, deadline_s: float = 5.0) -> ProxyServer:
    return ProxyServer("127.0.0.1", fake.port, deadline_s)


def bend_attributes(proxy: dict[str, object]) -> None:
    toxics = proxy["toxics"]
    assert isinstance(toxics, list)
    for toxic in toxics:
        toxic["attributes"] = dict.fromkeys(toxic["attributes"], 77)
