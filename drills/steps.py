"""Reads a Markdown runbook into steps: its fenced shell blocks, each with an id in its info string.

    ```bash {#restart-api}

Addresses a step by its id and shows file:line. A fence inside an HTML comment is no step.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

RUNBOOK = Path(__file__).resolve().parent / "runbook.md"
SHELLS = ("bash", "sh", "shell")

_ID = re.compile(r"\{#([a-z0-9]+(?:-[a-z0-9]+)*)\}")


class RunbookError(Exception):
    """The runbook, or what was asked of it, is of no use; the text says where and what to change."""


@dataclass(frozen=True)
class Step:
    """One shell block of a runbook. `section`: the heading above it. `line`: that of its opening fence, from 1."""

    id: str
    section: str
    file: str
    line: int
    commands: str

    @property
    def where(self) -> str:
        """file:line, as editors take it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Runbook:
    """The steps of one runbook, in its order."""

    file: str
    steps: tuple[Step, ...]

    def step(self, step_id: str) -> Step:
        """The step with this id. Raises RunbookError, with the nearest id that exists."""
        found = next((step for step in self.steps if step.id == step_id), None)
        if found is None:
            raise RunbookError(f"{self.file}:1: there is no step {step_id!r}; {self._mend(step_id)}.")
        return found

    def _mend(self, step_id: str) -> str:
        known = [step.id for step in self.steps]
        near = difflib.get_close_matches(step_id, known, n=1, cutoff=0.4)
        if not near:
            return f"known: {', '.join(known)}" if known else "it has no step at all"
        return f"did you mean {near[0]!r} ({self.step(near[0]).where})?"


def load_runbook(path: Path = RUNBOOK) -> Runbook:
    """The runbook in this file, ours unless told otherwise. Raises RunbookError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunbookError(
            f"{path}:1: the runbook cannot be read ({error}): give the path of a Markdown file."
        ) from error
    return parse_runbook(text, path.name)


def parse_runbook(text: str, file: str, *, ids_required: bool = True) -> Runbook:
    """The steps in `text`. `file` is how errors and records name it.

    `ids_required` False: a shell block without an id is called after its line (line-42), for a runbook that is not
    ours. Raises RunbookError for two steps with one id, a block without id, a fence that nothing closes, and a comment
    that is opened in the middle of a paragraph, where the fences after it are shown and would be run.
    """
    steps: dict[str, Step] = {}
    for step in _steps(MarkdownIt("commonmark").parse(text), text.splitlines(), file, ids_required):
        other = steps.setdefault(step.id, step)
        if other is not step:
            raise RunbookError(
                f"{step.where}: step {step.id!r} stands at {other.where} already: rename one of the two."
            )
    return Runbook(file, tuple(steps.values()))


def _steps(tokens: Sequence[Token], lines: Sequence[str], file: str, ids_required: bool) -> Iterator[Step]:
    section = ""
    for before, token in zip([None, *tokens], tokens, strict=False):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "inline":
            _refuse_open_comment(token, f"{file}:{line}")
            if before is not None and before.type == "heading_open":
                section = token.content
        elif token.type == "fence" and _language(token) in SHELLS:
            _refuse_open_fence(token, lines, f"{file}:{line}")
            yield Step(_id(token, f"{file}:{line}", ids_required, line), section, file, line, token.content)


def _language(token: Token) -> str:
    return token.info.strip().partition(" ")[0].partition("{")[0].lower()


def _id(token: Token, where: str, required: bool, line: int) -> str:
    rest = token.info.strip()[len(_language(token)) :].strip()
    if match := _ID.fullmatch(rest):
        return match[1]
    if rest and required:
        raise RunbookError(f"{where}: {rest!r} is no id: write {{#restart-api}}, lower case, with hyphens.")
    if required:
        raise RunbookError(
            f"{where}: this shell block has no id: write ```bash {{#restart-api}}, with an id of its own."
        )
    return f"line-{line}"


def _refuse_open_fence(token: Token, lines: Sequence[str], where: str) -> None:
    begin, end = token.map or (0, 0)
    if end - begin < 2 or not re.search(rf"^[\s>]*{re.escape(token.markup)}+\s*$", lines[end - 1]):
        raise RunbookError(f"{where}: nothing closes this block: end it with a line of {token.markup}.")


def _refuse_open_comment(token: Token, where: str) -> None:
    if any(child.type == "text" and "<!--" in child.content for child in token.children or ()):
        raise RunbookError(
            f"{where}: a comment that begins inside a paragraph hides no block: put <!-- on its own line."
        )
