"""The reference service as its operators meet it: a process with an environment, logs and signals."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from finchat_sec_qa.settings import Settings

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INFO|WARNING|ERROR) [\w.]+ .+")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def environment(home: Path, **more: str) -> dict[str, str]:
    closed = f"http://127.0.0.1:{free_port()}"
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "HOME": str(home),
        "FINCHAT_API_HOST": "127.0.0.1",
        "EDGAR_DATA_URL": closed,
        "EDGAR_WWW_URL": closed,
        "OPENAI_BASE_URL": closed,
        "EDGAR_RETRIES": "0",
        **more,
    }


@contextmanager
def server(home: Path, **more: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "finchat_sec_qa.server"],
        cwd=home,
        env=environment(home, FINCHAT_API_PORT=str(port), **more),
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=5) as client:
            until = time.monotonic() + 20
            while not answers(client):
                assert process.poll() is None and time.monotonic() < until, "the server does not answer"
            yield client, process
    finally:
        process.kill()
        process.wait(10)


def wait_for_line(client: httpx.Client, line: str) -> None:
    """Until the metrics hold a line."""
    until = time.monotonic() + 20
    while line not in client.get("/metrics").text:
        assert time.monotonic() < until, f"the metrics never said {line}"
        time.sleep(0.05)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/live").status_code == 200
    except httpx.TransportError:
        return False


def shell(command: str, home: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=home, env=environment, capture_output=True, timeout=10, check=False
    )
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a server that was asked a few things, and ended."""
    home = tmp_path_factory.mktemp("home")
    with server(home, OPENAI_API_KEY="sk-never-to-be-seen") as (client, process):
        for _ in range(2):
            assert client.post("/query", json={"question": "Any error?", "ticker": "ACME"}).status_code == 502
        assert client.get("/health").status_code == 200
        assert client.get("/error%0Aerror").status_code == 404
        # The key is checked at the start, and that fails as well.
        wait_for_line(
            client, 'finchat_upstream_request_failures_total{code="openai_unavailable",upstream="openai"} 1.0'
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in {0, -signal.SIGTERM}
    return home


def test_each_event_is_one_line_with_time_level_and_logger(used: Path) -> None:
    lines = (used / "logs/app.log").read_text().splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_the_runbooks_count_of_errors_is_that_of_the_failed_questions(used: Path) -> None:
    key_check = 1
    assert int(shell("grep -i error logs/app.log | wc -l", used)) == 2 + key_check


def test_the_runbooks_summaries_of_errors_name_the_part_and_the_reason(used: Path) -> None:
    parts = shell("grep -i error logs/app.log | awk '{print $3}' | sort | uniq -c | sort -nr", used)
    assert parts.split()[:2] == ["2", "finchat_sec_qa.edgar"]
    reasons = shell("grep -i error logs/app.log | cut -d' ' -f4- | sort | uniq -c | sort -nr | head -10", used)
    assert reasons.split("\n")[0].split(maxsplit=1) == [
        "2",
        "error edgar_unavailable: EDGAR cannot be reached; try again later.",
    ]


@pytest.mark.parametrize(
    "command",
    [
        """awk '/response_time/ {sum+=$NF; count++} END {print "Avg:", sum/count "ms"}' logs/app.log""",
        """grep "response_time" logs/app.log | awk '{sum+=$NF; count++} END {print "Average:", sum/count "ms"}'""",
    ],
    ids=["Avg", "Average"],
)
def test_the_runbooks_mean_response_time_is_a_number(command: str, used: Path) -> None:
    match = re.fullmatch(r"\w+: ([\d.]+)ms\n", shell(command, used))
    assert match and 0 < float(match[1]) < 5000


def test_the_runbooks_count_of_successes_is_that_of_the_access_log(used: Path) -> None:
    successes = (used / "logs/access.log").read_text().count('" 200 ')
    assert int(shell('grep "200" logs/access.log | wc -l', used)) == successes > 0


def test_a_path_cannot_write_a_line_of_its_own(used: Path) -> None:
    assert '"GET /error%0Aerror HTTP/1.1" 404' in (used / "logs/access.log").read_text()


def test_the_cache_writes_its_own_log(used: Path) -> None:
    assert "miss tickers" in shell("tail ~/.cache/finchat_sec_qa/debug.log", used)


def test_no_secret_reaches_a_log(used: Path) -> None:
    for log in [*(used / "logs").iterdir(), used / ".cache/finchat_sec_qa/debug.log"]:
        assert "sk-never-to-be-seen" not in log.read_text()


def test_the_runbooks_command_makes_the_cache(tmp_path: Path) -> None:
    command = "from finchat_sec_qa.cache import initialize_cache; initialize_cache()"
    subprocess.run([sys.executable, "-c", command], env=environment(tmp_path), timeout=20, check=True)
    assert (tmp_path / ".cache/finchat_sec_qa/index.joblib").exists()


def test_logs_that_cannot_be_written_do_not_stop_the_server(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the directory should be")
    with server(tmp_path) as (client, _):
        assert client.get("/health").json()["services"]["qa_engine"] == "failed"


def test_a_wrong_setting_is_named_and_nothing_starts(tmp_path: Path) -> None:
    wrong = environment(tmp_path, EDGAR_RATE_LIMIT="lots", EDGAR_WWW_URL="www.sec.gov", OPENAI_API_KEY="sk-secret")
    command = [sys.executable, "-m", "finchat_sec_qa.server"]
    done = subprocess.run(command, env=wrong, cwd=tmp_path, capture_output=True, timeout=20, check=False)
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "EDGAR_RATE_LIMIT: " in said
    assert "EDGAR_WWW_URL: " in said
    assert "Traceback" not in said
    assert "sk-secret" not in said


@pytest.mark.parametrize(
    ("variables", "fallback"),
    [
        ({}, False),
        ({"FALLBACK_MODE": "true"}, True),
        ({"ENABLE_FALLBACK_MODE": "true"}, True),
        ({"ENABLE_FALLBACK_MODE": "", "FALLBACK_MODE": "true"}, True),
        ({"ENABLE_FALLBACK_MODE": "false", "FALLBACK_MODE": "true"}, False),
    ],
    ids=["neither", "short", "long", "long empty", "long decides"],
)
def test_a_mode_has_two_spellings(variables: dict[str, str], fallback: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Settings().enable_fallback_mode is fallback
