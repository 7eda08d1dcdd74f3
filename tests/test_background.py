"""The users in the background of a drill, against real servers that are well, fail, hang, or are not there."""

import json
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from checks import PROBE_HEADER
from checks.target import Api, Question, Target, Webapp
from drills.background import IN_FLIGHT_MAX, Users, asking, body_of, due_at, road_of, roads_of, verdict_on
from drills.bench.process import BenchError
from drills.impact import Result, impact_of_users
from tests.hostile import Behaviour, always, eventually, reply, serve

ANSWER = '{"answer": "Risks [1].", "citations": [], "metadata": {"mode": "live"}}'
FALLBACK = '{"answer": "Quoted [1].", "citations": [], "metadata": {"mode": "fallback"}}'
WELL = always(reply(ANSWER))
QUESTION = Question(ticker="ACME", text="What are the risks?")
RATE_PER_S = 50.0


def target(url: str, *, webapp: Webapp | None = None, timeout_s: float = 5.0) -> Target:
    return Target(name="t", timeout_s=timeout_s, api=Api(url=url), webapp=webapp, question=QUESTION)


def never(connection: socket.socket, _: bytes) -> None:
    connection.recv(1)


def came(users: Users, count: int) -> bool:
    return eventually(lambda: len(users.answers()) >= count)


@pytest.mark.parametrize(
    ("behaviour", "result"),
    [
        (WELL, Result.ANSWERED),
        (always(reply(FALLBACK)), Result.DEGRADED),
        (always(reply('{"error": {"code": "edgar_timeout"}}', 500)), Result.FAILED),
        (always(b"SSH-2.0-OpenSSH\r\n"), Result.FAILED),
        (lambda connection, _: connection.close(), Result.FAILED),
    ],
    ids=["well", "fallback", "500", "not http", "closed"],
)
def test_what_the_service_does_is_what_the_users_got(behaviour: Behaviour, result: Result) -> None:
    with serve(behaviour) as url, asking(target(url), {}, RATE_PER_S) as users:
        assert came(users, 5)
    # One that was under way at the end is cut off, and nobody's failure.
    assert {one.result for one in users.answers()} - {Result.CUT_OFF} == {result}
    assert users.trouble() is None


def test_a_service_that_is_not_there_fails_its_users() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with asking(target(f"http://127.0.0.1:{port}"), {}, RATE_PER_S) as users:
        assert came(users, 3)
    assert {one.result for one in users.answers()} - {Result.CUT_OFF} == {Result.FAILED}


def test_a_service_that_hangs_moves_no_question_and_no_latency_is_left_out() -> None:
    with serve(never) as url, asking(target(url, timeout_s=0.3), {}, RATE_PER_S) as users:
        assert came(users, 10)
    intended_s = sorted(one.intended_s for one in users.answers())
    assert intended_s == [due_at(users.began_s, number, RATE_PER_S) for number in range(len(intended_s))]
    failed = [one for one in users.answers() if one.result is Result.FAILED]
    assert failed
    assert all(one.latency_s >= 0.3 and one.said == "no answer within 0.3 s" for one in failed)


def test_who_cannot_be_sent_for_all_that_wait_has_failed() -> None:
    with serve(never) as url, asking(target(url), {}, 200.0) as users:
        assert came(users, 5)  # none of those that were sent has an answer yet
    impact = impact_of_users(users.answers(), users.began_s, time.monotonic())
    assert impact.unsent == impact.failed == impact.requests >= 5
    assert impact.cut_off == IN_FLIGHT_MAX


def test_users_leave_at_once_whatever_hangs() -> None:
    held = threading.Semaphore(0)

    def hang(connection: socket.socket, _: bytes) -> None:
        held.release()
        connection.recv(1)

    with serve(hang) as url:
        with asking(target(url, timeout_s=60.0), {}, RATE_PER_S) as users:
            assert held.acquire(timeout=5)
            leaving_s = time.monotonic()
        assert time.monotonic() - leaving_s < 1.0
    assert users.answers()
    assert {one.result for one in users.answers()} == {Result.CUT_OFF}
    assert not [thread for thread in threading.enumerate() if thread.name == "users"]


def test_users_are_no_probes_and_come_anew_each_time() -> None:
    heads: list[bytes] = []

    def look(connection: socket.socket, head: bytes) -> None:
        heads.append(head.lower())
        connection.sendall(reply(ANSWER))

    with serve(look) as url, asking(target(url), {}, RATE_PER_S) as users:
        assert came(users, 3)
    assert all(head.startswith(b"post /query ") for head in heads)
    assert not [head for head in heads if PROBE_HEADER.lower().encode() in head or b"finchat-checks" in head]


