"""Locust as a process of its own: started on a plan, watched while it runs, ended within bounds.

Never imported here: it patches sockets, threads and subprocesses of whatever imports it.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from load.child import ROOT, log_tail, running
from load.plan import ENDED_FILE, PLAN_ENV, RECORDS_FILE, Plan, write_plan

LOG_FILE = "locust.log"
STARTS_WITHIN_S = 60.0
"""Import, users, and the workers on other machines."""
ENDS_WITHIN_S = 20.0
LOOKS_EVERY_S = 0.5
BEFORE_OTHERS = -10

Watch = Callable[[float], str | None]
"""Called twice a second with the seconds since the start: why to stop now, or None."""


class LocustFailed(Exception):
    """Locust did not start, or did not come to its end; the text says what it said last."""


@dataclass(frozen=True)
class Fleet:
    """The processes of the generator: so many here, or workers on other machines that come to this one."""

    processes: int = 1
    workers: int = 0

    def options(self) -> list[str]:
        """What Locust is told of them."""
        if self.workers:
            wait = ["--expect-workers-max-wait", f"{STARTS_WITHIN_S:.0f}"]
            return ["--master", "--expect-workers", str(self.workers), *wait]
        return ["--processes", str(self.processes), *own_port()] if self.processes > 1 else []


def own_port() -> list[str]:
    """Options for a port between master and workers of this machine that is no other load's: or these would mix."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    return ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port]


def run_locust(plan: Plan, folder: Path, fleet: Fleet, environ: Mapping[str, str], watch: Watch) -> None:
    """Runs Locust to the end of the plan; the files are in `folder` then. `watch` may stop it before.

    Raises LocustFailed where nothing was asked at all.
    """
    with running_locust(plan, folder, fleet, environ) as process:
        started_s = time.monotonic()
        limit_s = STARTS_WITHIN_S + plan.lasts_s + plan.timeout_s + ENDS_WITHIN_S
        stopped: str | None = None
        while process.poll() is None and stopped is None:
            elapsed_s = time.monotonic() - started_s
            stopped = watch(elapsed_s) or ("the generator did not end in time" if elapsed_s > limit_s else None)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=LOOKS_EVERY_S)
    if not (folder / RECORDS_FILE).exists() or (not (folder / ENDED_FILE).exists() and stopped is None):
        raise LocustFailed(
            f"Locust ended before the load did (exit code {process.returncode}): {log_tail(folder / LOG_FILE, 3)}"
        )


@contextlib.contextmanager
def running_locust(
    plan: Plan, folder: Path, fleet: Fleet, environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Locust on this plan, until it ends or the context is left: then it writes what it has, and ends."""
    file = ROOT / "load" / f"{plan.profile}.py"
    command = [sys.executable, "-P", "-m", "locust", "-f", str(file), "--headless", "--only-summary", *fleet.options()]
    environment = {**environ, PLAN_ENV: str(write_plan(plan, folder))}
    with running(command, folder / LOG_FILE, ENDS_WITHIN_S, environment) as process:
        # A generator that what it measures leaves no time measures itself; root may.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, BEFORE_OTHERS)
        yield process
