"""The record of one drill: its history and its verdict, in the words of run.json."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from checks.outcome import Severity
from drills.events import Event
from drills.history import Attempt, Control, History
from drills.impact import UserImpact
from drills.judge import Judgement, judge
from drills.judge_attempt import Tried
from drills.lanes import Lane
from drills.noticed import Noticed
from drills.production_ttd import production_ttd_s
from drills.scenario import Verdict
from drills.step_runner import StepRun
from drills.terminal import CommandRun

_OUTPUT_CHARS = 4000


@dataclass(frozen=True)
class FaultSeen:
    """The fault as it was meant to be, and as witnesses saw it: moment of the drill -> evidence. `calibrated`: what it
    did, as it was measured."""

    name: str
    declared: Mapping[str, str]
    measured: Mapping[str, str]
    calibrated: Mapping[str, str]


@dataclass(frozen=True)
class Tries:
    """A mitigation that was tried, and what it is worth. `ids`: the steps that there were to run."""

    ids: tuple[str, ...]
    attempt: Attempt
    judged: Tried


@dataclass(frozen=True)
class Finding:
    """A step that does not do what the runbook says."""

    step: str
    text: str


@dataclass(frozen=True)
class DrillRecord:
    """One drill, as run.json has it. `id`: unique in a run. `why`: the verdict in one sentence. `noticed`: within the
    time that the scenario gives. `impact`: the watched checks that were red under the fault. `data_lost` None: not
    measured. `documented`: the steps as the runbook has them; `corrected`: ours.
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
    noticed_within_s: float
    recover: tuple[str, ...]
    time_to_detect_s: float | None
    time_to_recover_s: float | None
    rto_s: float
    data_lost: bool | None
    fault: FaultSeen
    control: Control | None
    documented: Tries | None
    corrected: Tries | None
    findings: tuple[Finding, ...]
    noticed: bool
    impact: tuple[str, ...]
    checks: Mapping[str, Noticed]
    users: UserImpact | None
    reset_s: float | None
    lanes: tuple[Lane, ...]
    logs: Mapping[str, str]
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
    scenario, detection, decisive = history.scenario, history.detection, history.decisive
    recovery = decisive and decisive.recovery
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
        noticed_within_s=scenario.noticed_within_s,
        recover=scenario.recover,
        time_to_detect_s=detection.time_to_detect_s if detection else None,
        time_to_recover_s=recovery.time_to_recover_s if recovery else None,
        rto_s=history.limits.rto_s,
        data_lost=_data_lost(history),
        fault=FaultSeen(scenario.fault, history.declared, _measured(history), history.calibrated),
        control=history.control,
        documented=_tries(scenario.steps, history.documented, judgement.documented),
        corrected=_tries(scenario.corrected, history.corrected, judgement.corrected),
        findings=tuple(_findings(history, judgement)),
        noticed=bool(detection and detection.code),
        impact=history.impact,
        checks=history.noticed,
        users=history.users,
        reset_s=history.prepared_s,
        lanes=history.lanes,
        logs=history.logs,
        timeline=history.timeline,
        started_at=history.started_at,
        finished_at=history.finished_at,
    )


