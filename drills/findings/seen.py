"""What a drill measured of the runbook's steps, read from its record in run.json."""

from dataclasses import dataclass
from typing import cast

from drills.host_state import PARSES, Changes
from drills.recorded import Record, objects_of
from drills.steps import Kind
from drills.verified import Subject, is_documented, is_partial

TELLING = ("recovered", "not recovered", "harmful")
"""Verdicts of steps that were run and watched to their end. Any other is doubt, and no finding."""


@dataclass(frozen=True)
class LineSeen:
    """One command as it ran. `place`: its name, whatever file it stands in."""

    place: str
    line: int
    command: str
    exit_code: int | None
    output: str
    timed_out: bool


@dataclass(frozen=True)
class StepSeen:
    """One documented step as it ran. `heals`: whether it is there to bring the service back, not to prepare that."""

    id: str
    file: str
    line: int
    commands: str
    heals: bool
    hint: str | None
    lines: tuple[LineSeen, ...]


@dataclass(frozen=True)
class DrillSeen:
    """One drill. `verdict`: of the documented steps; `changes`: what these changed on the host, None: nobody looked."""

    scenario: str
    title: str
    fault: str
    verdict: str | None
    why: str
    steps: tuple[StepSeen, ...]
    changes: Changes | None
    corrected: tuple[str, ...]
    corrected_verdict: str | None
    corrected_changes: Changes | None
    partial: bool

    @property
    def telling(self) -> bool:
        """Whether the documented steps were run, and it is certain what became of it."""
        return self.verdict in TELLING and bool(self.steps)

    @property
    def lines(self) -> tuple[LineSeen, ...]:
        """All commands of the documented steps, as one shell ran them."""
        return tuple(line for step in self.steps for line in step.lines)


def drill_seen(record: Record, subject: Subject) -> DrillSeen:
    """The drill of this record, its documented steps named as `subject` has them."""
    steps = [step for step in objects_of(record.get("steps")) if is_documented(step)]
    documented, corrected = _object(record.get("documented")), _object(record.get("corrected"))
    return DrillSeen(
        scenario=str(record["scenario"]),
        title=str(record.get("title", record["scenario"])),
        fault=str(fault.get("name", "")) if isinstance(fault := record.get("fault"), dict) else "",
        verdict=_word(record.get("documented_verdict")),
        why=str(documented.get("why") or record["why"]),
        steps=tuple(_step(step, subject) for step in steps),
        changes=_changes(documented.get("changes")),
        corrected=_words(corrected.get("steps")),
        corrected_verdict=_word(record.get("corrected_verdict")),
        corrected_changes=_changes(corrected.get("changes")),
        partial=is_partial(record),
    )


def _step(step: Record, subject: Subject) -> StepSeen:
    step_id = str(step["id"])
    heals = subject.ours.step(step_id).kind in (Kind.MITIGATION, Kind.ROLLBACK)
    places = subject.places(step_id)
    lines = tuple(
        LineSeen(
            place=places[number][0] if number < len(places) else f"{step_id}#{number + 1}",
            line=places[number][1] if number < len(places) else int(str(step["line"])),
            command=str(line["command"]),
            exit_code=_whole(line.get("exit_code")),
            output=str(line.get("output", "")),
            timed_out=bool(line.get("timed_out")),
        )
        for number, line in enumerate(objects_of(step.get("lines")))
    )
    hint = step.get("hint")
    return StepSeen(
        id=step_id,
        file=str(step["file"]),
        line=int(str(step["line"])),
        commands=" && ".join(str(step.get("commands", "")).strip().splitlines()),
        heals=heals,
        hint=str(hint) if hint else None,
        lines=lines,
    )


def _changes(value: object) -> Changes | None:
    if not isinstance(value, dict) or not value:
        return None
    return Changes(
        containers=_words(value.get("containers")),
        images=_words(value.get("images")),
        files=_words(value.get("files")),
        removed=_words(value.get("removed")),
        git=_words(value.get("git")),
        compose=str(value.get("compose", PARSES)),
        passes=_words(value.get("passes")),
        mounts=_words(value.get("mounts")),
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _word(value: object) -> str | None:
    return str(value) if value else None


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _object(value: object) -> Record:
    return cast("Record", value) if isinstance(value, dict) else {}
