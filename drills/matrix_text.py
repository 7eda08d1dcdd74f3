"""The matrix of faults and checks as text: for a terminal, and as Markdown for the evidence."""

from collections.abc import Iterator, Sequence

from drills.aligned import aligned
from drills.matrix import CheckRow, FaultRow, Matrix


def matrix_lines(matrix: Matrix) -> list[str]:
    """For a terminal: who noticed each fault first, which faults each check noticed, and what is left open."""
    if not matrix.faults:
        return []
    return [
        "",
        "who noticed first",
        *aligned([_fault_cells(row) for row in matrix.faults]),
        "",
        "turned red by",
        *aligned([_check_cells(row) for row in matrix.checks if row.red]),
        *_open(matrix),
    ]


def matrix_markdown(matrix: Matrix) -> str:
    """The whole matrix: a row for each check and a column for each drill."""
    drills = [row.drill for row in matrix.faults]
    out = ["# Faults and checks", "", "A time: red so long after the witness. -: silent. ?: it could not tell.", ""]
    out += [f"| check | {' | '.join(drills)} |", f"|---|{'---|' * len(drills)}"]
    for row in matrix.checks:
        if row.here:
            cells = " | ".join(_cell(row, drill) for drill in drills)
            out.append(f"| {row.severity} {row.id} | {cells} |")
    return "\n".join([*out, "", *(f"- {line}" for line in _open(matrix) if line)]) + "\n"


def _open(matrix: Matrix) -> Iterator[str]:
    rows = {row.id: row for row in matrix.checks}
    if matrix.unproven:
        yield ""
        yield f"unproven, no drill of this run turned it red: {_with_severity(rows[one] for one in matrix.unproven)}"
    if away := [row for row in matrix.checks if not row.here]:
        yield f"not on this deployment: {_with_severity(away)}"
    if matrix.blind_spots:
        yield f"blind spots, no P0 or P1 check noticed: {', '.join(matrix.blind_spots)}"


def _with_severity(rows: "Iterator[CheckRow] | Sequence[CheckRow]") -> str:
    return ", ".join(f"{row.id} ({row.severity})" for row in rows)


def _fault_cells(row: FaultRow) -> tuple[str, ...]:
    first = f"{row.first} ({row.code})" if row.first else "nobody"
    after = _seconds(row.time_to_detect_s) if row.first else "-"
    return (row.drill, after, first, f"P0/P1 red: {row.urgent}, others: {row.others}")


def _check_cells(row: CheckRow) -> tuple[str, ...]:
    return (f"{row.severity} {row.id}", ", ".join(f"{one.drill} {_seconds(one.time_to_detect_s)}" for one in row.red))


def _cell(row: CheckRow, drill: str) -> str:
    red = next((one for one in row.red if one.drill == drill), None)
    if red is not None:
        return f"{_seconds(red.time_to_detect_s)} {red.code}"
    return "-" if drill in row.silent else "?" if drill in row.unknown else ""


def _seconds(time_s: float | None) -> str:
    return f"{time_s:.1f} s" if time_s is not None else "red"
