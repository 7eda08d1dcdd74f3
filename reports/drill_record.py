"""The drills of a record: what each proved, and the measurements that say so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from reports import fields
from reports.drill_finding import DrillFinding, finding_json, finding_of

Verdict = Literal["harmful", "not recovered", "not detected", "inconclusive", "self-healed", "detected", "recovered"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""Worst first."""

_SEVERITIES = ("p0", "p1", "p2", "p3")


@dataclass(frozen=True, slots=True)
class DrillFault:
    """The fault as it was declared, and as witnesses measured it: moment of the drill -> evidence."""

    name: str
    declared: Mapping[str, str]
    measured: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DrillControl:
    """The same fault without the step. `declared_s`: the TTR of which the control holds the fault twice."""

    declared_s: float
    held_s: float
    sweeps: int
    stayed_red: bool
    turned_green: bool


@dataclass(frozen=True, slots=True)
class DrillStep:
    """One step as it was run. `exit_code` None: it did not end by itself."""

    id: str
    section: str
    file: str
    line: int
    commands: str
    exit_code: int | None
    timed_out: bool
    duration_s: float
    stdout: str
    stderr: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class DrillEvent:
    """A line of the timeline. `elapsed_s`: since the drill began."""

    phase: str
    text: str
    elapsed_s: float
    at: datetime


@dataclass(frozen=True, slots=True)
class DrillRecord:
    """One drill of a run. Times are seconds; None: it did not come to that. `data_lost` None: not measured."""

    id: str
    scenario: str
    title: str
    deployment: str
    severity: str
    verdict: Verdict
    expected: Verdict
    why: str
    doubts: tuple[str, ...]
    detected_by: str
    time_to_detect_s: float | None
    time_to_recover_s: float | None
    rto_s: float
    data_lost: bool | None
    fault: DrillFault
    control: DrillControl | None
    steps: tuple[DrillStep, ...]
    findings: tuple[DrillFinding, ...]
    documented_verdict: Verdict | None
    corrected_verdict: Verdict | None
    noticed: bool
    impact: tuple[str, ...]
    timeline: tuple[DrillEvent, ...]
    started_at: datetime
    finished_at: datetime


def drill_json(drill: DrillRecord, redact: Callable[[str], str] = str) -> dict[str, object]:
    """An element of run.json's `drills`, with every free text put through `redact`."""
    control, fault = drill.control, drill.fault
    return {
        "id": drill.id,
        "scenario": drill.scenario,
        "title": redact(drill.title),
        "deployment": redact(drill.deployment),
        "severity": drill.severity,
        "verdict": drill.verdict,
        "expected": drill.expected,
        "why": redact(drill.why),
        "doubts": [redact(doubt) for doubt in drill.doubts],
        "detected_by": drill.detected_by,
        "time_to_detect_s": drill.time_to_detect_s,
        "time_to_recover_s": drill.time_to_recover_s,
        "rto_s": drill.rto_s,
        "data_lost": drill.data_lost,
        "fault": {
            "name": redact(fault.name),
            "declared": {name: redact(text) for name, text in fault.declared.items()},
            "measured": {name: redact(text) for name, text in fault.measured.items()},
        },
        "control": control and {name: getattr(control, name) for name in DrillControl.__dataclass_fields__},
        "steps": [_step_json(step, redact) for step in drill.steps],
        "findings": [finding_json(finding, redact) for finding in drill.findings],
        "documented_verdict": drill.documented_verdict,
        "corrected_verdict": drill.corrected_verdict,
        "noticed": drill.noticed,
        "impact": list(drill.impact),
        "timeline": [
            {
                "phase": event.phase,
                "text": redact(event.text),
                "elapsed_s": event.elapsed_s,
                "at": fields.utc_text(event.at),
            }
            for event in drill.timeline
        ],
        "started_at": fields.utc_text(drill.started_at),
        "finished_at": fields.utc_text(drill.finished_at),
    }