def test_one_in_four_comes_through_the_webapp_with_token_and_csrf() -> None:
    posted: list[bytes] = []

    def behave(connection: socket.socket, head: bytes) -> None:
        if head.startswith(b"GET /csrf-token "):
            connection.sendall(reply('{"csrf_token": "c5rf"}', headers={"Set-Cookie": "session=s1; Path=/"}))
        else:
            posted.append(head.lower())
            connection.sendall(reply(ANSWER))

    with serve(WELL) as api_url, serve(behave) as webapp_url:
        here = target(api_url, webapp=Webapp(url=webapp_url, token_env="FINCHAT_TOKEN"))
        with asking(here, {"FINCHAT_TOKEN": "t0ken"}, RATE_PER_S) as users:
            assert eventually(lambda: len(posted) >= 2 and len(users.answers()) >= 8)
    for wanted in (b"authorization: bearer t0ken", b"x-csrf-token: c5rf", b"cookie: session=s1"):
        assert all(wanted in head for head in posted)
    via = [one.via for one in sorted(users.answers(), key=lambda one: one.intended_s)]
    assert via[:8] == ["api", "api", "api", "webapp"] * 2


def test_a_webapp_without_its_csrf_token_fails_its_users() -> None:
    with serve(always(reply("{}", 502))) as url:
        here = target(url, webapp=Webapp(url=url))
        with asking(here, {}, RATE_PER_S) as users:
            assert came(users, 8)
    webapp = {one.said for one in users.answers() if one.via == "webapp" and one.result is Result.FAILED}
    assert webapp == {"status 502 and no CSRF token"}


def test_a_token_that_is_not_there_is_said_before_anybody_asks() -> None:
    here = target("http://localhost:1", webapp=Webapp(url="http://localhost:2", token_env="FINCHAT_TOKEN"))
    with pytest.raises(BenchError, match="put FINCHAT_TOKEN into the environment"), asking(here, {}):
        pass


def test_a_deployment_without_questions_has_no_users() -> None:
    here = Target(name="t", api=Api(url="http://localhost:1", query=False))
    with asking(here, {}) as users:
        pass
    assert users.answers() == ()
    assert users.trouble() is None


def test_a_deployment_with_one_way_to_ask_gets_all_questions_there() -> None:
    here = Target(name="t", api=Api(url="http://a", query=False), webapp=Webapp(url="http://w"))
    roads = roads_of(here, {})
    assert {road_of(roads, number).via for number in range(8)} == {"webapp"}
    assert {road_of(roads_of(target("http://a"), {}), number).via for number in range(8)} == {"api"}


def test_one_question_in_ten_was_never_asked_before() -> None:
    texts = [json.loads(body_of(QUESTION, number, "n"))["question"] for number in range(20)]
    fresh = {text for text in texts if text != QUESTION.text}
    assert fresh == {f"{QUESTION.text} (user n-9)", f"{QUESTION.text} (user n-19)"}
    assert {json.loads(body_of(QUESTION, number, "n"))["ticker"] for number in range(20)} == {"ACME"}


def test_the_schedule_is_absolute() -> None:
    assert [due_at(100.0, number, 2.0) for number in (0, 1, 1000)] == [100.0, 100.5, 600.0]


@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (200, ANSWER, Result.ANSWERED),
        (200, '{"answer": "Yes."}', Result.ANSWERED),
        (200, '{"answer": "Yes.", "metadata": null}', Result.ANSWERED),
        (200, FALLBACK, Result.DEGRADED),
        (200, '{"answer": " "}', Result.FAILED),
        (200, '{"answer": null}', Result.FAILED),
        (200, "<html>", Result.FAILED),
        (200, "", Result.FAILED),
        (200, "[" * 100_000, Result.FAILED),
        (200, '{"answer": "\xff"}', Result.ANSWERED),
        (503, ANSWER, Result.FAILED),
        (302, "", Result.FAILED),
        (204, "", Result.FAILED),
    ],
)
def test_an_answer_is_200_with_words(status: int, body: str, result: Result) -> None:
    assert verdict_on(status, body.encode())[0] is result


def test_bytes_that_are_no_text_are_no_answer() -> None:
    assert verdict_on(200, b'{"answer": "\xff\xfe"}')[0] is Result.FAILED


class _Well(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(reply(ANSWER))

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.parametrize("trusted", [True, False])
def test_over_https_users_believe_the_authority_of_the_environment(tmp_path: Path, trusted: bool) -> None:
    authority, other, file = trustme.CA(), trustme.CA(), tmp_path / "ca.pem"
    (authority if trusted else other).cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Well)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        here = target(f"https://127.0.0.1:{server.server_port}")
        with asking(here, {"SSL_CERT_FILE": str(file)}, RATE_PER_S) as users:
            assert came(users, 3)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    results = {one.result for one in users.answers()} - {Result.CUT_OFF}
    assert results == {Result.ANSWERED if trusted else Result.FAILED}
