"""How drills are shown on a terminal: a table at the end, and a line for each that did not go as it should."""

from collections.abc import Mapping, Sequence

HEAD = ("scenario", "verdict", "noticed by", "TTD", "TTR", "findings")

Record = Mapping[str, object]


def table(records: Sequence[Record]) -> list[str]:
    """One line a drill, aligned, with a head. TTD and TTR are machine time: no person's reaction is in them."""
    rows = [HEAD, *(_row(record) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def drill_line(record: Record) -> str:
    """Why a drill did not end as its scenario expects."""
    return f"{record['scenario']}: {record['verdict']}, expected {record['expected']}. {record['why']}"


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
