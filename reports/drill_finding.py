"""A finding in a drill of run.json: a step that does not do what the runbook says."""

from collections.abc import Callable
from dataclasses import dataclass

from reports import fields


@dataclass(frozen=True, slots=True)
class DrillFinding:
    """One finding. `state`: new, known or overdue, against the findings file, which names `owner` and `due`.

    Records older than the findings file have `step` and `text` alone.
    """

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
    owner: str | None = None
    due: str | None = None


def finding_json(finding: DrillFinding, redact: Callable[[str], str] = str) -> dict[str, object]:
    """An element of a drill's `findings`, with every free text put through `redact`."""
    short: dict[str, object] = {"step": finding.step, "text": redact(finding.text)}
    if not finding.id:
        return short
    return {
        **short,
        "id": finding.id,
        "kind": finding.kind,
        "file": finding.file,
        "line": finding.line,
        "command": redact(finding.command),
        "happened": redact(finding.happened),
        "why": redact(finding.why),
        "whose": finding.whose,
        "corrected": list(finding.corrected),
        "corrected_verdict": finding.corrected_verdict,
        "state": finding.state,
        "owner": finding.owner and redact(finding.owner),
        "due": finding.due,
    }


def finding_of(data: dict[str, object]) -> DrillFinding:
    """The finding in an element of `findings`. Raises KeyError, TypeError or ValueError."""
    step, text = fields.text_of(data, "step"), fields.text_of(data, "text")
    if "id" not in data:
        return DrillFinding(step, text)
    return DrillFinding(
        step=step,
        text=text,
        id=fields.text_of(data, "id"),
        kind=fields.text_of(data, "kind"),
        file=fields.text_of(data, "file"),
        line=fields.whole_of(data, "line"),
        command=fields.text_of(data, "command"),
        happened=fields.text_of(data, "happened"),
        why=fields.text_of(data, "why"),
        whose=fields.text_of(data, "whose"),
        corrected=fields.texts_of(data, "corrected"),
        corrected_verdict=fields.text_or_none(data, "corrected_verdict"),
        state=fields.text_or_none(data, "state"),
        owner=fields.text_or_none(data, "owner"),
        due=fields.text_or_none(data, "due"),
    )
