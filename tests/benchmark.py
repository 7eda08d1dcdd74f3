"""`make benchmark`: what a smoke check costs, in medians and ratios taken in one run.

Whole processes are timed, in turn (A B A B ...), so that a machine that slows down slows them all.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drills.bench import embedded
from drills.bench.embedded_target import secrets_of, target_toml

ROOT = Path(__file__).resolve().parents[1]
PROBE_TIMEOUT_S = 2.0
RUN_TIMEOUT_S = 60.0
RATIO_MAX = 2.0
MEMORY_MB_MAX = 80.0


@dataclass(frozen=True)
class Run:
    """One process: how long it took, how much memory it peaked at, how it ended."""

    wall_s: float
    memory_mb: float
    exit_code: int


def timed(arguments: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> Run:
    """`python -m pytest` with these arguments, as a whole process."""
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=cwd,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        bound = threading.Timer(RUN_TIMEOUT_S, process.kill)
        bound.start()
        _, status, usage = os.wait4(process.pid, 0)
        bound.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    return Run(time.monotonic() - started, usage.ru_maxrss / 1024, process.returncode)


@contextmanager
def black_hole() -> Iterator[str]:
    """An address that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def compare(runs: int) -> int:
    """Time the three kinds of run and print what they cost; the exit code says whether the limits hold."""
    empty, healthy, silent = list[Run](), list[Run](), list[Run]()
    with tempfile.TemporaryDirectory(prefix="finchat-benchmark-") as name, embedded.running() as bench:
        directory = Path(name)
        (directory / "empty").mkdir()
        (directory / "empty" / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        target = directory / "target.toml"
        target.write_text(target_toml(bench))
        evidence = [f"--evidence={directory / 'out'}", f"--state={directory / 'state'}"]
        secrets = secrets_of(bench)
        with black_hole() as hole:
            p0 = ["-m", "p0", f"--target={target}", *evidence]
            deaf = ["--api-url", hole, "--webapp-url", hole, "--probe-timeout", str(PROBE_TIMEOUT_S)]
            every = [f"--target={target}", "--max-paid-calls", "9", *deaf, *evidence]
            for _ in range(runs + 1):
                empty.append(timed([], directory / "empty", {}))
                healthy.append(timed(p0, ROOT, secrets))
                silent.append(timed(every, ROOT, secrets))
    # The first of each fills the file cache.
    return report(empty[1:], healthy[1:], silent[1:])


def report(empty: Sequence[Run], healthy: Sequence[Run], silent: Sequence[Run]) -> int:
    """Print medians, ratios and limits; 1 where a run ended unlike it should or a limit does not hold."""
    base_s, smoke_s, deaf_s = (statistics.median(run.wall_s for run in runs) for runs in (empty, healthy, silent))
    memory_mb = max(run.memory_mb for run in healthy)
    rows = [
        ("one empty test", f"{base_s:.2f} s", "", True),
        (
            "pytest -m p0, healthy",
            f"{smoke_s:.2f} s",
            f"{smoke_s / base_s:.2f} x the empty test (at most {RATIO_MAX:g})",
            smoke_s <= RATIO_MAX * base_s,
        ),
        ("  its peak of memory", f"{memory_mb:.0f} MB", f"at most {MEMORY_MB_MAX:.0f} MB", memory_mb < MEMORY_MB_MAX),
        (
            "all checks, target silent",
            f"{deaf_s:.2f} s",
            f"at most the probe timeout of {PROBE_TIMEOUT_S:g} s + 1 s",
            deaf_s <= PROBE_TIMEOUT_S + 1,
        ),
    ]
    for what, figure, relation, holds in rows:
        print(f"{what:<28}{figure:>10}  {relation:<44}{'' if holds else 'NOT WITHIN ITS LIMIT'}")
    print(f"medians of {len(healthy)} runs each, in turn, on {os.cpu_count()} cores")
    ended = {run.exit_code for run in empty} == {0} and {run.exit_code for run in healthy} == {0}
    failed = {run.exit_code for run in silent} == {1}
    if not (ended and failed):
        print("some runs did not end as they should have: the figures are of no use")
    return 0 if ended and failed and all(holds for *_, holds in rows) else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, choices=range(1, 101), metavar="N", help="runs of each kind (7)")
    return compare(parser.parse_args().runs)


if __name__ == "__main__":
    sys.exit(main())
