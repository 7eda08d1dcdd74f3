"""What a fault is measured as: by a request over real sockets, and from bytes and exceptions alone."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks.target import Api, Edgar, OpenAI, Target
from drills.bench.certificates import issue
from drills.faults.calibration import Measured, Part, measure, measured_through_proxy, read_answer, words

NAME = "data.sec.gov"
TARGET = Target(name="fake", api=Api(url="http://localhost:8000"))
Serve = Callable[[socket.socket], None]


@contextmanager
def serving(serve: Serve) -> Iterator[str]:
    """The address of a server that does this with one connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def one() -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            serve(connection)

    thread = threading.Thread(target=one)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/x"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        listening.close()


def reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(held: threading.Event) -> None:
    held.wait(5)


def over_tls(tmp_path: Path, answer: bytes, *, expired: bool = False) -> Serve:
    """A server with a run's certificate that answers with these bytes and closes."""
    files = issue(tmp_path, (NAME,))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if expired:
        context.load_cert_chain(files.expired)
    else:
        context.load_cert_chain(files.certificate, files.key)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(answer)

    return serve


def test_a_refused_connection_is_measured_as_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    (part,) = measure(f"https://127.0.0.1:{port}/", NAME).parts
    assert (part.name, part.failed) == ("connect", "refused")


def test_a_reset_and_a_silence_are_told_apart() -> None:
    with serving(reset) as url:
        assert [(part.name, part.failed) for part in measure(url, NAME).parts] == [("connect", None), ("TLS", "reset")]
    held = threading.Event()
    with serving(lambda connection: silent(held)) as url:
        seen = measure(url, NAME, bound_s=0.3)
        held.set()
    assert [(part.name, part.failed) for part in seen.parts] == [("connect", None), ("TLS", "nothing")]
    assert 250 < seen.parts[-1].at_ms < 3000


def test_a_whole_answer_has_a_status_a_length_and_a_certificate(tmp_path: Path) -> None:
    with serving(over_tls(tmp_path, b"HTTP/1.1 503 x\r\nContent-Length: 2\r\n\r\nno")) as url:
        seen = measure(url, NAME)
    assert (seen.status, seen.received, seen.declared) == (503, 2, 2)
    assert [part.name for part in seen.parts] == ["connect", "TLS", "first byte", "end"]
    assert seen.certificate_ends == "3000-01-01"


def test_a_certificate_that_has_expired_is_measured_and_no_reason_to_hang_up(tmp_path: Path) -> None:
    with serving(over_tls(tmp_path, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", expired=True)) as url:
        seen = measure(url, NAME)
    assert (seen.status, seen.received, seen.declared) == (200, 4, 9)
    assert seen.certificate_ends is not None
    assert seen.certificate_ends < "2100"
    assert "status 200, 4 of 9 bytes, certificate until 20" in seen.text


ANSWERS: dict[bytes, tuple[int | None, int, int | None]] = {
    b"": (None, 0, None),
    b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\ncontent-length: 3\r\n\r\nabc": (429, 3, 3),
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc": (200, 3, 10),
    b"HTTP/1.1 200 OK\r\n\r\nabc": (200, 3, None),
    b"garbage": (None, 0, None),
    b"HTTP/1.1 20": (20, 0, None),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_read_as_far_as_it_came(answer: bytes) -> None:
    seen = read_answer(answer, (), None)
    assert (seen.status, seen.received, seen.declared) == ANSWERS[answer]


def test_a_measurement_reads_as_one_line() -> None:
    parts = (Part("connect", 0.41), Part("TLS", 5.07), Part("first byte", 3999.98, "nothing"))
    assert Measured(parts).text == "connect ok after 0.4 ms, TLS ok after 5.1 ms, first byte nothing after 4000.0 ms"
    assert Measured(parts[:1], 200, 163, 326).text == "connect ok after 0.4 ms, status 200, 163 of 326 bytes"


ENDS = [
    (TimeoutError(), "nothing"),
    (ConnectionRefusedError(), "refused"),
    (ConnectionResetError(), "reset"),
    (BrokenPipeError(), "reset"),
    (ssl.SSLEOFError(), "closed"),
    (OSError("no route"), "no route"),
]


@pytest.mark.parametrize(("error", "said"), ENDS)
def test_an_end_has_a_word(error: Exception, said: str) -> None:
    assert words(error) == said


@dataclass(frozen=True)
class NoBench:
    """What is no bench that this machine can ask."""


@dataclass(frozen=True)
class SeenBench:
    target: Target


def test_only_what_the_target_names_is_measured() -> None:
    assert measured_through_proxy(NoBench(), ("edgar-data",)) == {}  # type: ignore[arg-type]
    target = Target(name="fake", api=TARGET.api, edgar=None, openai=None)
    assert measured_through_proxy(SeenBench(target), ("edgar-data", "openai")) == {}  # type: ignore[arg-type]


def test_each_link_is_measured_at_its_own_address(tmp_path: Path) -> None:
    with serving(reset) as data, serving(reset) as openai:
        edgar = Edgar(data_url=data.removesuffix("/x"), www_url="https://127.0.0.1:1")
        target = Target(
            name="fake", api=TARGET.api, edgar=edgar, openai=OpenAI(url=openai.removesuffix("/x") + "/v1", paid=False)
        )
        found = measured_through_proxy(SeenBench(target), ("edgar-data", "edgar-www", "openai"))  # type: ignore[arg-type]
    assert list(found) == ["data.sec.gov", "www.sec.gov", "api.openai.com"]
    assert found["www.sec.gov"].startswith("connect refused after ")
    assert "TLS reset" in found["data.sec.gov"]
    assert "TLS reset" in found["api.openai.com"]
