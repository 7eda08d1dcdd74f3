"""A process of ours, in a session of its own: what it says goes to a file, and nothing that it started outlives it."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KILLED_WITHIN_S = 20.0


@contextlib.contextmanager
def running(
    command: Sequence[str], log: Path, ends_within_s: float, environ: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """The process, until it ends or the context is left: then it is told to, and has so many seconds for that.

    `environ` None: this process's.
    """
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us, who then end it in order
        )
    try:
        yield process
    finally:
        _end(process, ends_within_s)


def log_tail(log: Path, lines: int) -> str:
    """What it said last."""
    try:
        said = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        said = []
    return " | ".join(line.strip() for line in said[-lines:]) or "it said nothing"


def _end(process: "subprocess.Popen[bytes]", within_s: float) -> None:
    try:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=within_s)
    except subprocess.TimeoutExpired:
        pass
    finally:  # what it started is in the same group
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=KILLED_WITHIN_S)
