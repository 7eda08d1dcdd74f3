"""Targets that misbehave: a failed check with a reason, in bounded time and memory, and never a traceback."""

import gzip
import socket
import struct
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.hostile import Behaviour, against, always, finchat, reply, serve

PROBE_TIMEOUT_S = 1.0
OVERHEAD_BOUND_S = 5.0  # starting Python and pytest, on a machine with other work to do
PEAK_MB_MAX = 150.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def flood(head: bytes, piece: bytes, pause_s: float = 0.0) -> Behaviour:
    """`head`, then `piece` again and again until the other side leaves."""

    def behave(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        while not threading.Event().wait(pause_s):
            connection.sendall(piece)

    return behave


def redirect_to_itself(connection: socket.socket, head: bytes) -> None:
    connection.sendall(reply(status=302, headers={"Location": head.split(b" ")[1].decode()}))


def reset(connection: socket.socket, _: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def never(connection: socket.socket, _: bytes) -> None:
    connection.recv(1)


REACHED = {
    "a redirect loop": (redirect_to_itself, "health_status"),
    "bytes that are not UTF-8": (always(reply(b'{"status": "\xff\xfe"}')), "not_utf8"),
    "UTF-16": (always(reply('{"status": "healthy"}'.encode("utf-16"))), "not_utf8"),
    "another content type": (always(reply('{"status": "healthy"}', kind="text/html")), "not_json"),
    "NaN": (always(reply('{"status": NaN}')), "not_json"),
    "deep nesting": (always(reply("[" * 200_000)), "not_json"),
    "deeply nested objects": (always(reply('{"a":' * 100_000)), "not_json"),
    "a list": (always(reply('[{"status": "healthy"}]')), "not_json"),
    "a number of ten thousand digits": (always(reply('{"status": ' + "9" * 10_000 + "}")), "not_json"),
    "an empty body": (always(reply()), "not_json"),
    "no content": (always(b"HTTP/1.1 204 No Content\r\n\r\n"), "health_status"),
    "a status that nobody knows": (always(b"HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\n{}"), "health_status"),
    "a gzip bomb that was not asked for": (
        always(reply(gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})),
        "encoded",
    ),
    "half a character pair": (always(reply('{"status": "\\ud800"}')), "unhealthy"),
    "a status that is an object": (always(reply('{"status": {"a": 1}}')), "health_body"),
    "escape sequences for the terminal": (always(reply('{"status": "\x1b[2J"}')), "not_json"),
}
NOT_ANSWERED = {
    "an endless body": (flood(HEAD + b"\r\n", bytes(65536)), "body_too_large"),
    "a body of 2 GB": (flood(HEAD + b"Content-Length: 2147483648\r\n\r\n", bytes(65536)), "body_too_large"),
    "endless large chunks": (
        flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + bytes(65536) + b"\r\n"),
        "body_too_large",
    ),
    "endless headers": (flood(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"b" * 1000 + b"\r\n"), "not_http"),
    "one endless header": (flood(b"HTTP/1.1 200 OK\r\nX-A: ", b"b" * 1000), "not_http"),
    "bytes that are not HTTP": (always(bytes(range(256)) * 8), "not_http"),
    "a greeting of another protocol": (always(b"SSH-2.0-OpenSSH_9.2\r\n"), "closed"),
    "two lengths": (always(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), "not_http"),
    "a negative length": (always(HEAD + b"Content-Length: -5\r\n\r\nhello"), "not_http"),
    "a connection closed before the answer": (always(b""), "closed"),
    "a connection closed in the headers": (always(b"HTTP/1.1 200 OK\r\nContent-Ty"), "closed"),
    "a connection closed in the body": (always(HEAD + b'Content-Length: 1000\r\n\r\n{"sta'), "closed"),
    "a connection reset": (reset, "reset"),
    "a status line that is none": (always(b"HTTP/9.9 OK\r\n\r\n"), "not_http"),
}
NOT_IN_TIME = {
    "no answer": (never, "timeout"),
    "headers drop by drop": (flood(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.05), "timeout"),
    "endless interim answers": (flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10, 0.01), "timeout"),
    "a body drop by drop": (flood(HEAD + b"Content-Length: 1000\r\n\r\n", b"x", 0.05), "slow_body"),
    "a flood of tiny chunks": (
        flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000),
        "slow_body",
    ),
}


def pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Two a run, the one as the API and the other as the webapp: a run costs most of a second."""
    listed = list(names)
    assert len(listed) % 2 == 0
    return list(zip(listed[::2], listed[1::2], strict=True))


@pytest.mark.parametrize(("api", "webapp"), pairs(REACHED))
def test_an_answer_that_is_none_fails_with_its_reason(api: str, webapp: str) -> None:
    with serve(REACHED[api][0]) as url, serve(REACHED[webapp][0]) as webapp_url:
        ended = against(url, "--webapp-url", webapp_url, timeout_s=5)
    assert ended.exit_code == 1
    assert ended.clean, ended.text
    assert ended.codes()["api_is_healthy"] == f"api.{REACHED[api][1]}"
    assert ended.codes()["webapp_is_healthy"] == f"webapp.{REACHED[webapp][1]}"
    assert ended.peak_mb < PEAK_MB_MAX
    assert "\x1b" not in ended.text


@pytest.mark.parametrize(("api", "webapp"), pairs(NOT_ANSWERED))
def test_no_whole_answer_fails_with_its_reason(api: str, webapp: str) -> None:
    with serve(NOT_ANSWERED[api][0]) as url, serve(NOT_ANSWERED[webapp][0]) as webapp_url:
        ended = against(url, "--webapp-url", webapp_url, timeout_s=5)
    assert ended.exit_code == 1
    assert ended.clean, ended.text
    assert set(ended.codes().values()) == {f"api.{NOT_ANSWERED[api][1]}", f"webapp.{NOT_ANSWERED[webapp][1]}"}
    assert ended.peak_mb < PEAK_MB_MAX


@pytest.mark.slow
@pytest.mark.parametrize("name", NOT_IN_TIME)
def test_what_never_ends_costs_one_timeout_for_all_checks_together(name: str) -> None:
    behaviour, kind = NOT_IN_TIME[name]
    with serve(behaviour) as url:
        run = against(url, timeout_s=PROBE_TIMEOUT_S)
    assert run.exit_code == 1
    assert run.clean, run.text
    assert set(run.codes().values()) == {f"api.{kind}", f"webapp.{kind}"}
    assert run.took_s < PROBE_TIMEOUT_S + OVERHEAD_BOUND_S
    assert run.peak_mb < PEAK_MB_MAX


@pytest.mark.parametrize(
    ("ready", "kind"),
    [('"true"', "ready_body"), ("false", "ready_false")],
)
def test_ready_is_nothing_but_true(ready: str, kind: str) -> None:
    with serve(finchat({"/ready": reply(f'{{"ready": {ready}}}')})) as url:
        run = against(url, timeout_s=5)
    assert run.exit_code == 1
    failed = {id_: said.code for id_, said in run.said().items() if said.outcome != "PASS"}
    assert failed == {"api_is_ready": f"api.{kind}", "webapp_is_ready": f"webapp.{kind}"}


@pytest.mark.parametrize("status", [302, 404])
def test_a_page_that_is_not_there_is_no_page(status: int) -> None:
    """Where a webapp has neither /health nor /ready, its page alone says whether it is up."""
    with serve(finchat({"/": reply(status=status, headers={"Location": "/"})})) as url:
        run = against(url, "--target", "finchat-2", timeout_s=5)
    assert run.exit_code == 1
    assert run.codes()["webapp_is_reachable"] == "webapp.page_status"


def test_a_broken_connection_is_tried_once_more_and_said() -> None:
    seen: dict[str, int] = {}
    lock = threading.Lock()
    well = finchat()

    def break_the_first(connection: socket.socket, head: bytes) -> None:
        path = head.split(b" ")[1].decode()
        with lock:
            seen[path] = seen.get(path, 0) + 1
            first = seen[path] == 1
        if not first:
            well(connection, head)

    with serve(break_the_first) as url:
        run = against(url, timeout_s=5)
    assert run.exit_code == 0, run.text
    assert "(passed on retry, after: the connection closed" in run.text


METRICS_NOT_GOOD: dict[str, tuple[bytes, str]] = {
    "NaN": (b"# TYPE a counter\na_total NaN\n", "metrics.not_a_number"),
    "garbage": (b"{{{{ not prometheus", "metrics.malformed"),
    "too much": (b"a 1\n" * 300_000, "metrics.too_large"),
}


@pytest.mark.parametrize("name", METRICS_NOT_GOOD)
def test_metrics_that_are_none_fail_with_their_reason(name: str, tmp_path: Path) -> None:
    body, code = METRICS_NOT_GOOD[name]
    with serve(finchat({"/metrics": reply(body, kind="text/plain")})) as url:
        run = against(url, "checks/test_service_levels.py", "-m", "p1 or p2", f"--state={tmp_path}", timeout_s=5)
    assert run.exit_code == 1
    assert run.clean, run.text
    assert run.codes()["api_metrics_are_numbers"] == code
    assert run.took_s < OVERHEAD_BOUND_S


HOSTILE_WORDS: dict[str, tuple[str, bytes, str, str]] = {
    "a version that is an object": (
        "/health",
        reply('{"status":"healthy","version":{}}'),
        "versions_agree",
        "version.missing",
    ),
    "a Date from outside the calendar": (
        "/health",
        reply('{"status":"healthy"}', headers={"Date": "Mon, 01 Jan 0001 00:00:00 -2359"}),
        "clocks_agree",
        "clock.skew",
    ),
    "a Date that is none": ("/health", reply("{}", headers={"Date": "x" * 5000}), "clocks_agree", "clock.no_date"),
}


@pytest.mark.parametrize("name", HOSTILE_WORDS)
def test_hostile_words_in_an_answer_end_no_run(name: str) -> None:
    path, answer, check, code = HOSTILE_WORDS[name]
    with serve(finchat({path: answer})) as url:
        run = against(url, "-m", "p3", timeout_s=5)
    assert run.exit_code == 1
    assert run.clean, run.text
    assert run.codes()[check] == code
    assert max(map(len, run.text.splitlines())) < 1200


FORMS: dict[str, tuple[bytes, str]] = {
    "no form": (reply("<p>hello", kind="text/html"), "webapp.no_form"),
    "a form for somebody else": (
        reply('<form method="post" action="https://example.org/"><input name="question">', kind="text/html"),
        "webapp.form_elsewhere",
    ),
    "a form for no address": (
        reply('<form method="post" action="http://[::1"><input name="question">', kind="text/html"),
        "webapp.form_elsewhere",
    ),
    "a form for an address in ink": (
        reply('<form method="post" action="/\u00fc"><input name="question">', kind="text/html"),
        "webapp.form_elsewhere",
    ),
    "a cookie that cannot go back": (
        reply('<form method="post" action="/"><input name="question">', kind="text/html").replace(
            b"Connection:", b"Set-Cookie: a=\xc3\xbc\r\nConnection:"
        ),
        "webapp.cookie_malformed",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_cannot_be_sent_is_the_pages_fault(name: str) -> None:
    page, code = FORMS[name]
    with serve(finchat({"/": page})) as url:
        run = against(url, "-m", "p2", "--max-paid-calls", "9", "-k", "web_page", timeout_s=5)
    assert (run.exit_code, run.codes()) == (1, {"web_page_answers_a_question": code}), run.text
