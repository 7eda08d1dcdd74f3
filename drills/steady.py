"""The steady state of a bench, proven by the production checks before anything is broken."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from checks.outcome import Outcome
from drills.bench.process import BenchError
from drills.check_index import ROOT
from drills.detector import WatchDetector

ACCESS = "http,docker,host,logs"
REQUIRED = ("p0", "p1")
BOUND_S = 60.0
QUESTIONS_MAX = 1_000_000


def require_steady(target: Path, env: Mapping[str, str], state: Path) -> frozenset[str]:
    """Runs every check once against the bench; gives the ids of those that the target has.

    BenchError names each P0 and P1 check that did not pass: a drill on a bench that is not healthy proves nothing.
    """
    outcomes = one_sweep(target, env, state)
    required = [one for one in outcomes if one["severity"] in REQUIRED]
    _refuse([f"{one['id']}: {_said(one)}" for one in required if one["outcome"] != "pass"])
    return frozenset(str(one["id"]) for one in outcomes)


def require_first_look(detector: WatchDetector) -> frozenset[str]:
    """The same from the first sweeps of a watch that looks at all checks; what it saw counts for the drill too."""
    until_s = time.monotonic() + BOUND_S
    while True:
        sweeps, rhythms = detector.sweeps(), detector.rhythms()
        available = [check_id for rhythm in rhythms for check_id in rhythm.check_ids]
        heard = {check_id: seen for sweep in reversed(sweeps) for check_id, seen in sweep.seen.items()}
        if available and heard.keys() >= set(available):
            break
        if not detector.wait(len(sweeps), until_s):
            why = detector.trouble() or f"not all of them ended within {BOUND_S:g} s"
            raise BenchError(f"No first look at all checks of the bench: {why}.")
    amiss = [
        f"{check_id}: {seen.text} [{seen.code}]"
        for check_id, seen in heard.items()
        if seen.severity in REQUIRED and seen.outcome is not Outcome.PASS
    ]
    _refuse(amiss)
    return frozenset(available)


def _refuse(amiss: Sequence[str]) -> None:
    if amiss:
        said = "\n".join(amiss)
        raise BenchError(f"The bench is not in its steady state, so no drill begins on it:\n{said}")


def red_checks(target: Path, env: Mapping[str, str], state: Path) -> tuple[str, ...]:
    """The ids of all checks that fail just now. BenchError where none could be run."""
    return tuple(str(one["id"]) for one in one_sweep(target, env, state) if one["outcome"] == "fail")


def watch_options(state: Path) -> tuple[str, ...]:
    """What a watch of a bench may do: all there is, and ask freely, as the bench's OpenAI is a stand-in."""
    return (f"--access={ACCESS}", f"--state={state}", f"--max-paid-calls={QUESTIONS_MAX}")


def one_sweep(target: Path, env: Mapping[str, str], state: Path) -> list[Mapping[str, object]]:
    """One round of all checks, as `checks.watch` prints it. BenchError where there is no outcome."""
    command = [sys.executable, "-m", "checks.watch", "--rounds", "1", f"--target={target}", *watch_options(state)]
    try:
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BOUND_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BenchError(f"The checks of the bench did not end within {BOUND_S:g} s.") from None
    outcomes: list[Mapping[str, object]] = [json.loads(line) for line in ended.stdout.splitlines()]
    if not outcomes:
        raise BenchError(f"No check of the bench could be run: {ended.stderr.strip()[-600:] or 'none was selected'}")
    return outcomes


def _said(outcome: Mapping[str, object]) -> str:
    reason = outcome.get("reason")
    return f"{reason['text']} [{reason['code']}]" if isinstance(reason, dict) else str(outcome["outcome"])
