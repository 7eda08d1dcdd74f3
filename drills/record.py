"""The record of one drill: its history and its verdict, in the words of run.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from checks.outcome import Severity
from drills.events import Event
from drills.history import Control, History
from drills.judge import Judgement, judge
from drills.scenario import Verdict
from drills.step_runner import StepRun

_OUTPUT_CHARS = 4000


@dataclass(frozen=True)
class FaultSeen:
    """The fault as it was meant to be, and as witnesses saw it: moment of the drill -> evidence."""

    name: str
    declared: Mapping[str, str]
    measured: Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """A step that does not do what the runbook says."""

    step: str
    text: str


@dataclass(frozen=True)
class DrillRecord:
    """One drill, as run.json has it. `id`: unique in a run. `why`: the verdict in one sentence. `noticed`: within the
    time that the scenario gives. `impact`: the watched checks that were red under the fault. `data_lost` None: not
    measured. `documented_verdict`: that of the steps as the runbook has them; `corrected_verdict`: that of ours.
    """

    id: str
    scenario: str
    title: str
    deployment: str
    severity: Severity
    verdict: Verdict
    expected: Verdict
    why: str
    doubts: tuple[str, ...]
    detected_by: str
    time_to_detect_s: float | None
    time_to_recover_s: float | None
    rto_s: float
    data_lost: bool | None
    fault: FaultSeen
    control: Control | None
    steps: tuple[StepRun, ...]
    findings: tuple[Finding, ...]
    documented_verdict: Verdict | None
    corrected_verdict: Verdict | None
    noticed: bool
    impact: tuple[str, ...]
    timeline: tuple[Event, ...]
    started_at: datetime
    finished_at: datetime


def record_of(history: History, drill_id: str) -> DrillRecord:
    """The history, judged. A judge that stumbles gives inconclusive, never a pass."""
    try:
        judgement = judge(history)
    except Exception as error:
        why = f"The judge stumbled over this history ({type(error).__name__}: {error})."
        judgement = Judgement(Verdict.INCONCLUSIVE, why, (why,))
    scenario, detection, recovery = history.scenario, history.detection, history.recovery
    return DrillRecord(
        id=drill_id,
        scenario=scenario.id,
        title=scenario.title,
        deployment=history.deployment,
        severity=scenario.severity,
        verdict=judgement.verdict,
        expected=scenario.expect,
        why=judgement.why,
        doubts=judgement.doubts,
        detected_by=scenario.detected_by.check,
        time_to_detect_s=detection.time_to_detect_s if detection else None,
        time_to_recover_s=recovery.time_to_recover_s if recovery else None,
        rto_s=history.limits.rto_s,
        data_lost=history.data_lost,
        fault=FaultSeen(scenario.fault, history.declared, _measured(history)),
        control=history.control,
        steps=history.steps,
        findings=tuple(_findings(history, judgement)),
        documented_verdict=judgement.verdict if history.steps else None,
        corrected_verdict=None,
        noticed=bool(detection and detection.code),
        impact=history.impact,
        timeline=history.timeline,
        started_at=history.started_at,
        finished_at=history.finished_at,
    )


def as_json(record: DrillRecord) -> dict[str, object]:
    """An element of run.json's `drills`."""
    control = record.control
    return {
        "id": record.id,
        "scenario": record.scenario,
        "title": record.title,
        "deployment": record.deployment,
        "severity": record.severity.value,
        "verdict": record.verdict.value,
        "expected": record.expected.value,
        "why": record.why,
        "doubts": list(record.doubts),
        "detected_by": record.detected_by,
        "time_to_detect_s": record.time_to_detect_s,
        "time_to_recover_s": record.time_to_recover_s,
        "rto_s": record.rto_s,
        "data_lost": record.data_lost,
        "fault": {
            "name": record.fault.name,
            "declared": dict(record.fault.declared),
            "measured": dict(record.fault.measured),
        },
        "control": control
        and {
            "declared_s": control.declared_s,
            "held_s": control.held_s,
            "sweeps": control.sweeps,
            "stayed_red": control.stayed_red,
            "turned_green": control.turned_green,
        },
        "steps": [_step(run) for run in record.steps],
        "findings": [{"step": finding.step, "text": finding.text} for finding in record.findings],
        "documented_verdict": record.documented_verdict and record.documented_verdict.value,
        "corrected_verdict": record.corrected_verdict and record.corrected_verdict.value,
        "noticed": record.noticed,
        "impact": list(record.impact),
        "timeline": [_event(event) for event in record.timeline],
        "started_at": _utc(record.started_at),
        "finished_at": _utc(record.finished_at),
    }


def _measured(history: History) -> dict[str, str]:
    seen = {
        "injected": history.witnessed,
        "held": history.witnessed_held,
        "recovered": history.witnessed_recovered,
        "cured": history.witnessed_cured,
    }
    return {moment: evidence for moment, evidence in seen.items() if evidence is not None}


def _findings(history: History, judgement: Judgement) -> list[Finding]:
    failed = [Finding(run.step.id, f"The {run.sentence}.") for run in history.steps if not run.succeeded]
    blamed = history.steps[-1:] if judgement.verdict in (Verdict.HARMFUL, Verdict.NOT_RECOVERED) else ()
    return [*failed, *(Finding(run.step.id, judgement.why) for run in blamed)]


def _step(run: StepRun) -> dict[str, object]:
    return {
        "id": run.step.id,
        "section": run.step.section,
        "file": run.step.file,
        "line": run.step.line,
        "commands": run.script,
        "exit_code": run.ran.exit_code,
        "timed_out": run.ran.timed_out,
        "duration_s": run.ran.duration_s,
        "stdout": run.ran.stdout[-_OUTPUT_CHARS:],
        "stderr": run.ran.stderr[-_OUTPUT_CHARS:],
        "hint": run.hint,
    }


def _event(event: Event) -> dict[str, object]:
    return {"phase": event.phase.value, "text": event.text, "elapsed_s": event.elapsed_s, "at": _utc(event.at)}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
