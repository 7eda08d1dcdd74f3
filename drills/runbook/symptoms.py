"""The symptoms that a runbook lists: what a person is to see, for a drill to record as seen or not."""

from dataclasses import dataclass

from drills.runbook.blocks import Document


@dataclass(frozen=True)
class Symptom:
    """One item of a list below a heading, or a bold line, that says "Symptoms". `section`: the headings above that."""

    line: int
    section: str
    text: str


def symptoms_of(document: Document) -> tuple[Symptom, ...]:
    """The symptoms that the document lists, in its order."""
    return tuple(
        Symptom(item.line, " > ".join(item.path[:-1]), item.text)
        for item in document.items
        if item.path and item.path[-1].lower().startswith("symptom")
    )
