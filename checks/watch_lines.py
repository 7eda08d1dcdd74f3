"""What a watch writes: one JSON line an outcome."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from checks.result import CheckResult


@dataclass(frozen=True)
class Head:
    """What all lines of a round begin with. `every_s` and `began_s` (monotonic clock): of a watch with rhythms only."""

    at: str
    round: int
    late_s: float
    target: str
    every_s: float | None = None
    began_s: float | None = None

    def as_json(self, count: int) -> dict[str, object]:
        plain = {"at": self.at, "round": self.round, "late_s": round(self.late_s, 3), "target": self.target}
        if self.began_s is None:
            return plain
        return {**plain, "every_s": self.every_s, "began_s": round(self.began_s, 4), "of": count}


def moment() -> str:
    """The time of day, as the lines say it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_lines(head: Head, results: list[CheckResult], out: TextIO) -> bool:
    """Writes the outcomes of a round together; gives whether somebody still reads."""
    shown = head.as_json(len(results))
    try:
        out.write("".join(f"{json.dumps({**shown, **as_json(result)})}\n" for result in results))
        out.flush()
    except BrokenPipeError:  # whoever read has left; what is still buffered goes nowhere, or Python's exit stumbles
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), out.fileno())
        out.flush()
        return False
    return True


def as_json(result: CheckResult) -> dict[str, object]:
    """One outcome, in the words of run.json."""
    reason = result.reason
    said = reason and {
        "code": reason.code,
        "text": reason.text,
        "section": result.section,
        "caused_by": reason.caused_by,
    }
    return {
        "id": result.id,
        "severity": result.severity,
        "outcome": result.outcome,
        "reason": said,
        "duration_s": result.duration_s,
    }
