"""One bounded HTTP request: a deadline for all of it, a limit on the body, at most one more try."""

import asyncio
import ipaddress
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import urlsplit

import httpx

from checks import PROBE_HEADER, USER_AGENT
from checks.exchange import Answer, Exchange, NoAnswer
from checks.network import Trouble, diagnose, trust_store

BODY_BYTES_MAX = 4 * 1024 * 1024
_PHASES = (
    ("receive_response_body", "headers came, the body did not end"),
    ("receive_response_headers", "connected and asked, nothing came back"),
    ("start_tls", "connected, the TLS handshake did not end"),
    ("connect_tcp", "no connection"),
)


@dataclass(frozen=True)
class Request:
    """What is asked of whom. `again`: a second try after a network error costs nothing and changes nothing."""

    subject: str
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    again: bool = True


class Http:
    """The clients of one sweep. Plain HTTP needs no trust store, so the run of a plain target does not load one."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._clients: dict[tuple[str, bool], httpx.AsyncClient] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def ask(self, request: Request, *, timeout_s: float) -> Exchange:
        """What came of `request` within `timeout_s`, tries together. Never raises for what the target does."""
        started = time.monotonic()
        result, retried = await self._try(request, timeout_s), None
        left_s = timeout_s - (time.monotonic() - started)
        if isinstance(result, Trouble) and result.passing and request.again and left_s > 0:
            retried = result.seen
            result = await self._try(request, left_s)
        elapsed_s = time.monotonic() - started
        if isinstance(result, Trouble):
            return Exchange(NoAnswer(request.subject, result.kind, result.seen, result.sick, elapsed_s, retried))
        return Exchange(replace(result, elapsed_s=elapsed_s, retried=retried))

    async def _try(self, request: Request, timeout_s: float) -> Answer | Trouble:
        phases: list[str] = []

        async def trace(event: str, _: object) -> None:
            phases.append(event)

        try:
            async with asyncio.timeout(timeout_s):
                return await self._read(request, time.monotonic() + timeout_s, {"trace": trace})
        except TimeoutError:
            where = next((text for name, text in _PHASES if any(name in phase for phase in phases)), "no connection")
            kind = "slow_body" if "body" in where else "timeout"
            if where == "no connection" and has_proxy(request.url):
                return _proxy_trouble(request.url, "no connection to it")
            return Trouble(kind, f"{request.method} {request.url} not answered within {timeout_s:.3g} s ({where})")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            trouble = diagnose(error, request.url)
            at_proxy = isinstance(error, httpx.ConnectError) and not trouble.kind.startswith("tls")
            return _proxy_trouble(request.url, trouble.seen) if at_proxy and has_proxy(request.url) else trouble

    async def _read(self, request: Request, deadline: float, extensions: dict[str, object]) -> Answer | Trouble:
        url = httpx.URL(request.url)
        try:
            client = self._client(url.scheme, is_loopback(url.host))
        except OSError as error:
            if url.scheme != "https":
                raise
            return Trouble("ca_file", f"this machine's CA file is of no use: {error}; mend SSL_CERT_FILE", sick=True)
        except (ImportError, ValueError) as error:
            return _proxy_trouble(request.url, str(error))
        headers = {"User-Agent": USER_AGENT, PROBE_HEADER: "1", "Accept-Encoding": "identity", **request.headers}
        async with client.stream(
            request.method, request.url, headers=headers, content=request.body, extensions=extensions
        ) as response:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                # A flood of tiny chunks keeps the event loop from its own timeout, and other probes from their turn.
                await asyncio.sleep(0)
                if time.monotonic() > deadline:
                    raise TimeoutError
                if len(body) > BODY_BYTES_MAX:
                    return Trouble("body_too_large", f"a body of more than {BODY_BYTES_MAX} bytes from {request.url}")
            encoding = response.headers.get("content-encoding", "identity")
            if encoding != "identity":
                return Trouble(
                    "encoded", f"a body encoded as {encoding[:40]} from {request.url}, though none was asked for"
                )
            cookies = "\n".join(response.headers.get_list("set-cookie"))
            return Answer(
                subject=request.subject,
                method=request.method,
                url=request.url,
                status=response.status_code,
                headers={**response.headers, "set-cookie": cookies},
                body=bytes(body),
                elapsed_s=0.0,
                received_at=time.time(),
            )

    def _client(self, scheme: str, loopback: bool) -> httpx.AsyncClient:
        if (scheme, loopback) not in self._clients:
            self._clients[scheme, loopback] = httpx.AsyncClient(
                verify=trust_store() if scheme == "https" and self._transport is None else False,
                timeout=None,
                transport=self._transport,
                trust_env=not loopback,  # no proxy stands between this machine and itself
            )
        return self._clients[scheme, loopback]


def has_proxy(url: str) -> bool:
    """Whether a proxy variable of this machine's environment stands between it and `url`."""
    parts = urlsplit(url)
    proxies, host = urllib.request.getproxies(), parts.hostname or ""
    named = proxies.get(parts.scheme) or proxies.get("all")
    return bool(named) and not is_loopback(host) and not urllib.request.proxy_bypass(host)


def _proxy_trouble(url: str, said: str) -> Trouble:
    return Trouble("proxy", f"this machine's proxy is of no use for {url}: {said}; mend HTTP(S)_PROXY", sick=True)


def sendable(text: str) -> bool:
    """Whether what a target gave can go back to it in a header or an address."""
    return text.isascii() and text.isprintable()


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its name or number."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
