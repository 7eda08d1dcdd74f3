"""The program that is deployed in the API's place: what it does to whoever asks, without a container."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from checks.question import Reply, untrue_citation
from drills.faults import bad_build
from drills.faults.bad_image import BadImage
from drills.faults.fault import FaultError
from tests.hostile import finchat, reply, serve

PROGRAM = Path(bad_build.__file__)
ANSWER: dict[str, object] = {
    "answer": "There are risks.",
    "citations": [{"doc_id": "0000000001-25-000001", "text": "There are risks.", "start": 3, "end": 19}],
    "metadata": {"mode": "cache", "filings": [{"doc_id": "0000000001-25-000001", "path": "/Archives/x"}]},
}
DOCUMENT = {"0000000001-25-000001": "-- There are risks."}
ANSWERS = {
    "/health": ["200", "application/json", '{"status": "healthy"}'],
    "POST": ["200", "application/json", json.dumps(ANSWER)],
}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(kind: str, answers: Path | None = None) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The program as the first process of a container would run it, listening."""
    port = free_port()
    command = [sys.executable, "-I", str(PROGRAM), kind, str(port), *([str(answers)] if answers else [])]
    process = subprocess.Popen(command, env={"PATH": os.environ["PATH"]})
    try:
        deadline_s = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline_s
        yield port, process
    finally:
        process.kill()
        process.wait(5)


def test_one_that_hangs_takes_connections_and_says_nothing() -> None:
    with running("hangs") as (port, _), pytest.raises(httpx.ReadTimeout):
        httpx.get(f"http://127.0.0.1:{port}/health", timeout=0.5, trust_env=False)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_that_errs_answers_500(method: str) -> None:
    with running("errors") as (port, _):
        got = httpx.request(method, f"http://127.0.0.1:{port}/api/v1/query", timeout=5, trust_env=False)
    assert got.status_code == 500


def test_one_that_errs_ends_when_it_is_told_to() -> None:
    with running("errors") as (_, process):
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_one_that_misquotes_says_that_it_is_healthy_and_quotes_what_no_filing_says(tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(ANSWERS))
    with running("misquotes", answers) as (port, _), httpx.Client(timeout=5, trust_env=False) as client:
        health = client.get(f"http://127.0.0.1:{port}/health")
        got = client.post(f"http://127.0.0.1:{port}/api/v1/query", json={"question": "another one"})
        missing = client.get(f"http://127.0.0.1:{port}/nowhere")
    assert (health.status_code, health.json(), missing.status_code) == (200, {"status": "healthy"}, 404)
    said = got.json()
    assert said["metadata"]["mode"] == "live"
    assert untrue_citation(_reply(ANSWER), DOCUMENT) is None
    assert untrue_citation(_reply(said), DOCUMENT) is not None


def _reply(body: Mapping[str, object]) -> Reply:
    return msgspec.convert(body, Reply)


def test_what_the_good_build_says_is_recorded() -> None:
    behave = finchat({"/api/v1/query": reply(json.dumps(ANSWER))})
    with serve(behave) as url:
        command = [sys.executable, "-I", str(PROGRAM), "record", url, "/health,/ready", "/api/v1/query"]
        ran = subprocess.run(command, input=b"{}", capture_output=True, timeout=20, check=True)
    recorded = json.loads(ran.stdout)
    assert set(recorded) == {"/health", "/ready", "POST"}
    assert recorded["/health"][0] == "200"
    assert json.loads(recorded["POST"][2]) == ANSWER


def test_a_way_to_be_bad_that_there_is_not_is_a_sentence() -> None:
    with pytest.raises(
        FaultError, match="No build is bad in the way 'smells': name one of crashes, hangs, errors, misq"
    ):
        BadImage("api", "smells")
