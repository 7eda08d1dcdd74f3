"""Shell text as far as a runbook needs it: where a command begins and ends, what its words are, what is a comment.

No parser of the shell: quotes, comments, continued lines, here-documents and the words that open and close a compound.
"""

import itertools
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

COMMAND_LINES_MAX = 60
"""A command that is still open after so many lines is none: something in it is not closed."""

SPLIT_CHARS_MAX = 10_000
"""A longer command is split at blanks alone: shlex takes time by the square of a word."""
WORD_CHARS_MAX = 16
"""More of a word than this is not looked at: what opens and closes a compound is shorter."""
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

    Where something is opened that nothing closes (a quote, a loop), the line stands for itself: one slip of the pen
    does not swallow the commands below it.
    """
    offset = 0
    while offset < len(lines):
        text = lines[offset].strip()
        if not text or text.startswith("#"):
            if text:
                yield Logical(offset, text, 0, True)
            offset += 1
            continue
        end = _end(lines, offset)
        command = lines[offset:end]
        counted = sum(1 for line in command if line.strip() and not line.lstrip().startswith("#"))
        yield Logical(offset, "\n".join(command).strip(), counted, False)
        offset = end


def _end(lines: Sequence[str], begin: int) -> int:
    """Where the next command begins after the one that begins here."""
    state = _State()
    for index in range(begin, min(len(lines), begin + COMMAND_LINES_MAX)):
        state = state.after(lines[index])
        if not state.open:
            return index + 1
    return begin + 1


@dataclass(frozen=True)
class _State:
    """What is open after some lines: a quote, here-documents (dash, delimiter), compounds, parentheses, a continued
    line."""

    quote: str = ""
    heredocs: tuple[tuple[bool, str], ...] = ()
    compounds: int = 0
    parens: int = 0
    continued: bool = False

    @property
    def open(self) -> bool:
        return bool(self.quote or self.heredocs or self.compounds or self.parens or self.continued)

    def after(self, line: str) -> "_State":
        if self.heredocs and not self.quote and not self.continued:
            (dash, delimiter), *rest = self.heredocs
            ended = (line.lstrip("\t") if dash else line) == delimiter
            return replace(self, heredocs=tuple(rest) if ended else self.heredocs)
        scan = _Scan(line, self.quote, self.parens)
        heredocs = (*self.heredocs, *scan.heredocs)
        return _State(scan.quote, heredocs, max(0, self.compounds + scan.compounds), scan.parens, scan.continued)


class _Scan:
    """One line, read from its left. `quote` and `parens`: what is open where it begins, then where it ends.

    `compounds`: how many it opens more than it closes. `bare`: where the comment at its end
    begins, else its length. `separators`: (begin, end) of each unquoted ; & | && || outside of parentheses.
    """

    def __init__(self, line: str, quote: str = "", parens: int = 0) -> None:
        self.quote = quote
        self.parens = parens
        self.compounds = 0
        self.heredocs: list[tuple[bool, str]] = []
        self.separators: list[tuple[int, int]] = []
        self.bare = len(line)
        self._line = line
        self._at = 0
        self._escaped_end = False
        self._word = ""
        self._first = True
        while self._at < self.bare:
            if self.quote:
                self._quoted(line[self._at])
            else:
                self._unquoted(line[self._at])
            self._at += 1
        self._first = self._first or self._word == "{"
        self._end_word()

    @property
    def continued(self) -> bool:
        """Whether the command goes on in the next line: after a backslash, | and && and ||."""
        begin, end = self.separators[-1] if self.separators else (0, 0)
        return self._escaped_end or (
            end == len(self._line[: self.bare].rstrip()) and self._line[begin:end] in ("|", "|&", "&&", "||")
        )

    def _quoted(self, char: str) -> None:
        if char == "\\" and self.quote == '"':
            self._at += 1
        elif char == self.quote:
            self.quote = ""

    def _unquoted(self, char: str) -> None:
        line, at = self._line, self._at
        before, after = line[max(0, at - 1) : at], line[at + 1 : at + 2]
        if char == "\\":
            self._escaped_end = not after
            self._add(char)
            self._at += 1
        elif char in "'\"`":
            self.quote = char
            self._add(char)
        elif char == "#" and not self._word and before in ("", *" \t;&|()"):
            self.bare = at
        elif char == "<" and before != "<" and self.parens < 2 and (found := _HEREDOC.match(line, at)):
            self.heredocs.append((bool(found[1]), found[3]))
            self._at = found.end() - 1
        elif char in " \t":
            self._end_word()
        elif char in ";&|" and before not in ("<", ">") and after != ">":
            self._begin_command()
            self._at += after in ("&", "|")
            if self.parens == 0:
                self.separators.append((at, self._at + 1))
        elif char in "()":
            self._begin_command()
            self.parens += 1 if char == "(" else -(self.parens > 0)
        else:
            self._add(char)

    def _add(self, char: str) -> None:
        if len(self._word) < WORD_CHARS_MAX:
            self._word += char

    def _begin_command(self) -> None:
        self._end_word()
        self._first = True

    def _end_word(self) -> None:
        """Counts the word that ends here, where it opens or closes a compound; those words count first in a command."""
        if self._word and self._first:
            self.compounds += (self._word in _OPENERS) - (self._word in _CLOSERS)
            self._first = self._word in _STAYS_FIRST
        self._word = ""


def without_comment(command: str) -> tuple[str, str]:
    """A command of one line, and the comment at its end, without the #. One of several lines stays as it is."""
    if "\n" in command:
        return command, ""
    bare = _Scan(command).bare
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
        scan = _Scan(line)
        begin = 0
        for left, right in (*scan.separators, (scan.bare, scan.bare)):
            if left > scan.bare:
                continue
            if words := _words(line[begin:left]):
                found.append(Segment(words, line[left:right] == "|"))
            begin = right
    return tuple(found)


def _words(text: str) -> tuple[str, ...]:
    if len(text) > SPLIT_CHARS_MAX:
        return tuple(text.split())
    # What a command substitutes is part of one word.
    text = re.sub(r"\$\([^()]*\)", lambda found: found[0].replace(" ", "\0"), text)
    try:
        return tuple(word.replace("\0", " ") for word in shlex.split(text))
    except ValueError:  # a quote that is closed on another line
        return tuple(text.replace("\0", " ").split())
