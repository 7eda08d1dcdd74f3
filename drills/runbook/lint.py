"""What is wrong with the text of a runbook: places that nobody filled in, words against commands, broken characters.

The findings are advice. They say nothing of whether a step works; that is for drills.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from drills.runbook.lint_commands import LineFinding, lint_commands
from drills.runbook.shell import normal, without_comment
from drills.steps import Runbook

_PLACEHOLDERS = re.compile(
    r"\[(?:your )?(?:name|e-?mail|phone|contact|person)\]|(?:\+?1[- .]?)?\b(?:\d{3}[- .])?555[- .]\d{4}\b"
    r"|(?<![\w.+-])[\w.+-]*@(?:company|example|yourcompany|acme|domain)\.(?:com|org|net)|\b(?:TODO|TBD|FIXME)\b",
    re.IGNORECASE,
)
_UP = re.compile(r"\b(increas|rais|higher|enlarg|grow)\w*", re.IGNORECASE)
_DOWN = re.compile(r"\b(reduc|lower|decreas|less|shrink)\w*", re.IGNORECASE)
_WRITTEN = re.compile(r">\s*([^\s;&|>]+)")
_FILLERS = frozenset({"ENABLE", "ENABLED", "USE", "IS", "MODE", "FLAG", "ON", "OPTION"})
"""Words of a variable's name without which it would be the same one."""
_ASSIGNED = re.compile(r"(?:^|[\s;&|])(?:export\s+)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)=")


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `code` is stable; `text` is a sentence."""

    file: str
    line: int
    code: str
    text: str

    @property
    def sentence(self) -> str:
        """file:line and what is wrong there."""
        return f"{self.file}:{self.line}: {self.text} [{self.code}]"


def lint(runbook: Runbook, known: Callable[[str], bool] = lambda command: False) -> tuple[Finding, ...]:
    """What is wrong with the text of this runbook, by line. `known`: whether a command is one of ours."""
    found = [*_contacts(runbook), *_mojibake(runbook.document.lines), *_contradictions(runbook), *_spellings(runbook)]
    found += _untold_shell(runbook, known)
    blocks = [[command for group in block.groups for command in group.commands] for block in runbook.document.blocks]
    made = {file for commands in blocks for command in commands for file in _WRITTEN.findall(command.text)}
    found += [finding for commands in blocks for finding in lint_commands(commands, made)]
    findings = (Finding(runbook.file, line, code, text) for line, code, text in found)
    return tuple(sorted(findings, key=lambda finding: (finding.line, finding.code)))


def _contacts(runbook: Runbook) -> Iterator[LineFinding]:
    inside = {line for block in runbook.document.blocks for line in range(block.line, block.line_last + 1)}
    for number, text in enumerate(runbook.document.lines, 1):
        found = list(dict.fromkeys(_PLACEHOLDERS.findall(text))) if number not in inside else []
        if found:
            yield number, "placeholder", f"nobody can be reached at {', '.join(found)}: fill it in"


def _mojibake(lines: Sequence[str]) -> Iterator[LineFinding]:
    for number, text in enumerate(lines, 1):
        for run in re.findall(r"[^\x00-\x7f]+", text):
            meant = _decoded(run)
            if meant is not None:
                yield number, "mojibake", f"{run!r} is {meant!r}, read in the wrong encoding: write it anew in UTF-8"
                break
        if "\ufffd" in text:
            yield number, "mojibake", "a character was lost (U+FFFD): write it anew in UTF-8"


def _decoded(run: str) -> str | None:
    raw = bytearray()
    for char in run:
        try:
            raw += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 0xFF:
                return None
            raw.append(ord(char))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _contradictions(runbook: Runbook) -> Iterator[LineFinding]:
    for step in runbook.steps:
        for line in step.lines:
            command, aside = without_comment(line.text)
            said, does = step.comment, _direction(command, aside)
            if (_UP.search(said) and not _DOWN.search(said) and does == "reduces") or (
                _DOWN.search(said) and not _UP.search(said) and does == "increases"
            ):
                yield line.line, "contradiction", f"the words above say {said!r}, and the command {does} it ({aside!r})"


def _direction(command: str, aside: str) -> str:
    """Which way a command goes by the comment at its end: by its words, else by the number that it was before."""
    if _UP.search(aside) or _DOWN.search(aside):
        return "increases" if _UP.search(aside) else "reduces"
    before, now = re.search(r"\b(?:from|was)\s+(\d+)", aside), re.search(r"=(\d+)$", command)
    if before is None or now is None or int(before[1]) == int(now[1]):
        return ""
    return "increases" if int(now[1]) > int(before[1]) else "reduces"


def _spellings(runbook: Runbook) -> Iterator[LineFinding]:
    """Two names that differ in nothing but filler words, such as FALLBACK_MODE and ENABLE_FALLBACK_MODE."""
    names: dict[str, int] = {}
    for step in runbook.steps:
        for line in step.lines:
            for name in _ASSIGNED.findall(line.text):
                names.setdefault(name, line.line)
    first: dict[tuple[str, ...], str] = {}
    for name, number in names.items():
        core = tuple(word for word in name.split("_") if word not in _FILLERS) or (name,)
        other = first.setdefault(core, name)
        if other != name:
            yield number, "two-spellings", f"{name} is called {other} in line {names[other]}: settle which one is read"


def _untold_shell(runbook: Runbook, known: Callable[[str], bool]) -> Iterator[LineFinding]:
    for block in runbook.document.blocks:
        if not block.is_shell and any(known(line) for line in block.content.splitlines() if normal(line)):
            yield (
                block.line,
                "untold-shell",
                "these are commands and no step, for the fence says no shell: write ```bash",
            )
