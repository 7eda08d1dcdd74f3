"""Fault by check: which checks each fault turned red, which no drill could, and which faults no urgent check saw. Pure.

A check of which no drill of the run says anything is one that the target has not got.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.outcome import Severity
from drills.recorded import Record

URGENT = (Severity.P0.value, Severity.P1.value)


@dataclass(frozen=True)
class Red:
    """A drill that turned a check red: as what, and how long after the witness. None: not within a known time."""

    drill: str
    code: str
    time_to_detect_s: float | None


@dataclass(frozen=True)
class CheckRow:
    """What the drills of a run say of one check. `silent`, `unknown`: the drills that it did not notice, and those
    during which it could not tell. `here`: whether the target has it."""

    id: str
    severity: str
    here: bool
    red: tuple[Red, ...] = ()
    silent: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class FaultRow:
    """Who noticed the fault of one drill. `first`: the check that was red first, of any severity."""

    drill: str
    fault: str
    first: str | None
    code: str | None
    time_to_detect_s: float | None
    urgent: int
    others: int

    @property
    def blind(self) -> bool:
        """Whether no P0 or P1 check noticed it."""
        return self.urgent == 0


@dataclass(frozen=True)
class Matrix:
    """All of it. `unproven`: checks that no drill of the run turned red. `blind_spots`: drills whose fault no P0 or P1
    check noticed."""

    checks: tuple[CheckRow, ...]
    faults: tuple[FaultRow, ...]
    unproven: tuple[str, ...]
    blind_spots: tuple[str, ...]

    @property
    def unproven_urgent(self) -> tuple[str, ...]:
        """The unproven checks of P0 and P1."""
        urgent = {row.id for row in self.checks if row.severity in URGENT}
        return tuple(check for check in self.unproven if check in urgent)


@dataclass(frozen=True)
class _Seen:
    drill: str
    check: str
    outcome: str
    code: str
    time_to_detect_s: float | None


def matrix_of(records: Sequence[Record], severities: Mapping[str, str]) -> Matrix:
    """The matrix of a run. `severities`: those of all checks that there are, by id."""
    return Matrix(
        tuple(_check_rows(records, severities)),
        tuple(_fault_rows(records, severities)),
        unproven(records, severities),
        blind_spots(records, severities),
    )


def unproven(records: Sequence[Record], severities: Mapping[str, str]) -> tuple[str, ...]:
    """The checks that the target has and no drill turned red, the most urgent first."""
    rows = [row for row in _check_rows(records, severities) if row.here and not row.red]
    return tuple(row.id for row in rows)


def blind_spots(records: Iterable[Record], severities: Mapping[str, str]) -> tuple[str, ...]:
    """The drills whose fault no P0 or P1 check noticed."""
    return tuple(row.drill for row in _fault_rows(records, severities) if row.blind)


def _check_rows(records: Sequence[Record], severities: Mapping[str, str]) -> Iterator[CheckRow]:
    seen = [one for record in records for one in _seen(record)]
    known = {**dict.fromkeys((one.check for one in seen), ""), **severities}
    for check, severity in sorted(known.items(), key=lambda one: (one[1] or "p9", one[0])):
        of_check = [one for one in seen if one.check == check]
        red = {one.drill: Red(one.drill, one.code, one.time_to_detect_s) for one in of_check if one.outcome == "red"}
        others = [one for one in of_check if one.drill not in red]
        yield CheckRow(
            check,
            severity,
            bool(of_check),
            tuple(sorted(red.values(), key=lambda one: _soonest(one.time_to_detect_s))),
            tuple(dict.fromkeys(one.drill for one in others if one.outcome == "silent")),
            tuple(dict.fromkeys(one.drill for one in others if one.outcome == "unknown")),
        )


def _fault_rows(records: Iterable[Record], severities: Mapping[str, str]) -> Iterator[FaultRow]:
    """A row for each drill that says what each check saw; of one that was repeated, the last."""
    rows: dict[str, FaultRow] = {}
    for record in records:
        seen = list(_seen(record))
        if not seen:
            continue
        red = sorted((one for one in seen if one.outcome == "red"), key=lambda one: _soonest(one.time_to_detect_s))
        first = red[0] if red else None
        urgent = sum(severities.get(one.check) in URGENT for one in red)
        rows[str(record["scenario"])] = FaultRow(
            drill=str(record["scenario"]),
            fault=_fault(record),
            first=first.check if first else None,
            code=first.code if first else None,
            time_to_detect_s=first.time_to_detect_s if first else None,
            urgent=urgent,
            others=len(red) - urgent,
        )
    yield from rows.values()


def _seen(record: Record) -> Iterator[_Seen]:
    checks = record.get("checks")
    for one in checks if isinstance(checks, list) else []:
        time_s = one.get("time_to_detect_s")
        yield _Seen(
            str(record["scenario"]),
            str(one["id"]),
            str(one["outcome"]),
            str(one.get("code") or ""),
            float(time_s) if isinstance(time_s, int | float) else None,
        )


def _fault(record: Record) -> str:
    fault = record.get("fault")
    return str(fault["name"]) if isinstance(fault, dict) else ""


def _soonest(time_s: float | None) -> float:
    return float("inf") if time_s is None else time_s
