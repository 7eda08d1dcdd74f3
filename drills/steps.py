"""The steps of a runbook: its shell blocks, each with an id and a kind. Ours declares them, in our words:

    ```bash {#container-status .diagnostic fault=api-killed}
    docker ps | grep finchat-api
    ```

    - broken if `exit != 0`: the container is gone

A step of ours is one block; below a diagnostic stands a list that says, command by command, how to read it: "broken if
`predicate`", "not here: why", or "no reading: why". A user's file declares nothing: there each commented group of a
block is a step, and gets its id from its section and order.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drills.runbook.blocks import Block, Document, Group, RunbookError, read_document
from drills.runbook.declared import read_attributes, read_readings
from drills.runbook.kinds import Kind, guess_kind
from drills.runbook.readings import Reading

__all__ = ["RUNBOOK", "Kind", "Runbook", "RunbookError", "Step", "StepLine", "load_runbook", "parse_runbook"]

RUNBOOK = Path(__file__).resolve().parent / "runbook.md"
SIZE_BYTES_MAX = 4 << 20


@dataclass(frozen=True)
class StepLine:
    """One command of a step. `lines`: how many command lines it has. `reading`: how to read it; None: nobody does."""

    line: int
    text: str
    reading: Reading | None = None
    lines: int = 1


@dataclass(frozen=True)
class Step:
    """One shell block of a runbook. `section`: the headings above it. `line`: that of its opening fence, from 1.

    `fault`: the fault that its section is about. `corrects`: the ids of the steps that do not work as written, in whose
    place this one stands. `checks`: the production checks that look at the same. `comment`: what the block says above
    its commands.
    """

    id: str
    section: str
    file: str
    line: int
    commands: str
    kind: Kind = Kind.MITIGATION
    lines: tuple[StepLine, ...] = ()
    fault: str | None = None
    corrects: tuple[str, ...] = ()
    comment: str = ""
    checks: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """file:line, as editors take it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Runbook:
    """The steps of one runbook, in its order. `document`: the text they stand in."""

    file: str
    steps: tuple[Step, ...]
    document: Document

    def step(self, step_id: str) -> Step:
        """The step with this id. Raises RunbookError, with the nearest id that exists."""
        found = next((step for step in self.steps if step.id == step_id), None)
        if found is None:
            raise RunbookError(f"{self.file}:1: there is no step {step_id!r}; {self._mend(step_id)}.")
        return found

    def corrections(self, step_id: str) -> tuple[Step, ...]:
        """The steps that stand in place of this one, which does not work as written."""
        return tuple(step for step in self.steps if step_id in step.corrects)

    def _mend(self, step_id: str) -> str:
        known = [step.id for step in self.steps]
        near = difflib.get_close_matches(step_id, known, n=1, cutoff=0.4)
        if not near:
            return f"known: {', '.join(known)}" if known else "it has no step at all"
        return f"did you mean {near[0]!r} ({self.step(near[0]).where})?"


def load_runbook(path: Path = RUNBOOK, *, ids_required: bool = True) -> Runbook:
    """The runbook in this file, ours unless told otherwise. Raises RunbookError."""
    try:
        if path.is_dir():
            raise RunbookError(f"{path} is a directory: give the path of a Markdown file.")
        with path.open("rb") as file:
            content = file.read(SIZE_BYTES_MAX + 1)
        if len(content) > SIZE_BYTES_MAX:
            raise RunbookError(f"{path} is larger than {SIZE_BYTES_MAX >> 20} MiB: give the path of a Markdown file.")
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else f"it is not UTF-8: {error.reason}"
        raise RunbookError(
            f"{path}:1: the runbook cannot be read ({said}): give the path of a Markdown file."
        ) from error
    if "\0" in text:
        raise RunbookError(f"{path}:1: the runbook cannot be read (it is binary): give the path of a Markdown file.")
    return parse_runbook(text, path.name if path == RUNBOOK else str(path), ids_required=ids_required)


def parse_runbook(text: str, file: str, *, ids_required: bool = True) -> Runbook:
    """The steps in `text`. `file` is how errors and records name it.

    `ids_required` False: for a runbook that is not ours, whose steps need declare nothing. Raises RunbookError for two
    steps with one id, a block without id or kind, a diagnostic whose readings are missing or do not parse, a step that
    corrects none, and what drills.runbook.blocks refuses.
    """
    document = read_document(text, file)
    shell = [block for block in document.blocks if block.is_shell]
    if not ids_required:
        return Runbook(file, tuple(_theirs(shell)), document)
    steps: dict[str, Step] = {}
    for step in map(_ours, shell):
        other = steps.setdefault(step.id, step)
        if other is not step:
            raise RunbookError(
                f"{step.where}: step {step.id!r} stands at {other.where} already: rename one of the two."
            )
    runbook = Runbook(file, tuple(steps.values()), document)
    for step in runbook.steps:
        for corrected in step.corrects:
            if corrected not in steps:
                raise RunbookError(f"{step.where}: step {step.id!r} corrects {corrected!r}, which is no step.")
    return runbook


def _ours(block: Block) -> Step:
    declared = read_attributes(block)
    groups = block.groups
    if not groups:
        raise RunbookError(f"{block.where}: step {declared.id!r} has no command: write one, or remove the block.")
    if len(groups) > 1:
        raise RunbookError(
            f"{block.file}:{groups[1].line}: a second comment begins here a second step: give it a block of its own."
        )
    commands = groups[0].commands
    readings = read_readings(block, declared, len(commands))
    lines = tuple(
        StepLine(command.line, command.text, reading, command.lines)
        for command, reading in zip(commands, readings, strict=True)
    )
    text = "".join(f"{command.text}\n" for command in commands)
    return Step(
        declared.id,
        block.section,
        block.file,
        block.line,
        text,
        kind=declared.kind,
        lines=lines,
        fault=declared.fault,
        corrects=declared.corrects,
        comment=groups[0].comment,
        checks=declared.checks,
    )


def _theirs(blocks: list[Block]) -> Iterator[Step]:
    counted: dict[str, int] = {}
    taken: set[str] = set()
    for block in blocks:
        named = re.match(r"\{#([a-z0-9-]+)[\s}]", block.attributes)
        if named and len(block.groups) == 1 and named[1] not in taken:
            taken.add(named[1])
            yield _their_step(block, block.groups[0], named[1])
            continue
        slug = "-".join(filter(None, map(_slug, block.path[-2:]))) or "top"
        for group in block.groups:
            counted[slug] = counted.get(slug, 0) + 1
            yield _their_step(block, group, f"{slug}-{counted[slug]}")


def _their_step(block: Block, group: Group, step_id: str) -> Step:
    lines = tuple(StepLine(command.line, command.text, None, command.lines) for command in group.commands)
    kind = guess_kind([line.text for line in lines], block.section, group.comment)
    text = "".join(f"{line.text}\n" for line in lines)
    return Step(step_id, block.section, block.file, block.line, text, kind, lines, comment=group.comment)


def _slug(heading: str) -> str:
    words = re.findall(r"[a-z]+", re.sub(r"\([^)]*\)", "", heading).lower())
    return "-".join(words)
