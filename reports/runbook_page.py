"""The verified runbook: the runbook's own text with each command line's verdict below its block, and the matrix."""

import json
import re
from collections.abc import Container, Iterable, Sequence

from reports.record import Record
from reports.step_record import StepVerdict, SymptomSeen


def verified_runbook(lines: Sequence[str], ends: Container[int], record: Record, file: str) -> str:
    """The lines of the runbook `file` with a table of verdicts below each shell block, measured times, and links.

    `ends`: the numbers of the lines that close a block, from 1. Links go to the drill in the report beside it. What it
    says of a line is what the record says.
    """
    steps = sorted((step for step in record.steps if step.file == file), key=lambda step: step.line)
    out: list[str] = [*_head(record, steps), ""]
    waiting = list(steps)
    for number, line in enumerate(lines, start=1):
        out.append(line)
        if number in ends:
            of_block = [step for step in waiting if step.line < number]
            waiting = [step for step in waiting if step.line > number]
            inside = re.match(r"[\s>]*", line)  # of a list or a quotation, so is the table
            rows = [f"{inside[0] if inside else ''}{row}".rstrip() for row in ["", *_table(of_block), ""]]
            out += rows if of_block else []
    return "\n".join([*out, "", *_symptoms([one for one in record.symptoms if one.file == file])]) + "\n"


def matrix(record: Record) -> str:
    """Steps by scenarios and faults, as JSON: for each step the verdict that each drill or fault gave its lines."""
    rows = []
    for step_id in dict.fromkeys(step.id for step in record.steps):
        lines = [step for step in record.steps if step.id == step_id]
        cells: dict[str, dict[str, str]] = {}
        for step in lines:
            cells.setdefault(step.drill or "-", {})[str(step.line)] = step.verdict
        rows.append({"step": step_id, "lines": [step.line for step in lines], "by": cells})
    columns = sorted({step.drill for step in record.steps if step.drill})
    return json.dumps({"run_id": record.run_id, "drills": columns, "steps": rows}, indent=2) + "\n"


def _head(record: Record, steps: Sequence[StepVerdict]) -> list[str]:
    counted = [f"{sum(step.verdict == verdict for step in steps)} {verdict}" for verdict in _verdicts(steps)]
    return [
        f"> Verified by run {record.run_id} on {record.finished_at:%Y-%m-%d}, deployment: {record.deployment}.",
        f"> {len(steps)} command lines: {', '.join(counted)}.",
    ]


def _verdicts(steps: Iterable[StepVerdict]) -> list[str]:
    return sorted({step.verdict for step in steps})


def _table(steps: Sequence[StepVerdict]) -> list[str]:
    rows = ["| line | verdict | took | why |", "|---|---|---|---|"]
    for step in steps:
        took = f"{step.duration_s:.2f} s" if step.duration_s is not None else ""
        link = f" ([{step.drill}](report/index.html))" if step.drill else ""
        rows.append(f"| {step.line} | **{step.verdict}** | {took} | {_cell(step.why)}{link} |")
    return rows


def _symptoms(symptoms: Sequence[SymptomSeen]) -> list[str]:
    if not symptoms:
        return []
    words = {True: "seen", False: "not seen", None: "not looked for"}
    rows = [f"| {one.line} | {_cell(one.text)} | **{words[one.seen]}** | {_cell(one.by)} |" for one in symptoms]
    return ["## Symptoms, as recorded", "", "| line | symptom | | by |", "|---|---|---|---|", *rows]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
