"""Runs of the real generator for the tests and the benchmark of load: Locust as a subprocess, against a tiny server."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
import msgspec
import numpy as np
import numpy.typing as npt

from load.locust_process import own_port
from load.plan import ENDED_FILE, PLAN_ENV, RECORDS_FILE, Ended, Endpoint, Plan, PlannedStage, write_plan
from load.records import Records, latency_s, read_records

ROOT = Path(__file__).resolve().parents[1]
ENDS_S = 20.0
"""How long a run may take beyond its plan."""


@dataclass(frozen=True)
class Server:
    """A running tests.load_server."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self) -> int:
        """How many requests came."""
        return int(httpx.get(f"{self.url}/asked", timeout=5, trust_env=False).text)

    def freeze(self, still: bool = True) -> None:
        """Stops it where it stands, or lets it go on."""
        self.process.send_signal(signal.SIGSTOP if still else signal.SIGCONT)


@contextmanager
def serving(*arguments: str, prefix: Sequence[str] = ()) -> Iterator[Server]:
    """The tiny server; `prefix`: a command to start it under, such as taskset."""
    command = [*prefix, sys.executable, "-m", "tests.load_server", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield Server(process, int(process.stdout.readline()))
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


def plan_for(
    url: str,
    rate_per_s: float,
    lasts_s: float,
    *,
    period_s: float = 2.0,
    timeout_s: float = 15.0,
    yardstick: float = 5.0,
) -> Plan:
    """A plan of one question at one rate."""
    endpoint = Endpoint(name="question", method="POST", url=f"{url}/query", bodies=('{"question": "?"}',), fraction=1.0)
    return Plan(
        profile="smoke",
        seed=1,
        users=max(1, round(rate_per_s * period_s)),
        timeout_s=timeout_s,
        endpoints=(endpoint,),
        stages=(PlannedStage(from_s=0, to_s=lasts_s, rate_per_s=rate_per_s),),
        yardstick_per_s=yardstick,
    )


def locust(
    *arguments: str, prefix: Sequence[str] = (), out: IO[str] | int = subprocess.PIPE, plan: Path | None = None
) -> subprocess.Popen[str]:
    """Locust with the smoke profile, in a session of its own. What it says goes to `out`."""
    command = [*prefix, sys.executable, "-m", "locust", "-f", "load/smoke.py", "--only-summary", *arguments]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **({PLAN_ENV: str(plan)} if plan else {})},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def planned(plan: Plan, folder: Path, *arguments: str, prefix: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Locust as pytest starts it: headless, with this plan, its files in `folder`."""
    port = own_port() if "--processes" in arguments else []
    return locust("--headless", *arguments, *port, prefix=prefix, plan=write_plan(plan, folder))


@dataclass(frozen=True)
class Ran:
    """What a run left: its records, what the generator said at its end (None: it did not), its exit code, its words."""

    records: Records
    ended: Ended | None
    exit_code: int
    said: str

    def of(self, endpoint: int) -> Records:
        """The records of that endpoint of the plan."""
        chosen: Records = self.records[self.records["endpoint"] == endpoint]
        return chosen

    def percentile_s(self, q: float, endpoint: int = 0) -> float:
        return float(np.percentile(latency_s(self.of(endpoint)), q))

    def lag_s(self) -> npt.NDArray[np.float64]:
        lag: npt.NDArray[np.float64] = self.of(0)["lag_s"]
        return lag


def finished(process: subprocess.Popen[str], folder: Path, within_s: float) -> Ran:
    """Waits for its end, and reads what it left."""
    try:
        said, _ = process.communicate(timeout=within_s)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    ended = folder / ENDED_FILE
    records = folder / RECORDS_FILE
    return Ran(
        read_records(records) if records.exists() else read_records(Path(os.devnull)),
        msgspec.json.decode(ended.read_bytes(), type=Ended) if ended.exists() else None,
        process.returncode,
        said,
    )


def run(plan: Plan, folder: Path, *arguments: str, prefix: Sequence[str] = ()) -> Ran:
    """A whole run of the generator."""
    return finished(planned(plan, folder, *arguments, prefix=prefix), folder, plan.lasts_s + ENDS_S)
