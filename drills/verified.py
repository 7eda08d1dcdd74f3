"""Every command line of a runbook with its verdict, from what a run of drills found out. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from drills.bench.deployment import COMPOSE_NAMES, Deployment, read_deployment
from drills.bench.options import Choice
from drills.bench.process import BenchError
from drills.bench.spec import image_ids_today
from drills.runbook.accounting import Account, Accounting
from drills.runbook.readings import NoReading, NotHere
from drills.steps import Kind, Runbook, Step, StepLine

ROOT = Path(__file__).resolve().parents[1]
PENDING = "pending"
UNACCOUNTED = "unaccounted"

MITIGATION_VERDICTS: Mapping[str, str] = MappingProxyType(
    {"recovered": "recovers", "harmful": "harmful", "not recovered": "no effect"}
)
"""What a drill's verdict says of the steps that it ran; any other leaves them pending."""

WORST_FIRST = ("harmful", "not recovered", "recovered")

Found = Mapping[str, object]
"""A line's verdict or a drill's record, as run.json has it."""


@dataclass(frozen=True)
class Subject:
    """The runbook that is proven: ours, or a user's (`theirs`) with what accounts for its lines."""

    ours: Runbook
    theirs: Runbook | None = None
    accounting: Accounting | None = None

    @property
    def runbook(self) -> Runbook:
        """The runbook that is proven."""
        return self.theirs or self.ours

    def step(self, step_id: str) -> Step:
        """Our step with the commands of the runbook that is proven. BenchError where that runbook has them not."""
        ours = self.ours.step(step_id)
        if self.accounting is None:
            return ours
        rows = self.accounting.rows_of(step_id)
        if not rows:
            raise BenchError(
                f"{self.accounting.file} has no line of step {step_id} ({ours.where}): "
                "mend it, or run without --runbook."
            )
        lines = tuple(StepLine(row.line, row.command, None, row.lines) for row in rows)
        text = "".join(f"{line.text}\n" for line in lines)
        return Step(step_id, ours.section, self.accounting.file, rows[0].line, text, ours.kind, lines)


@dataclass(frozen=True)
class _Line:
    step: Step | None
    line: int
    command: str
    kind: Kind
    reading: object = None
    by: str = ""
    verdict: str | None = field(default=None)


def verified_lines(subject: Subject, lines: Sequence[Found], drills: Sequence[Found]) -> list[dict[str, object]]:
    """An element of run.json's runbook.steps for each command line. `lines`: the verdicts on diagnostics; `drills`: the
    records of drills, which say what their steps are worth."""
    by_place = {(found["file"], found["line"]): found for found in lines}
    telling = [drill for drill in drills if drill["verdict"] in WORST_FIRST]
    telling.sort(key=lambda drill: WORST_FIRST.index(str(drill["verdict"])), reverse=True)
    by_step = {step_id: drill for drill in telling for step_id in _steps_of(drill)}  # the worst stays
    file = subject.runbook.file
    return [_verified(line, file, by_place.get((file, line.line)), by_step) for line in _lines(subject)]


def hashes_of(deployment: Deployment, image_ids: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """What a verdict is taken of: the compose file, the images (by their names on the host; none: not known), and the
    suite, which is all Python files of the checks and the drills."""
    compose = next(deployment.files[name] for name in COMPOSE_NAMES if name in deployment.files)
    images = "".join(f"{name} {image_id}\n" for name, image_id in sorted(image_ids.items()))
    suite = hashlib.sha256()
    for path in sorted(file for room in ("checks", "drills") for file in (root / room).rglob("*.py")):
        suite.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return {
        "compose": hashlib.sha256(compose).hexdigest(),
        "images": text_hash(images) if images else "",
        "suite": suite.hexdigest(),
    }


def current_hashes(choice: Choice) -> dict[str, str]:
    """The same for what this command line would deploy today. The images are told where an engine answers."""
    deployment = read_deployment(choice.deployment, choice.target)
    return hashes_of(deployment, image_ids_today(deployment, choice))


def text_hash(text: str) -> str:
    """The hash of a command line's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _lines(subject: Subject) -> Iterator[_Line]:
    if subject.accounting is None:
        for step in subject.ours.steps:
            for line in step.lines:
                yield _Line(step, line.line, line.text, step.kind, line.reading)
        return
    for row in subject.accounting.rows:
        place = row.ours
        verdict = UNACCOUNTED if row.account is Account.NONE else None
        reading = place.line.reading if place else None
        yield _Line(place.step if place else None, row.line, row.command, row.kind, reading, row.by, verdict)


def _verified(line: _Line, file: str, found: Found | None, by_step: Mapping[str, Found]) -> dict[str, object]:
    head: dict[str, object] = {
        "id": line.step.id if line.step else "",
        "file": file,
        "line": line.line,
        "command": line.command,
        "kind": line.kind.value,
    }
    empty = {"drill": None, "duration_s": None, "healthy": "", "broken": "", "proof": None}
    if line.verdict is not None:
        return {**head, "verdict": line.verdict, "why": line.by or "no step of ours has it", **empty}
    if found is not None:
        return {**head, **{key: found[key] for key in ("verdict", "why", *empty)}}
    if isinstance(line.reading, NotHere):
        return {**head, "verdict": "not here", "why": line.reading.reason, **empty}
    if isinstance(line.reading, NoReading):
        return {**head, "verdict": "no reading", "why": line.reading.reason, **empty}
    drill = by_step.get(line.step.id) if line.step else None
    if drill is not None and (verdict := MITIGATION_VERDICTS.get(str(drill["verdict"]))):
        ran = next(step for step in _objects(drill["steps"]) if step["id"] == head["id"])
        taken = drill.get("proof")
        proof = {**taken, "text": text_hash(line.command)} if isinstance(taken, dict) else None
        proven = {"drill": drill["scenario"], "duration_s": ran["duration_s"], "proof": proof}
        return {**head, "verdict": verdict, "why": drill["why"], **empty, **proven}
    fault = line.step.fault if line.step else None
    why = f"no drill of this run ran it{f' under {fault}' if fault else ''}"
    return {**head, "verdict": PENDING, "why": why, **empty}


def _steps_of(drill: Found) -> list[str]:
    return [str(step["id"]) for step in _objects(drill["steps"])]


def _objects(value: object) -> list[Mapping[str, object]]:
    return list(value) if isinstance(value, list) else []
