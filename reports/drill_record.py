"""The drills of a record: what each proved, and the measurements that say so. Times are seconds.

A field that a later version added has a default, so that older evidence stays readable; unknown fields are passed over.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal, cast, get_args

import msgspec

from reports.fields import redacted

Verdict = Literal["harmful", "not recovered", "not detected", "inconclusive", "self-healed", "detected", "recovered"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""Worst first."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class DrillFault(msgspec.Struct, frozen=True, kw_only=True):
    """The fault as it was declared, and as witnesses measured it: moment of the drill -> evidence. `calibrated`: what
    it did, as it was measured."""

    name: str
    declared: Mapping[str, str]
    measured: Mapping[str, str]
    calibrated: Mapping[str, str] = {}


class DrillControl(msgspec.Struct, frozen=True, kw_only=True):
    """The same fault without the step. `declared_s`: the TTR of which the control holds the fault twice."""

    declared_s: float
    held_s: float
    sweeps: int
    stayed_red: bool
    turned_green: bool


class DrillLine(msgspec.Struct, frozen=True, kw_only=True):
    """One command of a step, as it was typed. `notes`: what whoever typed had to do besides."""

    line: int
    command: str
    exit_code: int | None
    timed_out: bool
    duration_s: float
    output: str
    notes: tuple[str, ...]


class DrillStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step as it was run. `exit_code` None: it did not end by itself. `origin`: "documented" for the runbook's,
    "corrected" for ours."""

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
    origin: str = "documented"
    lines: tuple[DrillLine, ...] = ()


class DrillTries(msgspec.Struct, frozen=True, kw_only=True):
    """A mitigation that was tried: what it is worth and why. `still_red`: the required checks that did not come back.
    `lost`: files. `changes`: what the steps changed on the host, by what it is."""

    steps: tuple[str, ...]
    verdict: Verdict
    why: str
    time_to_recover_s: float | None
    still_red: tuple[str, ...]
    lost: tuple[str, ...]
    changes: Mapping[str, object]


class DrillFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A step that does not do what the runbook says."""

    step: str
    text: str
    id: str = ""
    kind: str = ""
    file: str = ""
    line: int = 0
    command: str = ""
    happened: str = ""
    why: str = ""
    whose: str = ""
    corrected: tuple[str, ...] = ()
    corrected_verdict: str | None = None
    state: str | None = None
    """New, known or overdue, against the findings file, which names `owner` and `due`."""
    owner: str | None = None
    due: str | None = None


class DrillCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check under the fault: "red" for the reason `code`, so long after the witness; "silent", or "unknown"."""

    id: str
    outcome: Literal["red", "silent", "unknown"]
    code: str | None
    time_to_detect_s: float | None


class DrillUsers(msgspec.Struct, frozen=True, kw_only=True):
    """What users got while the fault was in force, of so many requests. `degraded`: labelled as a fallback. `unsent`:
    of the failed ones, those that were never sent, as too many waited. `cut_off`: beside the requests, for nobody knows
    how they would have ended. `budget_spent`: of a 30-day error budget, as a share of 1."""

    window_s: float
    requests: int
    failed: int
    degraded: int
    unsent: int
    cut_off: int
    slowest_s: float | None
    first_failure_s: float | None
    last_failure_s: float | None
    budget_spent: float | None


class DrillAblation(msgspec.Struct, frozen=True, kw_only=True):
    """What a mitigation did when typed otherwise. `question`: "without" the line, "twice", "stopped" in the line."""

    question: str
    line: int | None
    command: str
    answer: str
    why: str


class DrillSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A check said the same from then to then, since the drill began."""

    outcome: str
    from_s: float
    to_s: float


class DrillLane(msgspec.Struct, frozen=True, kw_only=True):
    """What one check said over the time of the drill."""

    check: str
    spans: tuple[DrillSpan, ...]


class DrillEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the timeline. `elapsed_s`: since the drill began."""

    phase: str
    text: str
    elapsed_s: float
    at: Moment


class DrillRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One drill of a run. None: it did not come to that. `data_lost` None: not measured."""

    id: str
    scenario: str
    title: str
    deployment: str
    severity: Literal["p0", "p1", "p2", "p3"]
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
    started_at: Moment
    finished_at: Moment
    noticed_within_s: float | None = None
    time_to_detect_production_s: float | None = None
    """As the production interval would have it, at worst."""
    recover: tuple[str, ...] = ()
    documented: DrillTries | None = None
    corrected: DrillTries | None = None
    checks: tuple[DrillCheck, ...] = ()
    users: DrillUsers | None = None
    lanes: tuple[DrillLane, ...] = ()
    ablation: tuple[DrillAblation, ...] = ()
    logs: Mapping[str, str] = {}
    """What containers said around the fault."""
    reset_s: float | None = None
    """What it took to bring the bench into its first state before the drill."""


def drill_json(drill: DrillRecord, redact: Callable[[str], str] = str) -> dict[str, object]:
    """An element of run.json's `drills`, with every text in it put through `redact`."""
    return cast(dict[str, object], redacted(msgspec.to_builtins(drill), redact))


def drill_of(data: dict[str, object]) -> DrillRecord:
    """The drill in an element of `drills`. Raises ValueError, which says where it is no drill."""
    return msgspec.convert(data, DrillRecord)
