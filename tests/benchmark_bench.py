"""`make benchmark`, second part: how long a bench takes to stand and to be put back, one alone and two at once.

Images are built before the clock starts. `python -m tests.benchmark_bench --once` does one bench and prints its figures
as JSON: that is what is run side by side.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from drills.bench.options import Choice
from drills.bench.reset import reset
from drills.bench.run import running
from drills.bench.spec import prepare
from drills.bench.start import start_bench

ROOT = Path(__file__).resolve().parents[1]
RESETS = 3
BOUND_S = 300.0
LIMITS_S = {1: (20.0, 8.0), 2: (35.0, 12.0)}
"""By how many at once: ready within, reset within (the project's own goals on two cores)."""


def once() -> dict[str, list[float]]:
    """Starts one bench and resets it a few times; gives the seconds that each took, from nothing to ready."""
    started_s = time.monotonic()
    with running(lambda text: None) as run:
        bench = start_bench(run, prepare(run, Choice()))
        ready_s = time.monotonic() - started_s
        resets_s = []
        for _ in range(RESETS):
            began_s = time.monotonic()
            if reset(bench):
                sys.exit("A reset had to replace the host: the figure would be that of a start.")
            resets_s.append(time.monotonic() - began_s)
    return {"ready_s": [ready_s], "reset_s": resets_s}


def at_once(number: int) -> dict[str, list[float]]:
    """The figures of `number` benches side by side, each in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmark_bench", "--once"]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(number)]
    try:
        figures = [json.loads(process.communicate(timeout=BOUND_S)[0]) for process in processes]
    finally:
        for process in processes:
            process.terminate()
    return {name: [value for one in figures for value in one[name]] for name in ("ready_s", "reset_s")}


def main(arguments: Sequence[str] | None = None) -> None:
    cli = argparse.ArgumentParser(prog="python -m tests.benchmark_bench", description="What a bench costs in time.")
    cli.add_argument("--once", action="store_true", help="one bench; its figures as JSON")
    cli.add_argument("--rounds", type=int, default=3, help="how often each is measured (%(default)s)")
    given = cli.parse_args(arguments)
    if given.once:
        print(json.dumps(once()))
        return
    with running(lambda text: print(text, file=sys.stderr)) as run:
        prepare(run, Choice())
    print(f"{'':<22}{'min':>8}{'median':>8}{'max':>8}{'goal':>8}")
    missed = False
    for number, goals_s in LIMITS_S.items():
        rounds = [at_once(number) for _ in range(given.rounds)]
        for name, goal_s in zip(("ready_s", "reset_s"), goals_s, strict=True):
            values = [value for one in rounds for value in one[name]]
            row = f"{min(values):8.2f}{statistics.median(values):8.2f}{max(values):8.2f}{goal_s:8.0f}"
            print(f"{number} at once, {name:<11}{row}")
            missed = missed or statistics.median(values) > goal_s
    if missed:
        sys.exit("A median is beyond its goal.")


if __name__ == "__main__":
    main()
