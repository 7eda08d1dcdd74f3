"""Shell text as far as a runbook needs it: where a command begins and ends, what its words are, what is a comment.

No parser of the shell: quotes, comments, continued lines, here-documents and the words that open and close a compound.
"""

import itertools
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPENERS = frozenset({"if", "for", "while", "until", "case", "select", "{"})
_CLOSERS = frozenset({"fi", "done", "esac", "}"})
_STAYS_FIRST = frozenset({"then", "do", "else", "elif", "!", "time", "in"})
_HEREDOC = re.compile(r"<<(-?)\s*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\2")


@dataclass(frozen=True)
class Logical:
    """One command as the shell reads it: `text`, which begins `offset` lines into its block, from 0.

    `lines`: how many lines of it are neither blank nor a comment. `comment`: whether it is nothing but one.
    """

    offset: int
    text: str
    lines: int
    comment: bool


@dataclass(frozen=True)
class Segment:
    """One simple command of a line: its words, whether its output goes into the next one, and what separates it."""

    words: tuple[str, ...]
    piped: bool

    @property
    def name(self) -> str:
        """The program, without what stands before it: sudo, and assignments."""
        return self.call[0] if self.call else ""

    @property
    def call(self) -> tuple[str, ...]:
        """The program and its arguments."""
        before = itertools.takewhile(lambda word: word == "sudo" or re.match(r"[A-Za-z_]\w*=", word), self.words)
        return self.words[len(tuple(before)) :]


def logical_lines(lines: Sequence[str]) -> Iterator[Logical]:
    """The commands and comments in the lines of one block, blank lines left out.

    What is still open at the end of the block (a quote, a loop) ends with it.
    """
    pending: list[str] = []
    begun = 0
    state = _State()
    for offset, line in enumerate(lines):
        if not pending:
            if not line.strip():
                continue
            if line.lstrip().startswith("#"):
                yield Logical(offset, line.strip(), 0, True)
                continue
            begun = offset
        pending.append(line)
        state = state.after(line)
        if not state.open:
            yield _logical(begun, pending)
            pending, state = [], _State()
    if pending:
        yield _logical(begun, pending)


def _logical(offset: int, lines: Sequence[str]) -> Logical:
    counted = sum(1 for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return Logical(offset, "\n".join(lines).strip(), counted, False)


@dataclass(frozen=True)
class _State:
    """What is open after some lines: a quote, here-documents (dash, delimiter), compounds, a continued line."""

    quote: str = ""
    heredocs: tuple[tuple[bool, str], ...] = ()
    depth: int = 0
    continued: bool = False

    @property
    def open(self) -> bool:
        return bool(self.quote or self.heredocs or self.depth > 0 or self.continued)

    def after(self, line: str) -> "_State":
        if self.heredocs and not self.quote and not self.continued:
            (dash, delimiter), *rest = self.heredocs
            ended = (line.lstrip("\t") if dash else line) == delimiter
            return _State("", tuple(rest) if ended else self.heredocs, self.depth)
        scan = _scan(line, self.quote)
        return _State(scan.quote, self.heredocs + scan.heredocs, max(0, self.depth + scan.depth), scan.continued)


@dataclass(frozen=True)
class _Scan:
    """One line, read from its left. `bare`: where its trailing comment begins, else its length."""

    quote: str
    heredocs: tuple[tuple[bool, str], ...]
    depth: int
    continued: bool
    bare: int
    separators: tuple[tuple[int, int], ...]
    """(begin, end) of each unquoted ; & | && || that is in no parentheses."""


def _scan(line: str, quote: str = "") -> _Scan:
    position, depth, parens, word, first = 0, 0, 0, "", True
    heredocs: list[tuple[bool, str]] = []
    separators: list[tuple[int, int]] = []
    continued, bare = False, len(line)

    def end_of_word() -> None:
        nonlocal word, first, depth
        if word:
            if first:
                depth += (word in _OPENERS) - (word in _CLOSERS)
            first = first and word in _STAYS_FIRST
        word = ""

    while position < len(line):
        char = line[position]
        if quote:
            if char == "\\" and quote == '"':
                position += 1
            elif char == quote:
                quote = ""
        elif char == "\\":
            continued = position == len(line) - 1
            word += line[position : position + 2]
            position += 1
        elif char in "'\"`":
            quote = char
            word += char
        elif char == "#" and not word and (position == 0 or line[position - 1] in " \t;&|()"):
            bare = position
            break
        elif (
            found := _HEREDOC.match(line, position)
            if char == "<" and parens < 2 and line[position - 1 : position] != "<"
            else None
        ):
            heredocs.append((bool(found[1]), found[3]))
            position = found.end() - 1
        elif char in " \t":
            end_of_word()
        elif (
            char in ";&|"
            and line[position - 1 : position] not in ("<", ">")
            and line[position + 1 : position + 2] != ">"
        ):
            end_of_word()
            first = True
            end = position + 2 if line[position + 1 : position + 2] in ("&", "|") else position + 1
            if parens == 0:
                separators.append((position, end))
            position = end - 1
        elif char in "()":
            end_of_word()
            first = True
            parens += 1 if char == "(" else -(parens > 0)
        else:
            word += char
        position += 1
    if word == "{":
        first = True
    end_of_word()
    dangling = bool(separators) and separators[-1][1] == len(line[:bare].rstrip()) and line[separators[-1][0]] != ";"
    background = dangling and line[separators[-1][0] : separators[-1][1]] == "&"
    continued = continued or (dangling and not background)
    return _Scan(quote, tuple(heredocs), depth + parens, continued, bare, tuple(separators))


def without_comment(command: str) -> tuple[str, str]:
    """A command of one line, and the comment at its end, without the #. One of several lines stays as it is."""
    if "\n" in command:
        return command, ""
    bare = _scan(command).bare
    return command[:bare].rstrip(), command[bare:].lstrip("#").strip()


def normal(command: str) -> str:
    """What two spellings of the same command share: no comment at its end, single blanks where none is quoted."""
    bare = without_comment(command.replace("\\\n", " "))[0]
    pieces = re.split(r"('[^']*'|\"(?:\\.|[^\"\\])*\")", bare)
    return "".join(piece if index % 2 else re.sub(r"[ \t\n]+", " ", piece) for index, piece in enumerate(pieces)).strip(
        " "
    )


def segments(command: str) -> tuple[Segment, ...]:
    """The simple commands of a line, in order. Of several lines: those of each line."""
    found: list[Segment] = []
    for line in command.splitlines():
        scan = _scan(line)
        begin = 0
        for left, right in (*scan.separators, (scan.bare, scan.bare)):
            if left > scan.bare:
                continue
            if words := _words(line[begin:left]):
                found.append(Segment(words, line[left:right] == "|"))
            begin = right
    return tuple(found)


def _words(text: str) -> tuple[str, ...]:
    # What a command substitutes is part of one word.
    text = re.sub(r"\$\([^()]*\)", lambda found: found[0].replace(" ", "\0"), text)
    try:
        return tuple(word.replace("\0", " ") for word in shlex.split(text))
    except ValueError:  # a quote that is closed on another line
        return tuple(text.replace("\0", " ").split())
