"""Servers on 127.0.0.1 that misbehave on purpose, and runs of the checks as a person would start them."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUN_BOUND_S = 25.0
_POLL_S = 0.01
_LINE = re.compile(r"^(PASS|FAIL|UNKNOWN) +(p\d)  (.+?)(?:: .*\[([a-z0-9_.]+)\])?$")

Behaviour = Callable[[socket.socket, bytes], None]
"""What becomes of a connection whose request has been read; the connection is closed afterwards."""


@dataclass(frozen=True)
class Said:
    """What the one line of a check said."""

    outcome: str
    severity: str
    code: str | None


@dataclass(frozen=True)
class Run:
    """A finished process: how it ended, what it printed, how long it took, and the most memory that it held."""

    exit_code: int
    stdout: str
    stderr: str
    took_s: float
    peak_mb: float

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    def said(self) -> dict[str, Said]:
        """The line of each check, by the check's id."""
        found = [_LINE.match(line) for line in self.text.splitlines()]
        return {
            match[3].partition("  (")[0].replace(" ", "_"): Said(match[1], match[2], match[4])
            for match in found
            if match
        }

    def codes(self) -> dict[str, str | None]:
        """The reason code of each check, by the check's id."""
        return {id_: said.code for id_, said in self.said().items()}

    @property
    def clean(self) -> bool:
        """Whether no bug of ours shows."""
        return not re.search("Traceback|INTERNALERROR|Exception ignored|check.error", self.text)


def environment(**more: str) -> dict[str, str]:
    """An environment of little more than PATH: what the caller has set does not change a run."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": tempfile.gettempdir(), **more}


def start(
    *arguments: str,
    module: str = "pytest",
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
    stdout: int | None = None,
) -> subprocess.Popen[str]:
    """A process of the checks, in a session of its own; whoever starts it ends it."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env=dict(env if env is not None else environment()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(
    *arguments: str,
    module: str = "pytest",
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
    within_s: float = RUN_BOUND_S,
) -> Run:
    """A process of the checks, run to its end; AssertionError where it does not end in time."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began_s, peak_mb = time.monotonic(), 0.0
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", module, *arguments],
            cwd=cwd,
            env=dict(env if env is not None else environment()),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            while process.poll() is None and time.monotonic() < began_s + within_s:
                peak_mb = max(peak_mb, _peak_mb(process.pid))
                time.sleep(_POLL_S)
            ended = process.poll() is not None
            took_s = time.monotonic() - began_s
        finally:
            end(process)
        out.seek(0)
        err.seek(0)
        result = Run(process.returncode, out.read(), err.read(), took_s, peak_mb)
        assert ended, f"no end within {within_s} s:\n{result.text}"
        return result


def end(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """End a process of ours, and its group, if it has not ended."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


def against(url: str, *arguments: str, timeout_s: float = 1, **options: object) -> Run:
    """`pytest -m p0` against `url` as API and webapp, without evidence."""
    where = ("--api-url", url, "--webapp-url", url, "--probe-timeout", str(timeout_s), "--evidence", "none")
    return run("-m", "p0", *where, *arguments, **options)  # type: ignore[arg-type]


def copy_project(directory: Path) -> Path:
    """A copy of what a run of checks needs, to add bad checks to."""
    root = directory / "project"
    shutil.copytree(ROOT / "checks", root / "checks")
    shutil.copytree(ROOT / "reports", root / "reports", ignore=shutil.ignore_patterns("out", "node_modules"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy2(ROOT / name, root)
    return root


@contextlib.contextmanager
def serve(behaviour: Behaviour) -> Iterator[str]:
    """The address of a server that does `behaviour` on every connection."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    connections: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                threading.Thread(target=_attend, args=(connection, behaviour), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for open_socket in (listener, *connections):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()


def reply(
    body: bytes | str = b"", status: int = 200, kind: str = "application/json", headers: Mapping[str, str] | None = None
) -> bytes:
    """A whole HTTP answer."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Word", f"Content-Type: {kind}", f"Content-Length: {len(data)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def always(answer: bytes) -> Behaviour:
    """The same answer to everything."""
    return lambda connection, _: connection.sendall(answer)


PAGE = '<form method="post" action="/ask"><input name="question"></form>'
METRICS = "# TYPE finchat_up gauge\nfinchat_up 1\n"


def finchat(changes: Mapping[str, bytes] | None = None) -> Behaviour:
    """A service, API and webapp in one, on which every P0 check passes; `changes`: other answers, by path."""
    answers = {
        "/health": reply('{"status": "healthy", "version": "1"}'),
        "/ready": reply('{"ready": true}'),
        "/metrics": reply(METRICS, kind="text/plain"),
        "/": reply(PAGE, kind="text/html"),
        "/query": reply('{"error": {"code": "unauthorized"}}', 401),
        "/api/v1/query": reply('{"error": {"code": "method"}}', 405),
    }

    def behave(connection: socket.socket, head: bytes) -> None:
        path = head.split(b" ")[1].decode()
        known = {**answers, **(changes or {})}
        connection.sendall(known.get(path, reply('{"error": {"code": "no_such_page"}}', 404)))

    return behave


def eventually(holds: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Whether it holds within the time."""
    deadline_s = time.monotonic() + within_s
    while not holds() and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)
    return holds()


def _attend(connection: socket.socket, behaviour: Behaviour) -> None:
    with contextlib.suppress(OSError), connection:
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(65536)
            if not more:
                return
            request += more
        head, _, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        # A body that is left unread turns the answer into a reset.
        while length and len(body) < int(length[1]):
            body += connection.recv(65536)
        behaviour(connection, head)


def _peak_mb(pid: int) -> float:
    # Not ru_maxrss: that of a child begins with what its parent held at the fork.
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    return 0.0
