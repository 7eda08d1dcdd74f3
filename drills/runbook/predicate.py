"""What a person on call reads in a command's output, as a predicate: it holds when the fault is there, else not.

    exit != 0                        the exit code; never holds for a command that did not end by itself
    hangs                            it did not end by itself within the time that it was given
    output ~ /regex/                 somewhere in what it printed (also: stdout, stderr; !~ for nowhere; /regex/i)
    count(/regex/) > 0               so many lines of output match
    number(/Avg: (\\S+)/) > 2.5       the number in the parentheses, where that is first found
    number > 2.5                     its last line, which is a number and nothing else

Joined by `and`, which binds closer, and `or`. A number that is not there compares with nothing: neither more nor less.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drills.runbook.blocks import RunbookError

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {
        "==": operator.eq,
        "!=": operator.ne,
        ">=": operator.ge,
        "<=": operator.le,
        ">": operator.gt,
        "<": operator.lt,
    }
)

_REGEX = r"/(?P<regex>(?:\\.|[^/\\])+)/(?P<flag>i?)"
_COMPARED = r"(?P<compare>==|!=|>=|<=|>|<)\s*(?P<value>-?\d+(?:\.\d+)?)"
_TERMS = (
    re.compile(rf"(?P<what>exit)\s*{_COMPARED}"),
    re.compile(r"(?P<what>hangs)\b"),
    re.compile(rf"(?P<what>output|stdout|stderr)\s*(?P<compare>!?~)\s*{_REGEX}"),
    re.compile(rf"(?P<what>count)\(\s*{_REGEX}\s*\)\s*{_COMPARED}"),
    re.compile(rf"(?P<what>number)\(\s*{_REGEX}\s*\)\s*{_COMPARED}"),
    re.compile(rf"(?P<what>number)\s*{_COMPARED}"),
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
_CURSOR_ELSEWHERE = re.compile(r"\x1b\[[0-9;]*[Hfd]")
_CURSOR_AHEAD = re.compile(r"\x1b\[[0-9]*C")
_OBEYED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78])")
_EXAMPLES = "exit != 0, hangs, output ~ /regex/, count(/regex/) > 0, number > 2.5"


@dataclass(frozen=True)
class Seen:
    """One run of a command. `exit_code` None: it did not end by itself. On a terminal, all of it is in `stdout`."""

    exit_code: int | None
    stdout: str
    stderr: str = ""

    @property
    def output(self) -> str:
        """All that it printed, as a person reads it."""
        return as_read(f"{self.stdout}\n{self.stderr}").strip("\n")


@dataclass(frozen=True)
class Term:
    """One comparison: `what` is looked at, and how. `regex` None where there is none to find."""

    what: str
    compare: str = ""
    value: float = 0.0
    regex: re.Pattern[str] | None = None

    def holds(self, seen: Seen) -> bool:
        """Whether it holds for this run."""
        match self.what:
            case "hangs":
                return seen.exit_code is None
            case "output" | "stdout" | "stderr":
                texts = {"output": seen.output, "stdout": as_read(seen.stdout), "stderr": as_read(seen.stderr)}
                found = self.regex is not None and self.regex.search(texts[self.what]) is not None
                return found is (self.compare == "~")
            case _:
                number = self._number(seen)
                return number is not None and COMPARISONS[self.compare](number, self.value)

    def _number(self, seen: Seen) -> float | None:
        if self.what == "exit":
            return seen.exit_code
        if self.what == "count":
            return sum(self.regex is not None and bool(self.regex.search(line)) for line in seen.output.split("\n"))
        if self.regex is None:
            last = seen.output.rstrip().rpartition("\n")[2].strip()
            return float(last) if _NUMBER.fullmatch(last) else None
        found = self.regex.search(seen.output)
        return float(found[1]) if found and found[1] and _NUMBER.fullmatch(found[1]) else None


@dataclass(frozen=True)
class Predicate:
    """A parsed predicate: any of its alternatives holds when all of that alternative's terms do."""

    text: str
    where: str
    alternatives: tuple[tuple[Term, ...], ...]

    def holds(self, seen: Seen) -> bool:
        """Whether this run looks broken."""
        return any(all(term.holds(seen) for term in terms) for terms in self.alternatives)


def as_read(text: str) -> str:
    """What a terminal shows of `text`: no colours, a new line where the cursor goes elsewhere, the ends of a file."""
    text = _CURSOR_AHEAD.sub(" ", _CURSOR_ELSEWHERE.sub("\n", text))
    return _OBEYED.sub("", text).replace("\r\n", "\n")


def parse_predicate(text: str, where: str) -> Predicate:
    """The predicate that `text` declares; `where` (file:line) is how errors name it. Raises RunbookError."""
    alternatives: list[list[Term]] = [[]]
    position = 0
    while True:
        term, position = _term(text, position, where)
        alternatives[-1].append(term)
        rest = text[position:]
        if not rest.strip():
            return Predicate(text.strip(), where, tuple(tuple(terms) for terms in alternatives))
        joint = re.match(r"\s+(and|or)\s+", rest)
        if joint is None:
            raise RunbookError(f"{where}: {rest.strip()!r} is left over in the predicate: join terms with and, or.")
        if joint[1] == "or":
            alternatives.append([])
        position += joint.end()


def _term(text: str, position: int, where: str) -> tuple[Term, int]:
    rest = text[position:].lstrip()
    begin = len(text) - len(rest)
    for pattern in _TERMS:
        if found := pattern.match(rest):
            parts = found.groupdict()
            regex = _compiled(parts["regex"], parts.get("flag") or "", where) if parts.get("regex") else None
            if parts["what"] == "number" and regex is not None and regex.groups != 1:
                raise RunbookError(f"{where}: /{parts['regex']}/ has to hold the number in one pair of parentheses.")
            term = Term(parts["what"], parts.get("compare") or "", float(parts.get("value") or 0), regex)
            return term, begin + found.end()
    raise RunbookError(f"{where}: {rest or text!r} is no predicate: write one of {_EXAMPLES}.")


def _compiled(regex: str, flag: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(regex.replace(r"\/", "/"), re.MULTILINE | (re.IGNORECASE if flag else 0))
    except re.error as error:
        raise RunbookError(f"{where}: /{regex}/ is no regular expression ({error}).") from None
