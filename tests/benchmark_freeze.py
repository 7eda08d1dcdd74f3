"""The freeze test of `python -m tests.benchmark_load`: a service that stands still once, as three generators see it.

All three ask the same server at the same rate, with the same freeze at the same moment, one after the other.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from load.plan import ENDED_FILE, PLAN_FILE, read_plan
from load.records import latency_s
from tests.locust_runs import ENDS_S, ROOT, Server, finished, plan_for, planned, serving

RATE_PER_S = 100.0
FREEZES_AFTER_S = 10.0
FREEZES_S = 5.0
SERVICE_S = 0.02
CLOSED_USERS = 4
"""As few as can ask at that rate with such a service: what a closed loop is usually sized to."""

NEAR = 0.10
"""How far ours may be from the open model."""

Latencies = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """What one generator measured."""

    name: str
    n: int
    p95_s: float
    p99_s: float


def seen(name: str, latencies: Latencies) -> Seen:
    p95, p99 = np.percentile(latencies, [95, 99])
    return Seen(name, len(latencies), float(p95), float(p99))


def freeze_test(lasts_s: float) -> tuple[Seen, Seen, Seen]:
    """Ours, the open model, the closed loop: against the same freeze."""
    with serving(prefix=("taskset", "-c", "1")) as server, tempfile.TemporaryDirectory() as name:
        folder, url = Path(name), f"{server.url}/late/{SERVICE_S}"
        return (
            seen("ours", _ours(server, url, lasts_s, folder)),
            seen("open model", _others(server, _open(url, lasts_s, folder), folder)),
            seen("plain FastHttpUser", _others(server, _closed(server, lasts_s, folder), folder)),
        )


def _ours(server: Server, url: str, lasts_s: float, folder: Path) -> Latencies:
    process = planned(plan_for(url, RATE_PER_S, lasts_s), folder, prefix=("taskset", "-c", "0"))
    deadline_s = time.monotonic() + ENDS_S
    while time.monotonic() < deadline_s:  # until the plan knows when it begins
        plan = read_plan(folder / PLAN_FILE)
        if plan.begins_at:
            break
        time.sleep(0.05)
    with _frozen(server, plan.begins_at - time.time() + FREEZES_AFTER_S):
        ran = finished(process, folder, lasts_s + ENDS_S)
    assert (folder / ENDED_FILE).exists(), ran.said
    return latency_s(ran.of(0))


class _frozen:  # noqa: N801
    """Freezes the server after so many seconds, for FREEZES_S."""

    def __init__(self, server: Server, after_s: float) -> None:
        self._timers = [
            threading.Timer(after_s, server.freeze),
            threading.Timer(after_s + FREEZES_S, server.freeze, [False]),
        ]

    def __enter__(self) -> None:
        for timer in self._timers:
            timer.start()

    def __exit__(self, *_: object) -> None:
        for timer in self._timers:
            timer.cancel()


def _others(server: Server, start: Callable[[], "subprocess.Popen[bytes]"], folder: Path) -> Latencies:
    out = folder / "latencies"
    with _frozen(server, FREEZES_AFTER_S), start() as process:
        process.wait(timeout=120)
    return np.frombuffer(out.read_bytes(), dtype=np.float64)


def _open(url: str, lasts_s: float, folder: Path) -> Callable[[], "subprocess.Popen[bytes]"]:
    arguments = [f"{url}/query", str(RATE_PER_S), str(lasts_s), str(folder / "latencies")]
    command = ["taskset", "-c", "0", sys.executable, "-m", "tests.open_model", *arguments]
    return lambda: subprocess.Popen(command, cwd=ROOT)


def _closed(server: Server, lasts_s: float, folder: Path) -> Callable[[], "subprocess.Popen[bytes]"]:
    return lambda: plain_user(server, f"/late/{SERVICE_S}/query", CLOSED_USERS, lasts_s, folder, RATE_PER_S)


def plain_user(
    server: Server, path: str, users: int, lasts_s: float, folder: Path, rate_per_s: float = 0.0
) -> "subprocess.Popen[bytes]":
    """Locust with so many plain FastHttpUsers; its latencies go to `folder`."""
    arguments = ["--headless", "--only-summary", "-u", str(users), "-r", str(users), "-t", f"{lasts_s:g}s"]
    return subprocess.Popen(
        [
            "taskset",
            "-c",
            "0",
            sys.executable,
            "-m",
            "locust",
            "-f",
            "tests/plain_user.py",
            *arguments,
            "-H",
            server.url,
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "PLAIN_PER_S": str(rate_per_s / users),
            "PLAIN_PATH": path,
            "PLAIN_OUT": str(folder / "latencies"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
