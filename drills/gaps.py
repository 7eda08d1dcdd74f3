"""What the runbook's severity table names and no drill can show here, with the reason (drills/gaps.toml)."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.outcome import Severity
from drills.catalogue import Entry

GAPS = Path(__file__).resolve().parent / "gaps.toml"
KEYS = ("says", "severity", "scenarios", "families", "reason")

_LEVEL = re.compile(r"\bP([0-3])\b")


class GapsError(Exception):
    """gaps.toml cannot be used; the text says what to change."""


@dataclass(frozen=True)
class Known:
    """What is known of one example of the table: the scenarios and families that show it, or why none can."""

    says: str
    severity: str
    scenarios: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Example:
    """One thing that the severity table names. `line`: where in the runbook, from 1; 0 where it has no such table."""

    severity: str
    text: str
    line: int


@dataclass(frozen=True)
class Gap:
    """An example of the table. `scenarios`: those of the catalogue that show it; none: `reason` says why."""

    severity: str
    example: str
    line: int
    scenarios: tuple[str, ...]
    reason: str


def load_known(path: Path = GAPS) -> tuple[Known, ...]:
    """What the file says. Raises GapsError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("example", [])
    except (OSError, ValueError) as error:
        raise GapsError(f"{path} cannot be read ({error}): mend it.") from None
    found: dict[str, Known] = {}
    for number, table in enumerate(tables, start=1):
        known = _known(table, f"{path.name}, example {number}")
        if found.setdefault(_plain(known.says), known) is not known:
            raise GapsError(f"{path.name}, example {number}: {known.says!r} stands there already: remove one.")
    return tuple(found.values())


def examples_of(lines: Sequence[str], known: Iterable[Known] = ()) -> list[Example]:
    """What the rows for P0 to P3 of a Markdown table name, in the columns "Description" and "Examples".

    Where there is no such table, as in ours: what is known of the incident runbook's.
    """
    found: list[Example] = []
    head: list[str] = []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.lstrip().startswith("|"):
            head = []
        elif not head:
            head = [_plain(cell) for cell in cells]
        elif "examples" in head and (level := _LEVEL.search(cells[0])):
            named = [cell for name, cell in zip(head, cells, strict=False) if name in ("description", "examples")]
            texts = [text.strip() for cell in named for text in cell.split(",") if text.strip()]
            found += [Example(f"p{level[1]}", text, number) for text in texts]
    return found or [Example(one.severity, one.says, 0) for one in known]


def gaps_of(examples: Iterable[Example], known: Iterable[Known], entries: Sequence[Entry]) -> list[Gap]:
    """Every example, with the scenarios that show it or the reason why none does."""
    by_text = {_plain(one.says): one for one in known}
    return [_gap(example, by_text.get(_plain(example.text)), entries) for example in examples]


def gap_lines(gaps: Sequence[Gap]) -> list[str]:
    """For the end of a run: what no drill shows."""
    open_ = [gap for gap in gaps if not gap.scenarios]
    if not open_:
        return []
    return [
        "",
        "the runbook names, and no drill shows",
        *(f"{gap.severity} {gap.example}: {gap.reason}" for gap in open_),
    ]


def _gap(example: Example, known: Known | None, entries: Sequence[Entry]) -> Gap:
    found: tuple[str, ...] = ()
    reason = "nobody has said which drill shows it: name one in drills/gaps.toml, or why there is none"
    if known is not None:
        found = tuple(
            entry.scenario.id
            for entry in entries
            if entry.scenario.id in known.scenarios or entry.family in known.families
        )
        reason = known.reason or f"there is no drill of {', '.join([*known.scenarios, *known.families])}"
    return Gap(example.severity, example.text, example.line, found, "" if found else reason)


def _known(table: Mapping[str, object], where: str) -> Known:
    if unknown := [key for key in table if key not in KEYS]:
        raise GapsError(f"{where}: {unknown[0]!r} is no key: use {', '.join(KEYS)}.")
    says, reason, severity = table.get("says"), table.get("reason", ""), str(table.get("severity"))
    if not isinstance(says, str) or not says.strip() or not isinstance(reason, str):
        raise GapsError(f"{where}: 'says' is the text of the table, and 'reason' a text.")
    if severity not in tuple(Severity):
        raise GapsError(f"{where}: its severity is {severity}: give {', '.join(Severity)}.")
    scenarios, families = (tuple(_texts(table.get(key, []), f"{where}: {key}")) for key in ("scenarios", "families"))
    if bool(reason.strip()) == bool(scenarios or families):
        raise GapsError(f"{where}: name what shows {says!r} (scenarios, families), or the reason why nothing can.")
    return Known(says, severity, scenarios, families, reason)


def _texts(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise GapsError(f"{where} is to be a list of texts.")
    yield from value


def _plain(text: str) -> str:
    return " ".join(text.replace("*", "").split()).casefold()
