"""What is wrong with the commands of one shell block."""

import re
from collections.abc import Iterator, Sequence, Set
from typing import TypeAlias

from drills.runbook.blocks import Command
from drills.runbook.shell import Segment, segments

LineFinding: TypeAlias = tuple[int, str, str]
"""A line, a stable code, and a sentence."""

_RESTART = re.compile(r"(docker-compose|docker compose|docker) restart\b|docker start\b")
_TYPOGRAPHIC = re.compile(r"[\u2018\u2019\u201c\u201d\u00a0\u2013\u2014]")
_FOLLOWS = re.compile(r"-[a-zA-Z0-9]*[fF][a-zA-Z]*$|--follow\b")


def lint_commands(commands: Sequence[Command], made: Set[str]) -> Iterator[LineFinding]:
    """The findings in the commands of one block. `made`: the files that a command of the runbook writes."""
    for command in commands:
        parts = segments(command.text)
        for part in parts:
            yield from _of_segment(command, part, made)
        if re.search(r">>\s*\S+\.(ya?ml|json|toml)\b", command.text):
            yield (
                command.line,
                "appends",
                "a line at the end of a structured file belongs to nothing in it: edit its place",
            )
        if command.text.startswith("$ "):
            yield command.line, "prompt", "the prompt is part of the command, and bash knows no $: remove it"
        if found := _TYPOGRAPHIC.search(command.text):
            yield command.line, "typographic", f"{found[0]!r} is for print, and nothing to a shell: write the plain one"
    yield from _exports(commands)


def _of_segment(command: Command, part: Segment, made: Set[str]) -> Iterator[LineFinding]:
    line = command.line
    if why := _never_ends(part):
        yield line, "never-ends", f"`{part.name}` never ends ({why}): a person ends it by Ctrl-C, a script hangs"
    if part.name == "curl" and not part.piped and not _short_or_long(part, "f", "--fail") and not _says_status(part):
        yield line, "no-fail", "curl without -f ends with 0 when the answer is an error: its exit code says nothing"
    if part.name == "curl" and (file := _format_file(part)) and file not in made:
        yield line, "missing-file", f"curl reads {file}, which no command of this runbook makes"
    if part.name == "rm" and _short_or_long(part, "r", "--recursive") and _short_or_long(part, "f", "--force"):
        globs = [word for word in part.call if "*" in word or "?" in word]
        if globs:
            yield line, "rm-glob", f"rm -rf with {globs[0]} removes whatever matches, and asks nobody: list it first"
    if part.call[:2] == ("git", "revert") and "--no-edit" not in part.call:
        yield line, "opens-editor", "git revert opens an editor: a person saves and closes it, a script hangs"


def runs_on(command: str) -> bool:
    """Whether the command never ends by itself, as far as its words say."""
    return any(_never_ends(part) for part in segments(command))


def _never_ends(part: Segment) -> str:
    words, name = part.call, part.name
    if name == "watch":
        return "it repeats"
    if name == "tail" and any(_FOLLOWS.match(word) for word in words[1:]):
        return "-f follows the file"
    if (
        name in ("docker", "docker-compose")
        and "logs" in words
        and any(_FOLLOWS.match(word) for word in words[words.index("logs") :])
    ):
        return "-f follows the log"
    if name == "journalctl" and any(_FOLLOWS.match(word) for word in words):
        return "-f follows the journal"
    if name == "docker" and words[1:2] == ("stats",) and "--no-stream" not in words:
        return "without --no-stream it repeats"
    if name == "ping" and not any(re.match(r"-[a-zA-Z]*[cw]", word) for word in words[1:]):
        return "without -c it goes on"
    if name == "top" and not (_short_or_long(part, "b", "--batch") and _short_or_long(part, "n", "--iterations")):
        return "without -b -n it goes on"
    return ""


def _exports(commands: Sequence[Command]) -> Iterator[LineFinding]:
    """Exports that no command after them in the block reads, or that only restarts follow."""
    followed = restarted_only = False
    for command in reversed(commands):
        name = re.match(r"export\s+(\w+)=", command.text)
        if name is None:
            restarts = _RESTART.match(command.text) is not None
            followed, restarted_only = True, restarts and (restarted_only or not followed)
        elif not followed:
            why = (
                f"nothing after it reads {name[1]}: an export reaches what this shell starts, and no running container"
            )
            yield command.line, "unread-export", why
        elif restarted_only:
            why = f"a restart keeps the container's environment, without {name[1]}: `up -d` makes a new one"
            yield command.line, "restart-keeps-environment", why


def _short_or_long(part: Segment, short: str, long: str) -> bool:
    return any(word == long or re.match(rf"-[a-zA-Z]*{short}[a-zA-Z0-9]*$", word) for word in part.call[1:])


def _says_status(part: Segment) -> bool:
    """Whether curl is asked to print what came, so that a person need not look at the exit code."""
    return any("http_code" in word or "response_code" in word for word in part.call)


def _format_file(part: Segment) -> str:
    follows = dict(zip(part.call, part.call[1:], strict=False))
    given = follows.get("-w") or follows.get("--write-out") or ""
    return given[1:] if given.startswith("@") and given != "@-" else ""
