"""One bounded call of the `docker` command: for what happens inside of a container, with input and output."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from typing import IO

from drills.bench.engine import LOCAL_ENGINE, EngineError
from drills.bench.interface import Ran

OUTPUT_BYTES_MAX = 4 << 20
DRAIN_BOUND_S = 5.0


def docker_command() -> str:
    """The path of the docker command. Raises EngineError where there is none."""
    found = shutil.which("docker")
    if found is None:
        raise EngineError(
            "The `docker` command is not in PATH: install it (Debian: docker.io, elsewhere docker-ce-cli)."
        )
    return found


def engine_environment() -> dict[str, str]:
    """This process's environment with the engine in it that the client library talks to, whatever context is chosen."""
    kept = {name: value for name, value in os.environ.items() if name != "DOCKER_API_VERSION"}
    return {**kept, "DOCKER_HOST": os.environ.get("DOCKER_HOST") or LOCAL_ENGINE}


def call(
    arguments: Sequence[str], *, timeout_s: float, data: bytes | None = None, stdin: IO[bytes] | None = None
) -> Ran:
    """Runs `docker ARGUMENTS` and gives how it ended, killed with all that it started after `timeout_s`."""
    command = [docker_command(), *arguments]
    started_s = time.monotonic()
    given = subprocess.PIPE if data is not None else stdin or subprocess.DEVNULL
    with subprocess.Popen(
        command,
        env=engine_environment(),
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(data, timeout=timeout_s)
            timed_out = False
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            try:
                output, errors = process.communicate(timeout=DRAIN_BOUND_S)
            except subprocess.TimeoutExpired:  # somebody who left the group still holds its output
                output, errors = b"", b"its output did not end"
            timed_out = True
    return Ran(
        command=" ".join(arguments),
        exit_code=None if timed_out else process.returncode,
        stdout=_text(output),
        stderr=_text(errors),
        duration_s=time.monotonic() - started_s,
        timed_out=timed_out,
    )


def _text(output: bytes) -> str:
    return output[-OUTPUT_BYTES_MAX:].decode(errors="replace")
