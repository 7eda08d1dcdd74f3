"""What our runbook declares of a step: its id, kind and fault behind the fence, its readings in the list below."""

import re
from dataclasses import dataclass

from drills.runbook.blocks import Block, Note, RunbookError
from drills.runbook.kinds import Kind
from drills.runbook.predicate import parse_predicate
from drills.runbook.readings import NoReading, NotHere, Reading

_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_WORDS = ("fault", "corrects", "check")
_VALUE = r"[a-z0-9]+(?:[-_][a-z0-9]+)*"
_FORMS = "`- broken if `, then a predicate as code; `- not here: ` and why; or `- no reading: ` and why"


@dataclass(frozen=True)
class Declared:
    """The attributes of a block."""

    id: str
    kind: Kind
    fault: str | None
    corrects: tuple[str, ...]
    checks: tuple[str, ...]


def read_attributes(block: Block) -> Declared:
    """What the block declares of itself: {#id .kind fault=name corrects=id,id check=name}. Raises RunbookError."""
    where, given = block.where, block.attributes
    if not given:
        raise RunbookError(
            f"{where}: this shell block has no id: write ```bash {{#restart-api .mitigation}}, with an id of its own."
        )
    step_id = re.match(rf"\{{#({_NAME})(?=[\s}}])([^}}]*)\}}$", given)
    if step_id is None:
        raise RunbookError(
            f"{where}: {given!r} is no id: write {{#restart-api .mitigation}}, lower case, with hyphens."
        )
    kinds: list[Kind] = []
    words: dict[str, str] = {}
    for part in step_id[2].split():
        key, equals, value = part.partition("=")
        if part[:1] == "." and part[1:] in list(Kind):
            kinds.append(Kind(part[1:]))
        elif equals and key in _WORDS and key not in words and re.fullmatch(rf"{_VALUE}(?:,{_VALUE})*", value):
            words[key] = value
        else:
            known = ", ".join([*(f".{kind}" for kind in Kind), *(f"{word}=name" for word in _WORDS)])
            raise RunbookError(f"{where}: {part!r} says nothing of step {step_id[1]!r}: write one of {known}.")
    if len(kinds) != 1:
        known = ", ".join(f".{kind}" for kind in Kind)
        raise RunbookError(f"{where}: step {step_id[1]!r} is to be one of {known}: write one of them after its id.")
    if "fault" not in words and kinds[0] is not Kind.BOOKKEEPING:
        raise RunbookError(f"{where}: step {step_id[1]!r} names no fault that it is for: write fault=api-killed.")
    corrects, checks = (tuple(filter(None, words.get(key, "").split(","))) for key in ("corrects", "check"))
    return Declared(step_id[1], kinds[0], words.get("fault"), corrects, checks)


def read_readings(block: Block, declared: Declared, commands: int) -> tuple[Reading | None, ...]:
    """How each command of the block is read, by the list below it; None for each where nobody reads it.

    Raises RunbookError where a diagnostic has another number of readings than of commands.
    """
    notes = block.notes if any(_is_reading(note) for note in block.notes) else ()
    if not notes and not declared.kind.is_read:
        return (None,) * commands
    if len(notes) != commands:
        raise RunbookError(
            f"{block.where}: {declared.kind} {declared.id!r} has {commands} commands and {len(notes)} readings: put a "
            f"list below the block, an item a command, each {_FORMS}."
        )
    return tuple(_reading(note, f"{block.file}:{note.line}") for note in notes)


def _is_reading(note: Note) -> bool:
    return re.match(r"(broken if|not here|no reading)\b", note.text) is not None


def _reading(note: Note, where: str) -> Reading:
    if note.text.startswith("broken if `") and note.code is not None:
        return parse_predicate(note.code, where)
    found = re.match(r"(not here|no reading): (\S.*)", note.text, re.DOTALL)
    if found is None:
        raise RunbookError(f"{where}: {note.text!r} is no reading: write {_FORMS}.")
    reason = " ".join(found[2].split())
    return NotHere(reason) if found[1] == "not here" else NoReading(reason)
