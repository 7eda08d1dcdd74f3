"""The runbook's steps of a record: what each command line is worth, what proved it, and of what that was taken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from reports import fields


@dataclass(frozen=True, slots=True)
class Proof:
    """What a verdict was taken of: hashes of the step's text, the compose file, the images and the suite, and when."""

    text: str
    compose: str
    images: str
    suite: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """One command line of a runbook. `id`: our step's; empty where the line is unaccounted. `drill`: what proved it.

    `verdict`: informative, blind, fails (diagnostics); recovers, no effect, harmful, partial, fails (mitigations);
    pending, not here, no reading, unaccounted.
    """

    id: str
    file: str
    line: int
    command: str
    kind: str
    verdict: str
    why: str
    drill: str | None = None
    duration_s: float | None = None
    healthy: str = ""
    broken: str = ""
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class SymptomSeen:
    """A symptom that a runbook lists, and whether it was seen under its section's fault. None: nobody looked."""

    file: str
    line: int
    section: str
    text: str
    seen: bool | None
    by: str


def step_json(step: StepVerdict, redact: Callable[[str], str] = str) -> dict[str, object]:
    """An element of run.json's runbook.steps."""
    proof = step.proof
    return {
        "id": step.id,
        "file": step.file,
        "line": step.line,
        "command": redact(step.command),
        "kind": step.kind,
        "verdict": step.verdict,
        "why": redact(step.why),
        "drill": step.drill,
        "duration_s": step.duration_s,
        "healthy": redact(step.healthy),
        "broken": redact(step.broken),
        "proof": proof
        and {
            "text": proof.text,
            "compose": proof.compose,
            "images": proof.images,
            "suite": proof.suite,
            "at": fields.utc_text(proof.at),
        },
    }


def step_of(data: dict[str, object]) -> StepVerdict:
    """The step in this object. Raises KeyError, TypeError or ValueError."""
    proof = data.get("proof")
    duration_s = data.get("duration_s")
    return StepVerdict(
        id=fields.text_of(data, "id"),
        file=fields.text_of(data, "file"),
        line=int(fields.number_of(data, "line")),
        command=fields.text_of(data, "command"),
        kind=fields.text_of(data, "kind"),
        verdict=fields.text_of(data, "verdict"),
        why=fields.text_of(data, "why"),
        drill=fields.text_or_none(data, "drill"),
        duration_s=None if duration_s is None else fields.number_of(data, "duration_s"),
        healthy=fields.text_of(data, "healthy"),
        broken=fields.text_of(data, "broken"),
        proof=None if proof is None else _proof(fields.object_of(proof, "proof")),
    )


def symptom_json(symptom: SymptomSeen, redact: Callable[[str], str] = str) -> dict[str, object]:
    """An element of run.json's runbook.symptoms."""
    return {
        "file": symptom.file,
        "line": symptom.line,
        "section": symptom.section,
        "text": redact(symptom.text),
        "seen": symptom.seen,
        "by": redact(symptom.by),
    }


def symptom_of(data: dict[str, object]) -> SymptomSeen:
    """The symptom in this object. Raises KeyError, TypeError or ValueError."""
    seen = data["seen"]
    if seen is not None and not isinstance(seen, bool):
        raise TypeError(f"seen is {seen!r}, not true, false or null")
    text = {key: fields.text_of(data, key) for key in ("file", "section", "text", "by")}
    return SymptomSeen(line=int(fields.number_of(data, "line")), seen=seen, **text)


def _proof(data: dict[str, object]) -> Proof:
    text = {key: fields.text_of(data, key) for key in ("text", "compose", "images", "suite")}
    return Proof(**text, at=fields.moment_of(data, "at"))
