"""Which exceptions under a request tell of a sick target, and which of a sick prober."""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable

import httpx
import pytest

from checks.exchange import Answer, NoAnswer
from checks.http import BODY_BYTES_MAX, Http, Request, is_loopback
from checks.network import diagnose

HERE, ELSEWHERE = "http://127.0.0.1:8000/health", "https://finchat.invalid/health"


def system(code: int) -> httpx.ConnectError:
    """As httpx shows a system call that failed: the OSError is the cause of the cause."""
    return wrapped(OSError(code, os.strerror(code)))


def wrapped(cause: BaseException, outer: type[httpx.TransportError] = httpx.ConnectError) -> httpx.ConnectError:
    middle = RuntimeError("All connection attempts failed")
    middle.__cause__ = cause
    error = outer("All connection attempts failed")
    error.__context__ = middle
    return error  # type: ignore[return-value]


def bad_certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "certificate has expired"
    return error


TARGET_IS_SICK = [
    (system(errno.ECONNREFUSED), HERE, "refused"),
    (wrapped(ExceptionGroup("two addresses", [OSError(errno.ECONNREFUSED, "x")])), HERE, "refused"),
    (system(errno.ECONNRESET), HERE, "reset"),
    (system(errno.EPIPE), HERE, "reset"),
    (system(errno.ETIMEDOUT), HERE, "timeout"),
    (system(errno.EHOSTUNREACH), HERE, "unreachable"),  # this machine has a route to itself
    (wrapped(socket.gaierror(socket.EAI_NONAME, "Name or service not known")), ELSEWHERE, "no_such_name"),
    (wrapped(bad_certificate()), ELSEWHERE, "tls_invalid"),
    (wrapped(ssl.SSLError(1, "wrong version number")), ELSEWHERE, "tls_failed"),
    (httpx.RemoteProtocolError("Server disconnected without sending a response."), HERE, "closed"),
    (httpx.RemoteProtocolError("peer closed connection without sending complete message body"), HERE, "closed"),
    (httpx.RemoteProtocolError("illegal status line: bytearray(b'SSH')"), HERE, "not_http"),
    (httpx.ReadError(""), HERE, "closed"),
]
PROBER_IS_SICK = [
    (wrapped(socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")), ELSEWHERE, "dns"),
    (wrapped(socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure")), ELSEWHERE, "dns"),
    (wrapped(socket.gaierror(socket.EAI_SYSTEM, "System error")), ELSEWHERE, "dns"),
    (system(errno.EMFILE), HERE, "resources"),
    (system(errno.ENFILE), HERE, "resources"),
    (system(errno.ENOMEM), HERE, "resources"),
    (system(errno.EADDRNOTAVAIL), HERE, "resources"),
    (system(errno.EPERM), HERE, "resources"),  # a firewall of this machine's own
    (system(errno.ENETUNREACH), ELSEWHERE, "no_route"),
    (httpx.ProxyError("403 Forbidden"), ELSEWHERE, "proxy"),
    (wrapped(OSError(errno.ECONNREFUSED, "x"), httpx.ProxyError), ELSEWHERE, "proxy"),
    (httpx.UnsupportedProtocol("Request URL has an unsupported protocol"), "gopher://x", "request"),
    (ValueError("a bug"), HERE, "request"),
]


@pytest.mark.parametrize(("error", "url", "kind"), TARGET_IS_SICK)
def test_what_the_target_does_is_a_failure(error: Exception, url: str, kind: str) -> None:
    trouble = diagnose(error, url)
    assert (trouble.kind, trouble.sick) == (kind, False)


@pytest.mark.parametrize(("error", "url", "kind"), PROBER_IS_SICK)
def test_what_this_machine_lacks_is_doubt(error: Exception, url: str, kind: str) -> None:
    trouble = diagnose(error, url)
    assert (trouble.kind, trouble.sick) == (kind, True)


def test_causes_that_go_in_a_circle_are_walked_once() -> None:
    first, second = httpx.ReadError(""), RuntimeError()
    first.__cause__, second.__cause__ = second, first
    assert diagnose(first, HERE).kind == "closed"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)
    assert not is_loopback(f"{host}.example.org")


def ask(
    handler: Callable[[httpx.Request], httpx.Response], timeout_s: float = 5, **request: object
) -> Answer | NoAnswer:
    """What comes of one request to a transport that does as `handler` does."""

    async def work() -> Answer | NoAnswer:
        async with Http(httpx.MockTransport(handler)) as http:
            wanted = Request("api", HERE, **request)  # type: ignore[arg-type]
            return (await http.ask(wanted, timeout_s=timeout_s)).result

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("error", "again", "tries"),
    [
        (httpx.ReadError("gone"), True, 2),
        (httpx.ReadError("gone"), False, 1),
        (system(errno.ECONNREFUSED), True, 2),
        (system(errno.EMFILE), True, 1),
        (wrapped(bad_certificate()), True, 1),
        (httpx.RemoteProtocolError("illegal header line"), True, 1),
    ],
)
def test_a_network_error_alone_is_tried_once_more(error: Exception, again: bool, tries: int) -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise error

    result = ask(handler, again=again)
    assert isinstance(result, NoAnswer)
    assert len(asked) == tries
    assert (result.retried is not None) is (tries == 2)


def test_a_bad_status_is_an_answer_and_asked_for_once() -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(503, stream=httpx.ByteStream(b""))

    result = ask(handler)
    assert isinstance(result, Answer)
    assert (result.status, len(asked)) == (503, 1)


def test_every_request_says_that_it_is_a_probe() -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    ask(handler)
    assert asked[0].headers["x-finchat-probe"]
    assert "finchat" in asked[0].headers["user-agent"]


@pytest.mark.parametrize(("size", "kept"), [(BODY_BYTES_MAX, True), (BODY_BYTES_MAX + 1, False)])
def test_a_body_has_a_limit(size: int, kept: bool) -> None:
    result = ask(lambda _: httpx.Response(200, stream=httpx.ByteStream(bytes(size))))
    assert isinstance(result, Answer) is kept


def test_an_address_that_cannot_be_asked_is_no_crash() -> None:
    async def work() -> Answer | NoAnswer:
        async with Http() as http:
            return (await http.ask(Request("api", "http://127.0.0.1/\x00"), timeout_s=1)).result

    result = asyncio.run(work())
    assert isinstance(result, NoAnswer)
