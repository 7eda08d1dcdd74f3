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
from drills.findings.commands import cannot_run
from drills.recorded import objects_of
from drills.runbook.accounting import Account, Accounting
from drills.runbook.readings import NoReading, NotHere
from drills.steps import Kind, Runbook, Step, StepLine

ROOT = Path(__file__).resolve().parents[1]
PENDING = "pending"
UNACCOUNTED = "unaccounted"

MITIGATION_VERDICTS: Mapping[str, str] = MappingProxyType(
    {"recovered": "recovers", "harmful": "harmful", "not recovered": "no effect"}
)
"""What the verdict on the documented steps, or on ours, says of each of them; any other leaves them pending."""

WORST_FIRST = ("harmful", "fails", "no effect", "partial", "recovers")

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

    def corrected(self, step_id: str) -> Step:
        """Our step, whatever runbook is proven: what stands in the place of its steps, it has not got."""
        return self.ours.step(step_id)

    def places(self, step_id: str) -> tuple[tuple[str, int], ...]:
        """For each command of the step in the runbook that is proven: our name for it, and its line there.

        The name is the step's id where it has one command, else with the command's number in our step: logs#2.
        """
        ours = self.ours.step(step_id).lines
        if self.accounting is None:
            return tuple((_place(step_id, ours, line), line.line) for line in ours)
        rows = self.accounting.rows_of(step_id)
        return tuple((_place(step_id, ours, row.ours.line), row.line) for row in rows if row.ours)


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
    by_step: dict[str, _Ran] = {}
    for ran in sorted(_telling(drills), key=lambda ran: WORST_FIRST.index(ran.verdict), reverse=True):
        by_step[str(ran.step["id"])] = ran  # the worst stays
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


def is_documented(step: Found) -> bool:
    """Whether a step of a drill's record is one that the runbook has, and none of ours in its place."""
    return step.get("origin", "documented") == "documented"


def is_partial(drill: Found) -> bool:
    """Whether the documented steps brought back some of the checks that were red and had to recover, and others not."""
    tried = drill.get("documented")
    still = set(_names(tried.get("still_red"))) if isinstance(tried, dict) else set()
    required, red = (set(_names(drill.get(key))) for key in ("recover", "impact"))
    broken = required & red
    return bool(broken - still) and bool(broken & still)


def step_verdict(drill: Found, step: Found) -> str | None:
    """What a drill says of one of the steps that it ran (DESIGN, Step verdicts); None where it is in doubt."""
    documented = is_documented(step)
    ended = drill.get("documented_verdict" if documented else "corrected_verdict", drill["verdict"])
    verdict = MITIGATION_VERDICTS.get(str(ended))
    if verdict != "no effect":
        return verdict
    if any(cannot_run(_exit_code(line), str(line.get("output", ""))) for line in objects_of(step.get("lines"))):
        return "fails"
    return "partial" if documented and is_partial(drill) else verdict


def _verified(line: _Line, file: str, found: Found | None, by_step: Mapping[str, "_Ran"]) -> dict[str, object]:
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
    ran = by_step.get(line.step.id) if line.step else None
    if ran is not None:
        taken = ran.drill.get("proof")
        proof = {**taken, "text": text_hash(line.command)} if isinstance(taken, dict) else None
        proven = {"drill": ran.drill["scenario"], "duration_s": ran.step["duration_s"], "proof": proof}
        return {**head, "verdict": ran.verdict, "why": ran.why, **empty, **proven}
    fault = line.step.fault if line.step else None
    why = f"no drill of this run ran it{f' under {fault}' if fault else ''}"
    return {**head, "verdict": PENDING, "why": why, **empty}


@dataclass(frozen=True)
class _Ran:
    """A step in a drill that tells what it is worth."""

    drill: Found
    step: Found
    verdict: str

    @property
    def why(self) -> object:
        tried = self.drill.get("documented" if is_documented(self.step) else "corrected")
        return tried["why"] if isinstance(tried, dict) else self.drill["why"]


def _telling(drills: Sequence[Found]) -> Iterator[_Ran]:
    for drill in drills:
        for step in objects_of(drill["steps"]):
            if verdict := step_verdict(drill, step):
                yield _Ran(drill, step, verdict)


def _place(step_id: str, lines: Sequence[StepLine], line: StepLine) -> str:
    return step_id if len(lines) == 1 else f"{step_id}#{lines.index(line) + 1}"


def _exit_code(line: Found) -> int | None:
    code = line.get("exit_code")
    return code if isinstance(code, int) else None


def _names(value: object) -> list[str]:
    return list(map(str, value)) if isinstance(value, list) else []