def drill_of(data: dict[str, object]) -> DrillRecord:
    """The drill in an element of `drills`. Unknown fields are passed over. Raises KeyError, TypeError or ValueError."""
    return DrillRecord(
        id=fields.text_of(data, "id"),
        scenario=fields.text_of(data, "scenario"),
        title=fields.text_of(data, "title"),
        deployment=fields.text_of(data, "deployment"),
        severity=fields.word_of(data, "severity", _SEVERITIES),
        verdict=fields.word_of(data, "verdict", VERDICTS),
        expected=fields.word_of(data, "expected", VERDICTS),
        why=fields.text_of(data, "why"),
        doubts=fields.texts_of(data, "doubts"),
        detected_by=fields.text_of(data, "detected_by"),
        time_to_detect_s=fields.number_or_none(data, "time_to_detect_s"),
        time_to_recover_s=fields.number_or_none(data, "time_to_recover_s"),
        rto_s=fields.number_of(data, "rto_s"),
        data_lost=None if data["data_lost"] is None else fields.truth_of(data, "data_lost"),
        fault=_fault(fields.object_of(data["fault"], "fault")),
        control=None if data["control"] is None else _control(fields.object_of(data["control"], "control")),
        steps=tuple(_step(fields.object_of(step, "a step")) for step in fields.list_of(data, "steps")),
        findings=tuple(finding_of(fields.object_of(one, "a finding")) for one in fields.list_of(data, "findings")),
        documented_verdict=_verdict_or_none(data, "documented_verdict"),
        corrected_verdict=_verdict_or_none(data, "corrected_verdict"),
        noticed=fields.truth_of(data, "noticed"),
        impact=fields.texts_of(data, "impact"),
        timeline=tuple(_event(fields.object_of(one, "an event")) for one in fields.list_of(data, "timeline")),
        started_at=fields.moment_of(data, "started_at"),
        finished_at=fields.moment_of(data, "finished_at"),
    )


def _step_json(step: DrillStep, redact: Callable[[str], str]) -> dict[str, object]:
    return {
        "id": step.id,
        "section": step.section,
        "file": step.file,
        "line": step.line,
        "commands": redact(step.commands),
        "exit_code": step.exit_code,
        "timed_out": step.timed_out,
        "duration_s": step.duration_s,
        "stdout": redact(step.stdout),
        "stderr": redact(step.stderr),
        "hint": step.hint and redact(step.hint),
    }


def _fault(data: dict[str, object]) -> DrillFault:
    return DrillFault(fields.text_of(data, "name"), _texts_by_name(data, "declared"), _texts_by_name(data, "measured"))


def _texts_by_name(data: dict[str, object], key: str) -> dict[str, str]:
    named = fields.object_of(data[key], key)
    return {name: fields.text_of(named, name) for name in named}


def _control(data: dict[str, object]) -> DrillControl:
    return DrillControl(
        declared_s=fields.number_of(data, "declared_s"),
        held_s=fields.number_of(data, "held_s"),
        sweeps=fields.whole_of(data, "sweeps"),
        stayed_red=fields.truth_of(data, "stayed_red"),
        turned_green=fields.truth_of(data, "turned_green"),
    )


def _step(data: dict[str, object]) -> DrillStep:
    return DrillStep(
        id=fields.text_of(data, "id"),
        section=fields.text_of(data, "section"),
        file=fields.text_of(data, "file"),
        line=fields.whole_of(data, "line"),
        commands=fields.text_of(data, "commands"),
        exit_code=None if data["exit_code"] is None else fields.whole_of(data, "exit_code"),
        timed_out=fields.truth_of(data, "timed_out"),
        duration_s=fields.number_of(data, "duration_s"),
        stdout=fields.text_of(data, "stdout"),
        stderr=fields.text_of(data, "stderr"),
        hint=fields.text_or_none(data, "hint"),
    )


def _event(data: dict[str, object]) -> DrillEvent:
    return DrillEvent(
        phase=fields.text_of(data, "phase"),
        text=fields.text_of(data, "text"),
        elapsed_s=fields.number_of(data, "elapsed_s"),
        at=fields.moment_of(data, "at"),
    )


def _verdict_or_none(data: dict[str, object], key: str) -> Verdict | None:
    return None if data[key] is None else fields.word_of(data, key, VERDICTS)
