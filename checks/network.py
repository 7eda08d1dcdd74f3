"""Telling a sick target from a sick prober: what an exception under a request means."""

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

_OUT_OF_RESOURCES = {
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ENOBUFS,
    errno.EADDRNOTAVAIL,
    errno.EACCES,
    errno.EPERM,
}
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
_HUNG_UP = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}


@dataclass(frozen=True)
class Trouble:
    """`kind` ends the reason's code. `passing`: a network error, worth one more try within the same deadline."""

    kind: str
    seen: str
    sick: bool = False
    passing: bool = False


def diagnose(error: Exception, url: str) -> Trouble:
    """What `error`, raised while `url` was asked, says: of the target, or of this machine (sick)."""
    host = urlsplit(url).hostname or url
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return _name_trouble(cause, host)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Trouble("tls_invalid", f"a certificate that does not verify: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return Trouble(
                "tls_failed", f"a TLS handshake that failed: {getattr(cause, 'reason', None) or cause}", passing=True
            )
    if isinstance(error, httpx.ProxyError):
        return Trouble("proxy", f"this machine's proxy does not serve {host}: {error}", sick=True)
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno:
            return _system_trouble(cause, host)
    if isinstance(error, httpx.RemoteProtocolError):
        if "disconnected" in str(error) or "closed" in str(error):
            return Trouble("closed", "the connection closed before the answer was whole", passing=True)
        return Trouble("not_http", f"bytes that are not HTTP: {error}")
    if isinstance(error, httpx.NetworkError):
        return Trouble("closed", "the connection broke before the answer was whole", passing=True)
    return Trouble("request", f"{type(error).__name__}: {error}", sick=True)


def trust_store() -> ssl.SSLContext:
    """The TLS context of this run, from SSL_CERT_FILE or the bundled roots. Raises OSError where the file is no use."""
    import certifi

    file = Path(os.environ.get("SSL_CERT_FILE") or certifi.where())
    with file.open("rb"):
        return ssl.create_default_context(cafile=str(file))


def _name_trouble(error: socket.gaierror, host: str) -> Trouble:
    if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
        return Trouble("no_such_name", f"a name that does not exist: {host}")
    return Trouble("dns", f"this machine cannot look up {host}: {error.strerror}", sick=True)


def _system_trouble(error: OSError, host: str) -> Trouble:
    said = os.strerror(error.errno or 0)
    if error.errno == errno.ECONNREFUSED:
        return Trouble("refused", f"a refused connection to {host}", passing=True)
    if error.errno in _HUNG_UP:
        return Trouble("reset", f"a connection that was reset ({said})", passing=True)
    if error.errno in _NO_ROUTE:
        if _has_route(host):
            return Trouble("unreachable", f"{host} not reached: {said}", passing=True)
        return Trouble("no_route", f"this machine has no route to {host}", sick=True)
    if error.errno == errno.ETIMEDOUT:
        return Trouble("timeout", f"no answer to the connection attempt ({said})")
    sick = error.errno in _OUT_OF_RESOURCES
    return Trouble("resources" if sick else "network", f"{said} while {host} was asked", sick=sick, passing=not sick)


def _has_route(host: str) -> bool:
    """Whether this machine's own routing table knows a way: connecting a datagram socket sends nothing."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(address)
    except OSError:
        return False
    return True


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error`, what it was raised from, and the members of exception groups on the way."""
    todo, seen = [error], set[int]()
    while todo:
        current = todo.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            todo.extend(current.exceptions)
        todo.extend(cause for cause in (current.__cause__, current.__context__) if cause)
