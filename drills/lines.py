"""How drills are shown on a terminal: a table at the end, and a line for each that did not go as it should."""

from collections import Counter
from collections.abc import Mapping, Sequence

HEAD = ("scenario", "verdict", "noticed by", "TTD", "TTR", "findings")

FINDINGS = ("blind", "fails", "harmful", "no effect", "partial", "unaccounted")
"""Verdicts on a step that somebody has to do something about."""

Record = Mapping[str, object]


def table(records: Sequence[Record]) -> list[str]:
    """One line a drill, aligned, with a head. TTD and TTR are machine time: no person's reaction is in them."""
    rows = [HEAD, *(_row(record) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def drill_line(record: Record) -> str:
    """Why a drill did not end as its scenario expects."""
    return f"{record['scenario']}: {record['verdict']}, expected {record['expected']}. {record['why']}"


def runbook_lines(steps: Sequence[Record], failing: Sequence[Record]) -> list[str]:
    """How many command lines of the runbook have which verdict, and those that are a finding, with why."""
    if not steps:
        return []
    counts = Counter(str(step["verdict"]) for step in steps)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    lines = [f"{steps[0]['file']}: {len(steps)} command lines: {counted}"]
    shown = [step for step in steps if step["verdict"] in FINDINGS or step in failing]
    return [*lines, *(f"{step['file']}:{step['line']}: {step['verdict']}: {step['why']}" for step in shown)]


def _row(record: Record) -> tuple[str, ...]:
    findings = record["findings"]
    return (
        str(record["scenario"]),
        str(record["verdict"]),
        str(record["detected_by"]) if record["noticed"] else "-",
        _seconds(record["time_to_detect_s"]),
        _seconds(record["time_to_recover_s"]),
        str(len(findings)) if isinstance(findings, list) else "-",
    )


def _seconds(value: object) -> str:
    return f"{value:.2f} s" if isinstance(value, int | float) else "-"
