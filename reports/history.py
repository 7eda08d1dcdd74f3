"""reports/out/history.jsonl: what Allure remembers of earlier runs, one line each, oldest first.

A report shows the runs before its own of the same kind and target, in whatever order reports are made, and how often.
"""

import json
from pathlib import Path

from reports.chain import locked_chain
from reports.record import Record, write_atomically

HISTORY = "history.jsonl"
RUNS_MAX = 50


def report_name(record: Record) -> str:
    """The report's name. Allure keeps it in its history: the part before the run id says which runs are comparable.

    One load profile is not comparable with another.
    """
    return f"FinChat {' '.join([record.kind, *record.load_profiles])}, {record.target}, {record.run_id}"


def lines_before(root: Path, record: Record) -> list[str]:
    """The lines of the runs that came before this one and are comparable with it."""
    series, _, run_id = report_name(record).rpartition(" ")
    names = ((_name(line), line) for line in _lines(root))
    return [line for name, line in names if name.rpartition(" ")[0] == series and name.rpartition(" ")[2] < run_id]


def remember(root: Path, line: str) -> None:
    """Keeps the line of a run in place of an older one of the same run. Raises OSError."""
    with locked_chain(root):
        others = [other for other in _lines(root) if _name(other) != _name(line)]
        newest = sorted([*others, line], key=lambda each: _name(each).rpartition(" ")[2])[-RUNS_MAX:]
        write_atomically(root / HISTORY, "".join(f"{each}\n" for each in newest))


def _lines(root: Path) -> list[str]:
    path = root / HISTORY
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    return [line for line in lines if _name(line)]


def _name(line: str) -> str:
    """The name of the report that the line is of; empty where it is no such line."""
    try:
        name = json.loads(line)["name"]
    except (ValueError, TypeError, KeyError):
        return ""
    return name if isinstance(name, str) else ""
