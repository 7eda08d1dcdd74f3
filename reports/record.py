"""The record of a run (run.json): written before anything is judged or reported, read by everything that reports.

Fields may be added, never renamed; a change of meaning is a new schema version.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from reports.coverage_record import FIELDS, Coverage, coverage_json, coverage_of
from reports.drill_record import DrillRecord, drill_json, drill_of
from reports.fields import list_of, moment_of, number_of, object_of, text_of, utc_text, word_of
from reports.load_record import LoadRow, row_json, row_of
from reports.step_record import StepVerdict, SymptomSeen, step_json, step_of, symptom_json, symptom_of

SCHEMA = 1

Kind = Literal["smoke", "drill", "gate", "load"]
Severity = Literal["p0", "p1", "p2", "p3"]
Outcome = Literal["pass", "fail", "unknown"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class RecordError(Exception):
    """The file is not a record that this version can read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a check did not pass."""

    code: str
    """Stable: drills and dashboards match it, never the text."""
    text: str
    """One sentence: what was expected, what was seen."""
    section: str
    """The section of the runbook to open."""
    caused_by: str | None = None
    """The id of the check whose failure explains this one."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a run."""

    id: str
    severity: Severity
    outcome: Outcome
    duration_s: float
    reason: Reason | None = None
    title: str = ""
    retried: bool = False
    """Whether a network error was met once, and the answer is that of the second try."""


@dataclass(frozen=True, slots=True)
class Record:
    """One run."""

    run_id: str
    kind: Kind
    started_at: datetime
    finished_at: datetime
    target: str
    """The name of the target file, or the word for a target that has none."""
    deployment: str
    """What runs there, by name and version."""
    environment: str
    """Where: production, staging, embedded."""
    checks: tuple[CheckResult, ...] = ()
    drills: tuple[DrillRecord, ...] = ()
    steps: tuple[StepVerdict, ...] = ()
    """The command lines of the runbook that was proven, and what each is worth."""
    symptoms: tuple[SymptomSeen, ...] = ()
    """What that runbook says is to be seen."""
    coverage: Coverage | None = None
    """Of a run of drills: faults by checks, what no drill shows, where the time went."""
    load: tuple[LoadRow, ...] = ()
    """The objectives of a run of load, and what became of each."""

    @property
    def load_profiles(self) -> tuple[str, ...]:
        """The load profiles of this run, by name."""
        return tuple(sorted({row.profile for row in self.load}))


def write_record(record: Record, path: Path, redact: Callable[[str], str] = str) -> None:
    """Writes run.json whole or not at all; every text in it goes through `redact` first.

    Raises ValueError for a time without a time zone and a duration that is not a finite number.
    """
    write_atomically(path, to_json(record, redact))


def read_record(path: Path) -> Record:
    """The record in this file. Fields that this version does not know are passed over. Raises RecordError."""
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise RecordError(f"{path} is not JSON ({error}): it was cut off or altered; run again.") from error
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise RecordError(
            f"{path} has schema {schema!r} and this version reads schema {SCHEMA} only: "
            "read it with the version of the suite that wrote it."
        )
    try:
        return _from_json(data)
    except (KeyError, TypeError, ValueError) as error:
        detail = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise RecordError(f"{path} is not a record of schema {SCHEMA}: {detail}.") from error


def to_json(record: Record, redact: Callable[[str], str] = str) -> str:
    """The text of run.json, with every text of the record put through `redact`."""
    checks = [
        {
            "id": check.id,
            "title": redact(check.title),
            "severity": check.severity,
            "outcome": check.outcome,
            "reason": check.reason
            and {
                "code": check.reason.code,
                "text": redact(check.reason.text),
                "section": check.reason.section,
                "caused_by": check.reason.caused_by,
            },
            "duration_s": check.duration_s,
            "retried": check.retried,
        }
        for check in record.checks
    ]
    data = {
        "schema": SCHEMA,
        "run_id": record.run_id,
        "kind": record.kind,
        "started_at": utc_text(record.started_at),
        "finished_at": utc_text(record.finished_at),
        "target": redact(record.target),
        "deployment": redact(record.deployment),
        "environment": redact(record.environment),
        "checks": checks,
        "drills": [drill_json(drill, redact) for drill in record.drills],
        "load": [row_json(row, redact) for row in record.load],
        "runbook": {
            "steps": [step_json(step, redact) for step in record.steps],
            "symptoms": [symptom_json(symptom, redact) for symptom in record.symptoms],
        },
        **(coverage_json(record.coverage) if record.coverage else {}),
    }
    return json.dumps(data, indent=2, allow_nan=False) + "\n"


def write_atomically(path: Path, text: str) -> None:
    """Replaces the file in one step: a reader, and a run that is killed, sees the old text or the new one."""
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def _from_json(data: dict[str, object]) -> Record:
    runbook = object_of(data["runbook"], "runbook")
    symptoms = list_of(runbook, "symptoms") if "symptoms" in runbook else []
    return Record(
        run_id=text_of(data, "run_id"),
        kind=word_of(data, "kind", KINDS),
        started_at=moment_of(data, "started_at"),
        finished_at=moment_of(data, "finished_at"),
        target=text_of(data, "target"),
        deployment=text_of(data, "deployment"),
        environment=text_of(data, "environment"),
        checks=tuple(_check(object_of(check, "a check")) for check in list_of(data, "checks")),
        drills=tuple(drill_of(object_of(drill, "a drill")) for drill in list_of(data, "drills")),
        load=tuple(row_of(object_of(row, "an objective of load")) for row in list_of(data, "load")),
        steps=tuple(step_of(object_of(step, "a step")) for step in list_of(runbook, "steps")),
        symptoms=tuple(symptom_of(object_of(one, "a symptom")) for one in symptoms),
        coverage=coverage_of(data) if any(field in data for field in FIELDS) else None,
    )


def _check(data: dict[str, object]) -> CheckResult:
    duration_s = number_of(data, "duration_s")
    return CheckResult(
        id=text_of(data, "id"),
        severity=word_of(data, "severity", SEVERITIES),
        outcome=word_of(data, "outcome", OUTCOMES),
        duration_s=duration_s,
        reason=None if data["reason"] is None else _reason(object_of(data["reason"], "reason")),
        title=text_of(data, "title") if "title" in data else "",
        retried=data.get("retried") is True,
    )


def _reason(data: dict[str, object]) -> Reason:
    return Reason(
        code=text_of(data, "code"),
        text=text_of(data, "text"),
        section=text_of(data, "section"),
        caused_by=None if data["caused_by"] is None else text_of(data, "caused_by"),
    )