def as_json(record: DrillRecord) -> dict[str, object]:
    """An element of run.json's `drills`."""
    control, ttd_s = record.control, record.time_to_detect_s
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
        "noticed_within_s": record.noticed_within_s,
        "recover": list(record.recover),
        "time_to_detect_s": record.time_to_detect_s,
        "time_to_detect_production_s": None if ttd_s is None else production_ttd_s(ttd_s),
        "time_to_recover_s": record.time_to_recover_s,
        "rto_s": record.rto_s,
        "data_lost": record.data_lost,
        "fault": {
            "name": record.fault.name,
            "declared": dict(record.fault.declared),
            "measured": dict(record.fault.measured),
            "calibrated": dict(record.fault.calibrated),
        },
        "control": control
        and {
            "declared_s": control.declared_s,
            "held_s": control.held_s,
            "sweeps": control.sweeps,
            "stayed_red": control.stayed_red,
            "turned_green": control.turned_green,
        },
        "steps": [*_steps("documented", record.documented), *_steps("corrected", record.corrected)],
        "findings": [{"step": finding.step, "text": finding.text} for finding in record.findings],
        "documented": _tries_json(record.documented),
        "corrected": _tries_json(record.corrected),
        "documented_verdict": record.documented and record.documented.judged.verdict.value,
        "corrected_verdict": record.corrected and record.corrected.judged.verdict.value,
        "noticed": record.noticed,
        "impact": list(record.impact),
        "checks": [_check(check_id, seen) for check_id, seen in sorted(record.checks.items())],
        "users": record.users and asdict(record.users),
        "reset_s": record.reset_s,
        "lanes": [asdict(lane) for lane in record.lanes],
        "logs": dict(record.logs),
        "timeline": [_event(event) for event in record.timeline],
        "started_at": _utc(record.started_at),
        "finished_at": _utc(record.finished_at),
    }


def _tries(ids: tuple[str, ...], attempt: Attempt | None, judged: Tried | None) -> Tries | None:
    if attempt is None:
        return None
    return Tries(ids, attempt, judged or Tried(Verdict.INCONCLUSIVE, "Nobody judged it."))


def _data_lost(history: History) -> bool | None:
    seen = [one.difference for one in (history.documented, history.corrected) if one and one.difference is not None]
    return any(difference.lost for difference in seen) if seen else None


def _measured(history: History) -> dict[str, str]:
    seen = {
        "injected": history.witnessed,
        "held": history.witnessed_held,
        "recovered": history.decisive.witnessed if history.decisive else None,
        "cured": history.witnessed_cured,
    }
    return {moment: evidence for moment, evidence in seen.items() if evidence is not None}


def _findings(history: History, judgement: Judgement) -> list[Finding]:
    attempt, judged = history.documented, judgement.documented
    if attempt is None or judged is None:
        return []
    failed = [Finding(run.step.id, f"The {run.sentence}.") for run in attempt.steps if not run.succeeded]
    blamed = attempt.steps[-1:] if judged.verdict in (Verdict.HARMFUL, Verdict.NOT_RECOVERED) else ()
    return [*failed, *(Finding(run.step.id, judged.why) for run in blamed)]


def _tries_json(tries: Tries | None) -> dict[str, object] | None:
    if tries is None:
        return None
    attempt, recovery = tries.attempt, tries.attempt.recovery
    return {
        "steps": list(tries.ids),
        "verdict": tries.judged.verdict.value,
        "why": tries.judged.why,
        "time_to_recover_s": recovery and recovery.time_to_recover_s,
        "still_red": list(recovery.red) if recovery else [],
        "lost": list(attempt.difference.lost) if attempt.difference else [],
        "changes": dict(attempt.difference.changes) if attempt.difference else {},
    }


def _check(check_id: str, seen: Noticed) -> dict[str, object]:
    return {"id": check_id, "outcome": seen.how.value, "code": seen.code, "time_to_detect_s": seen.time_s}


def _steps(origin: str, tries: Tries | None) -> list[dict[str, object]]:
    return [{"origin": origin, **_step(run)} for run in tries.attempt.steps] if tries else []


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
        "lines": [_line(typed.line, one) for typed, one in zip(run.step.lines, run.commands, strict=False)],
    }


def _line(line: int, one: CommandRun) -> dict[str, object]:
    return {
        "line": line,
        "command": one.command,
        "exit_code": one.exit_code,
        "timed_out": one.timed_out,
        "duration_s": one.duration_s,
        "output": one.output[-_OUTPUT_CHARS:],
        "notes": list(one.notes),
    }


def _event(event: Event) -> dict[str, object]:
    return {"phase": event.phase.value, "text": event.text, "elapsed_s": event.elapsed_s, "at": _utc(event.at)}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
