"""The steady state of a bench, proven by the production checks before anything is broken."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from drills.bench.process import BenchError
from drills.check_index import ROOT

ACCESS = "http,docker,host,logs"
REQUIRED = "p0 or p1"
BOUND_S = 60.0


def require_steady(target: Path, env: Mapping[str, str], state: Path) -> int:
    """Runs every P0 and P1 check once against the bench; gives how many passed.

    BenchError names each that did not pass: a drill on a bench that is not healthy proves nothing.
    """
    command = [sys.executable, "-m", "checks.watch", "--rounds", "1", "-m", REQUIRED, f"--target={target}"]
    command += [f"--access={ACCESS}", f"--state={state}"]
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
        raise BenchError(f"The checks of the steady state did not end within {BOUND_S:g} s.") from None
    outcomes = [json.loads(line) for line in ended.stdout.splitlines()]
    amiss = [f"{one['id']}: {_said(one)}" for one in outcomes if one["outcome"] != "pass"]
    if amiss or not outcomes:
        said = "\n".join(amiss) or ended.stderr.strip()[-600:] or "no check ran"
        raise BenchError(f"The bench is not in its steady state, so no drill begins on it:\n{said}")
    return len(outcomes)


def _said(outcome: Mapping[str, object]) -> str:
    reason = outcome.get("reason")
    return f"{reason['text']} [{reason['code']}]" if isinstance(reason, dict) else str(outcome["outcome"])
