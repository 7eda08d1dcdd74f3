"""What a diagnostic is worth: judged by difference between broken and healthy runs, never by how alike they look."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from drills.runbook.predicate import Predicate, Seen

RUNS = 3
"""How often each line runs healthy, and how often broken."""

_CANNOT_RUN = (126, 127)
_MISSING = re.compile(
    r"command not found|no such file or directory|no such (container|service|image|object)|no module named"
    r"|cannot (open|access)|could not (open|read)|failed to open|error (encountered when )?reading|permission denied",
    re.IGNORECASE,
)


class Worth(StrEnum):
    """The verdict on one line of a diagnostic (DESIGN, Drill)."""

    INFORMATIVE = "informative"
    BLIND = "blind"
    FAILS = "fails"


@dataclass(frozen=True)
class Judged:
    """The verdict, and why in one sentence."""

    worth: Worth
    why: str


def verdict_of(healthy: Sequence[Seen], broken: Sequence[Seen], predicate: Predicate) -> Judged:
    """What a command is worth that ran RUNS times healthy and RUNS times with the fault in force.

    Raises ValueError for another number of runs: lost evidence is no verdict.
    """
    if len(healthy) != RUNS or len(broken) != RUNS:
        raise ValueError(f"{len(healthy)} healthy and {len(broken)} broken runs; a verdict takes {RUNS} of each")
    held_broken = sum(predicate.holds(seen) for seen in broken)
    held_healthy = sum(predicate.holds(seen) for seen in healthy)
    counted = f"held in {held_broken} of {RUNS} broken runs and {held_healthy} of {RUNS} healthy ones"
    if held_broken == RUNS and held_healthy == 0:
        return Judged(Worth.INFORMATIVE, f"`{predicate.text}` {counted}.")
    if problem := _cannot_work(healthy, broken):
        return Judged(Worth.FAILS, f"{problem}, healthy or broken; `{predicate.text}` {counted}.")
    return Judged(Worth.BLIND, f"`{predicate.text}` {counted}: it does not tell one from the other.")


def _cannot_work(healthy: Sequence[Seen], broken: Sequence[Seen]) -> str | None:
    """Why the command itself can never work; None where it can. Both sides must show it: a fault may cause it too."""
    runs = (*healthy, *broken)
    if all(seen.exit_code in _CANNOT_RUN for seen in runs):
        return f"the command cannot be run ({_error_line(runs[0]) or f'exit code {runs[0].exit_code}'})"
    # A pipe hides the exit code of what could not open its file.
    if all(_MISSING.search(seen.output) for seen in runs):
        return f"what it needs is not there ({_error_line(runs[0])})"
    ends = {(seen.exit_code, re.sub(r"\d+", "0", _error_line(seen))) for seen in runs}
    if len(ends) == 1 and runs[0].exit_code not in (None, 0) and _error_line(runs[0]):
        return f"it ends with exit code {runs[0].exit_code} and the same error ({_error_line(runs[0])})"
    return None


def _error_line(seen: Seen) -> str:
    lines = [line.strip() for line in seen.output.split("\n") if line.strip()]
    return next((line for line in lines if _MISSING.search(line)), lines[-1] if lines else "")
