"""What a terminal was sent, as text for a person to read: no escape sequences, no overwritten progress bars."""

import re

_SEQUENCE = re.compile(
    r"\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)"  # titles and marks
    r"|\x1b[PX^_][^\x1b]{0,4096}\x1b\\"
    r"|\x1b\[(?P<numbers>[0-?]{0,64})[ -/]{0,8}(?P<final>[@-~])"
    r"|\x1b[ -/]{0,8}[0-~]"
    r"|\x1b"
)
_REPEATED = re.compile(r"(?P<char>[^\x00-\x1f\x7f])\x1b\[(?P<times>\d{1,3})b")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NEW_LINE = frozenset("HfdEFJ")
COLUMNS_MAX = 500


def readable(sent: bytes) -> str:
    """The text that stood on the terminal, line by line.

    A full-screen program's cursor movements become line ends and blanks: its columns are about right, not exact.
    """
    text = sent.decode(errors="replace").replace("\r\n", "\n")
    text = _REPEATED.sub(lambda match: match["char"] * (1 + min(int(match["times"]), COLUMNS_MAX)), text)
    lines = (_shown(line) for line in _SEQUENCE.sub(_moved, text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def kept(head: bytes, cut_bytes: int, tail: bytes) -> str:
    """The beginning and the end of an output, and between them how much of it was left out."""
    if not cut_bytes:
        return readable(head + tail)
    # What was cut may have begun in the middle of a line, as what follows may begin in one.
    return f"{readable(head).rstrip()}\n[... {cut_bytes} bytes left out ...]\n{readable(tail).lstrip()}"


def _moved(sequence: re.Match[str]) -> str:
    final = sequence["final"]
    if final in _NEW_LINE:
        return "\n"
    if final in ("C", "G"):
        steps = sequence["numbers"]
        return " " * min(int(steps), COLUMNS_MAX) if final == "C" and steps.isdigit() else " "
    return ""


def _shown(line: str) -> str:
    """What is left of a line of which parts were typed over."""
    shown: list[str] = []
    at = 0
    for char in line if "\r" in line or "\b" in line else ():
        if char == "\r":
            at = 0
        elif char == "\b":
            at = max(0, at - 1)
        else:
            shown[at : at + 1] = [char]
            at += 1
    return _CONTROL.sub("", "".join(shown) if shown else line).rstrip()
