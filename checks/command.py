"""One bounded command: for what can only be seen on the host, in the container engine or in the logs."""

import asyncio
import contextlib
import os
import shlex
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from checks.outcome import unknown

OUTPUT_BYTES_MAX = 2 * 1024 * 1024


@dataclass(frozen=True)
class CommandResult:
    """What a command printed and how it ended; `problem` where it did not run to its end."""

    command: Sequence[str]
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    problem: str | None = None

    def output(self, access: str) -> str:
        """What it printed, where it ended with 0; else the check is unknown: `access` was declared and is not there."""
        if self.problem or self.exit_code != 0:
            said = self.problem or (self.stderr.strip().splitlines() or [f"exit code {self.exit_code}"])[-1]
            unknown(f"prober.{access}", expected=f"`{' '.join(self.command)[:120]}` to work from here", seen=said)
        return self.stdout


def shell(prefix: Sequence[str], script: str) -> list[str]:
    """A command that runs `script` in a shell behind `prefix`."""
    # ssh joins its arguments and hands them to a shell: what is quoted once here is unquoted there.
    remote = bool(prefix) and prefix[0].rpartition("/")[2] == "ssh"
    return [*prefix, "sh", "-c", shlex.quote(script) if remote else script]


def home_quoted(path: str) -> str:
    """`path` for a script; a leading ~ is the home of whoever runs it, and an error where there is none."""
    return f'"${{HOME:?}}"{shlex.quote(path[1:])}' if path.startswith("~/") else shlex.quote(path)


async def run_command(command: Sequence[str], *, timeout_s: float) -> CommandResult:
    """Run `command` without a shell, its own process group, ended at `timeout_s` or when it prints too much."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "LC_ALL": "C"},  # what is matched in messages is matched in English
        )
    except OSError as error:
        return CommandResult(command, problem=f"{command[0]}: {error.strerror}")
    assert process.stdout and process.stderr
    try:
        async with asyncio.timeout(timeout_s):
            stdout, stderr = await asyncio.gather(_read(process.stdout), _read(process.stderr))
            await process.wait()
    except TimeoutError:
        return CommandResult(command, problem=f"no end within {timeout_s:.0f} s")
    except OverflowError:
        return CommandResult(command, problem=f"more than {OUTPUT_BYTES_MAX} bytes of output")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return CommandResult(command, process.returncode, stdout, stderr)


async def _read(stream: asyncio.StreamReader) -> str:
    output = bytearray()
    while chunk := await stream.read(65536):
        output += chunk
        if len(output) > OUTPUT_BYTES_MAX:
            raise OverflowError
    return output.decode(errors="replace")
