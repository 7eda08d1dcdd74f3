"""Texts in a chart: what may stand in an SVG, how wide it is, and where it goes so that no two collide. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

SIZE = 12.0
LINE = 15.0
"""Pixels from one line of text to the next."""

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BROAD = set("mwMW@%—…≤≥")


def xml(text: str) -> str:
    """The text as it may stand in XML, in an attribute too; what XML knows no sign for becomes a replacement sign."""
    return escape(_NO_XML.sub("\ufffd", text))


def short(text: str, signs_max: int) -> str:
    """The text, cut off where it has more signs than that."""
    return text if len(text) <= signs_max else f"{text[: signs_max - 1]}…"


def width(text: str, size: float = SIZE) -> float:
    """Pixels that the text takes at most, in whatever sans serif a reader has."""
    return sum(_width(sign) for sign in text) * size


def _width(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF" or sign in _BROAD:
        return 1.05
    return 0.78 if sign.isupper() or ord(sign) > 0x2FF else 0.62


@dataclass(frozen=True)
class Place:
    """Where the label of a mark stands: in which row, from and to (pixels)."""

    row: int
    left: float
    right: float


def rows_of(wanted: Sequence[tuple[float, float]], left: float, right: float, rows_max: int) -> list[Place | None]:
    """For each (x, width) a place beside x, in the first row where it is free; None where no row has room.

    A label stands right of its x, or left of it where it would leave the picture.
    """
    taken: list[Place] = []
    found: list[Place | None] = []
    for x, wide in wanted:
        begin = x + 5 if x + 5 + wide <= right else max(left, x - 5 - wide)
        row = next((row for row in range(rows_max) if _free(taken, row, begin, begin + wide)), None)
        place = None if row is None else Place(row, begin, begin + wide)
        found.append(place)
        taken += [place] if place else []
    return found


def _free(taken: Sequence[Place], row: int, left: float, right: float) -> bool:
    return all(one.row != row or right + 8 <= one.left or one.right + 8 <= left for one in taken)


def spread(wanted: Sequence[float], top: float, bottom: float, gap: float = LINE) -> list[float]:
    """The same heights, moved so far that each two are a gap apart, and inside where there is room for all."""
    order = sorted(range(len(wanted)), key=lambda number: wanted[number])
    placed: dict[int, float] = {}
    floor = top
    for number in order:
        placed[number] = max(floor, wanted[number])
        floor = placed[number] + gap
    ceiling = bottom
    for number in reversed(order):
        placed[number] = min(placed[number], ceiling)
        ceiling = placed[number] - gap
    return [placed[number] for number in range(len(wanted))]


def wrapped(widths: Sequence[float], room: float, between: float) -> list[tuple[int, float]]:
    """For each width its row and how far from the left it begins."""
    found, row, x = [], 0, 0.0
    for wide in widths:
        if x and x + wide > room:
            row, x = row + 1, 0.0
        found.append((row, x))
        x += wide + between
    return found
