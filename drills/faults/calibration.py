"""What a fault of an upstream really does, measured from this machine through the proxy: one request to each link, on a
plain socket, so that each part of it has its own time and its own end.
"""

import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from cryptography import x509

from checks.target import Target
from drills.bench.interface import BenchView
from drills.bench.plan import UPSTREAMS

BOUND_S = 4.0
AGENT = "finchat-drills ops@example.com"
PATHS = {"edgar": "/files/company_tickers.json", "openai": "/v1/models"}
BYTES_MAX = 4 << 20


@runtime_checkable
class SeenFromHere(Protocol):
    """A bench whose upstreams this machine can ask, through the proxy that the services ask them through."""

    @property
    def target(self) -> Target: ...


@dataclass(frozen=True)
class Part:
    """One part of a request: what it is called, when it was over (ms from the start), and how it failed, if it did."""

    name: str
    at_ms: float
    failed: str | None = None


@dataclass(frozen=True)
class Measured:
    """One request. `parts`: those that were reached, the last may have failed. `received`: of the body, in bytes;
    `declared`: how many it said it has. `certificate_ends`: the last day of the one that was shown."""

    parts: tuple[Part, ...]
    status: int | None = None
    received: int = 0
    declared: int | None = None
    certificate_ends: str | None = None

    @property
    def text(self) -> str:
        """In one line, like "connect 0.4 ms, TLS 5.1 ms, 200 after 9.8 ms, 163 of 326 bytes, closed after 9.9 ms"."""
        said = [f"{part.name} {part.failed or 'ok'} after {part.at_ms:.1f} ms" for part in self.parts]
        if self.status is not None:
            of = "" if self.declared in (None, self.received) else f" of {self.declared}"
            said.append(f"status {self.status}, {self.received}{of} bytes")
        if self.certificate_ends:
            said.append(f"certificate until {self.certificate_ends}")
        return ", ".join(said)


def measured_through_proxy(bench: BenchView, links: Sequence[str]) -> Mapping[str, str]:
    """What one request over each link came to, by the name of its upstream; nothing where the target names no upstream,
    or the bench cannot be asked from this machine. All together end within 4 s."""
    addresses = _addresses(bench.target, links) if isinstance(bench, SeenFromHere) else {}
    with ThreadPoolExecutor(len(UPSTREAMS)) as pool:
        asked = {name: pool.submit(measure, url, name) for name, url in addresses.items()}
        return {name: one.result().text for name, one in asked.items()}


def _addresses(target: Target, links: Sequence[str]) -> dict[str, str]:
    """Where each link's upstream is reached from here, by its host name."""
    edgar, openai = target.edgar, target.openai
    urls = {
        "edgar-data": edgar and edgar.data_url,
        "edgar-www": edgar and edgar.www_url,
        "openai": openai and openai.url,
    }
    found = {}
    for upstream in UPSTREAMS:
        url = urls.get(upstream.name)
        if upstream.name in links and url:
            found[upstream.host_name] = f"https://{urlsplit(url).netloc}{PATHS[upstream.stand_in]}"
    return found


def measure(url: str, name: str, bound_s: float = BOUND_S) -> Measured:
    """One GET of `url` with TLS for `name`, over within `bound_s`. What goes wrong is what is measured."""
    address, began_s = urlsplit(url), time.monotonic()
    parts: list[Part] = []

    def left_s() -> float:
        return max(0.001, began_s + bound_s - time.monotonic())

    def over(part: str, error: Exception | None = None) -> None:
        parts.append(Part(part, (time.monotonic() - began_s) * 1000, words(error) if error else None))

    try:
        plain = socket.create_connection((address.hostname or "", address.port or 443), left_s())
    except OSError as error:
        over("connect", error)
        return Measured(tuple(parts))
    with plain:
        over("connect")
        try:
            plain.settimeout(left_s())
            secure = _any_certificate().wrap_socket(plain, server_hostname=name)
        except OSError as error:
            over("TLS", error)
            return Measured(tuple(parts))
        with secure:
            over("TLS")
            ends = _ends(secure.getpeercert(binary_form=True))
            request = f"GET {address.path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: {AGENT}\r\nConnection: close\r\n\r\n"
            answer = _answer(secure, request.encode(), left_s, over)
            return read_answer(answer, tuple(parts), ends)


def _answer(connection: socket.socket, request: bytes, left_s: Callable[[], float], over: Callable[..., None]) -> bytes:
    """All that comes until the other side closes, or the time is up."""
    answer = bytearray()
    try:
        connection.settimeout(left_s())
        connection.sendall(request)
        while len(answer) < BYTES_MAX:
            connection.settimeout(left_s())
            more = connection.recv(65536)
            if not answer:
                over("first byte" if more else "closed without a byte")
            if not more:
                break
            answer += more
        over("end")
    except OSError as error:
        over("end" if answer else "first byte", error)
    return bytes(answer)


def read_answer(answer: bytes, parts: tuple[Part, ...], certificate_ends: str | None) -> Measured:
    """Status, length declared and length received, of the bytes of an answer. Pure."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words_of_first = first.split()
    status = int(words_of_first[1]) if len(words_of_first) > 1 and words_of_first[1].isdecimal() else None
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = fields.get("content-length", "")
    return Measured(parts, status, len(body), int(length) if length.isdecimal() else None, certificate_ends)


def words(error: Exception) -> str:
    """How it ended, in a word or two."""
    match error:
        case TimeoutError():
            return "nothing"
        case ConnectionRefusedError():
            return "refused"
        case ConnectionResetError() | BrokenPipeError():
            return "reset"
        case ssl.SSLEOFError():
            return "closed"
        case ssl.SSLError():
            return f"TLS: {error.reason or error}"
        case _:
            return str(error)


def _any_certificate() -> ssl.SSLContext:
    """Takes every certificate: what it is worth is measured, and is no reason to hang up."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _ends(certificate: bytes | None) -> str | None:
    return f"{x509.load_der_x509_certificate(certificate).not_valid_after_utc:%Y-%m-%d}" if certificate else None
