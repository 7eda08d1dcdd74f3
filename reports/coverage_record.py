"""What a run of drills covered, as run.json has it: faults by checks, what no drill shows, where the time went."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class RedCheck:
    """A drill that turned the check red: as what, and how long after the witness."""

    drill: str
    code: str
    time_to_detect_s: float | None


@dataclass(frozen=True, slots=True)
class CheckCovered:
    """One check: the drills that turned it red, that it did not notice, and during which it could not tell.

    `here`: whether the target has it.
    """

    id: str
    severity: str
    here: bool
    red: tuple[RedCheck, ...]
    silent: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaultCovered:
    """The fault of one drill: which check was red first, and how many of P0 and P1 (`urgent`) and of the others."""

    drill: str
    fault: str
    first: str | None
    code: str | None
    time_to_detect_s: float | None
    urgent: int
    others: int


@dataclass(frozen=True, slots=True)
class MatrixRecord:
    """`unproven`: checks that no drill turned red. `blind_spots`: drills whose fault no P0 or P1 check noticed."""

    checks: tuple[CheckCovered, ...]
    faults: tuple[FaultCovered, ...]
    unproven: tuple[str, ...]
    blind_spots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapRecord:
    """What the runbook's severity table names: the scenarios that show it, or the reason why none does.

    `line`: where in the runbook; 0 where that has no such table.
    """

    severity: str
    example: str
    line: int
    scenarios: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """The seconds of one drill, by phase."""

    drill: str
    phases_s: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class OverheadRecord:
    """Bench time of a run, and how much of it was neither fault, detection, control, step nor recovery."""

    bench_s: float
    overhead_s: float
    share: float | None
    drills: tuple[TimeSpent, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The three of them: top-level fields of run.json."""

    matrix: MatrixRecord
    gaps: tuple[GapRecord, ...]
    overhead: OverheadRecord


FIELDS = ("matrix", "gaps", "overhead")


def coverage_json(coverage: Coverage) -> dict[str, object]:
    """The fields of run.json."""
    fields: dict[str, object] = msgspec.to_builtins(coverage)
    return fields


def coverage_of(data: Mapping[str, object]) -> Coverage:
    """What these fields hold. Others are passed over. Raises ValueError."""
    try:
        return msgspec.convert({key: data[key] for key in FIELDS if key in data}, Coverage, strict=True)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
