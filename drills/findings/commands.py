"""What a command of a runbook is about, as far as its words say: exports, restarts, removals, reverts."""

import re
from fnmatch import fnmatchcase

from drills.runbook.shell import Segment, segments

_EXPORT = re.compile(r"\s*export\s+((?:\w+=\S*\s*)+)")
_APPEND = re.compile(r">>\s*(\S+\.ya?ml)\b")
_COMPOSE = re.compile(r"(docker-compose|docker compose)(?:\s+-\S+(?:\s+\S+)?)*?\s+")
_CANNOT_RUN = re.compile(r"command not found|no module named", re.IGNORECASE)
_MISSING_FILE = re.compile(
    r"no such file or directory|cannot (?:open|access)|could not (?:open|read)|failed to (?:open|read)", re.IGNORECASE
)
_WHO_ARE_YOU = re.compile(r"auto-detect email|empty ident|tell me who you are", re.IGNORECASE)
_AFFIXES = re.compile(r"^(ENABLE|USE|FINCHAT)_|_(MODE|ENABLED)$")


def exported(command: str) -> tuple[str, ...]:
    """The variables that this export sets for what the shell starts later."""
    found = _EXPORT.match(command)
    return tuple(re.findall(r"(\w+)=", found[1])) if found else ()


def restarts(command: str) -> bool:
    """Whether it restarts containers as they are."""
    return _compose_verb(command) == "restart" or bool(re.match(r"\s*docker (re)?start\b", command))


def recreates(command: str) -> bool:
    """Whether it makes new containers where the compose file, a variable or an image has changed."""
    return _compose_verb(command) == "up"


def appends_to(command: str) -> str | None:
    """The YAML file to which it adds a line at the end."""
    found = _APPEND.search(command)
    return found[1] if found else None


def removes(command: str) -> tuple[str, ...]:
    """The patterns of the files that it removes."""
    return tuple(word for part in segments(command) if part.name == "rm" for word in part.call[1:] if word[:1] != "-")


def matches(pattern: str, path: str) -> bool:
    """Whether a path, or a directory that it lies in, is what the pattern names."""
    inside = path.split("/")
    wanted = pattern.rstrip("/").replace("$HOME/", "~/").split("/")
    if len(inside) < len(wanted):
        return False
    return all(fnmatchcase(have, want) for have, want in zip(inside, wanted, strict=False))


def covers(mount: str, pattern: str) -> bool:
    """Whether what the pattern names lies in this mounted path."""
    return f"{pattern.replace('$HOME/', '~/')}/".startswith(f"{mount.rstrip('/')}/")


def turns_back(command: str) -> bool:
    """Whether it changes what is checked out: git revert, checkout, reset, restore."""
    return any(_git_verb(part) in ("revert", "checkout", "reset", "restore") for part in segments(command))


def cannot_run(exit_code: int | None, output: str) -> bool:
    """Whether the command itself is not there, or what it imports."""
    return exit_code in (126, 127) or (exit_code != 0 and bool(_CANNOT_RUN.search(output)))


def misses_file(output: str) -> bool:
    """Whether it says that a file is not there."""
    return bool(_MISSING_FILE.search(output))


def lacks_identity(output: str) -> bool:
    """Whether git does not know who commits."""
    return bool(_WHO_ARE_YOU.search(output))


def last_words(output: str) -> str:
    """The line of an output that says what went wrong: of its last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if _CANNOT_RUN.search(line) or _MISSING_FILE.search(line)]
    return (telling or lines or ["it printed nothing"])[-1][:200]


def same_knob(one: str, other: str) -> bool:
    """Whether two variables read like two spellings of one: ENABLE_X_MODE and X."""
    return one != other and _bare(one) == _bare(other)


def _bare(name: str) -> str:
    while (shorter := _AFFIXES.sub("", name)) != name:
        name = shorter
    return name


def _compose_verb(command: str) -> str:
    found = _COMPOSE.search(command)
    return command[found.end() :].split()[0] if found and command[found.end() :].split() else ""


def _git_verb(part: Segment) -> str:
    words = list(part.call[1:]) if part.name == "git" else []
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in ("-c", "-C") else words[1:]
    return words[0] if words else ""
