"""One service of a bench as a local process: started, frozen, stopped and killed, each within a bound."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

START_BOUND_S = 20.0
STOP_BOUND_S = 3.0
KILL_BOUND_S = 2.0
# Short, as one thread asks several services in turn; who did not answer is asked again.
PROBE_TIMEOUT_S = 0.25
POLL_S = 0.02
TAIL_LINES = 20

# What asyncio's servers and gunicorn write when somebody else listens on their port.
_PORT_TAKEN = ("address already in use", "connection in use")


class BenchError(Exception):
    """The bench cannot do what it was asked to; the text says why and what to look at."""


class PortTakenError(BenchError):
    """Somebody else listens on the port that a service was given."""


class ReservedPort:
    """A free port of 127.0.0.1 that nobody else is given while this is held.

    It is bound and does not listen: a server that sets SO_REUSEADDR, as all do here, can still listen on it, and while
    none does, connections are refused. So a service comes back on its own port, however long it was away.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        # Only now: a socket that can share a port may be given one that another bench holds.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.number: int = self._socket.getsockname()[1]

    def release(self) -> None:
        self._socket.close()


class Service:
    """A process that answers HTTP at `probe_url`. It leads a process group, so its workers share its fate."""

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path, probe_url: str
    ) -> None:
        self.name = name
        self.probe_url = probe_url
        self._command = list(command)
        self._env = dict(env)
        self._cwd = cwd
        self._log = log
        self._log_begin = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The pid of the process, or of the last one where it has ended. BenchError where it was never started."""
        if self._process is None:
            raise BenchError(f"{self.name} was never started, so it has no pid: call start() first.")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there, frozen or not."""
        return self._process is not None and self._exit_status() is None

    def start(self, env: Mapping[str, str] | None = None) -> None:
        """Starts the service on its port and waits until it answers, 20 s at most; BenchError if it does not.

        `env` overrides the service's environment for this start only.
        """
        self.launch(env)
        self.wait_until_it_answers(time.monotonic() + START_BOUND_S)

    def launch(self, env: Mapping[str, str] | None = None) -> None:
        """Starts the process and waits for nothing."""
        if self.running:
            raise BenchError(f"{self.name} runs already, as pid {self.pid}: stop() or kill() it before start().")
        # Reaps one that ended by itself, and ends workers that outlived it.
        self.kill()
        with self._log.open("ab") as log:
            self._log_begin = log.tell()
            self._process = subprocess.Popen(
                self._command,
                env={**self._env, **(env or {})},
                cwd=self._cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_it_answers(self, deadline_s: float) -> None:
        """Returns once any HTTP answer came. `deadline_s` is a time of time.monotonic().

        BenchError, with the last log lines, as soon as the process has ended and when the time is up.
        """
        while not self.answers(deadline_s):
            time.sleep(POLL_S)

    def answers(self, deadline_s: float) -> bool:
        """Whether the service answers yet; BenchError where it will not, as wait_until_it_answers() has it."""
        if _speaks_http(self.probe_url):
            return True
        output = self._output().lower()
        if any(sign in output for sign in _PORT_TAKEN):
            raise PortTakenError(f"{self.name}: somebody else listens on the port of {self.probe_url}.")
        status = self._exit_status()
        if status is not None:
            raise BenchError(f"{self.name} ended with {status} before it answered. {self._evidence()}")
        if time.monotonic() > deadline_s:
            raise BenchError(f"{self.name} did not answer at {self.probe_url} in time. {self._evidence()}")
        return False

    def stop(self) -> None:
        """Ends the service in order: SIGTERM, and after 3 s SIGKILL. One that is frozen is thawed to hear it."""
        if self.running:
            self._signal(signal.SIGTERM)
            self._signal_group(signal.SIGCONT)
            self._wait_for_exit(STOP_BOUND_S)
        self.kill()

    def kill(self) -> None:
        """Ends the service and its workers with SIGKILL."""
        if self._process is None or self._process.returncode is not None:
            return
        # The group first, the leader reaped after: until then nobody else can have its number.
        self._signal_group(signal.SIGKILL)
        try:
            self._process.wait(KILL_BOUND_S)
        except subprocess.TimeoutExpired as error:
            raise BenchError(
                f"{self.name} (pid {self.pid}) outlives SIGKILL by {KILL_BOUND_S} s: look for blocked I/O."
            ) from error

    def freeze(self) -> None:
        """Stops the service and its workers with SIGSTOP: connections are accepted and nothing is answered."""
        self._require_running("freeze")
        self._signal_group(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets a frozen service go on."""
        self._require_running("thaw")
        self._signal_group(signal.SIGCONT)

    def log_tail(self, lines: int = TAIL_LINES) -> str:
        """The last lines that the service wrote to stdout and stderr since its last start."""
        return "\n".join(self._output().splitlines()[-lines:])

    def _output(self) -> str:
        if not self._log.exists():
            return ""
        with self._log.open("rb") as log:
            log.seek(self._log_begin)
            return log.read().decode(errors="replace")

    def _evidence(self) -> str:
        tail = self.log_tail()
        return f"Its last log lines:\n{tail}" if tail else "It wrote nothing."

    def _require_running(self, what: str) -> None:
        if not self.running:
            raise BenchError(f"{self.name} does not run, so there is nothing to {what}: call start() first.")

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def _wait_for_exit(self, bound_s: float) -> None:
        deadline_s = time.monotonic() + bound_s
        while self._exit_status() is None and time.monotonic() < deadline_s:
            time.sleep(POLL_S)

    def _exit_status(self) -> str | None:
        """How the process ended, in words; None while it runs. Does not reap it, so that its number stays its own."""
        if self._process is None:
            return None
        if self._process.returncode is not None:
            return f"exit code {self._process.returncode}"
        ended = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        if ended.si_code == os.CLD_EXITED:
            return f"exit code {ended.si_status}"
        return signal.Signals(ended.si_status).name


def _speaks_http(url: str) -> bool:
    """Whether anything that speaks HTTP answers there, whatever the status."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("GET", parts.path)
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
