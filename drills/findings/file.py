"""The findings file: what is known not to work, who mends it, and until when.

deployment = "reference"           # on another one, nothing is called healed

[[finding]]
id = "fallback-restart/keeps-the-old-environment"
under = "edgar-timeout"            # the scenario, or the fault of a diagnostic, that shows it
owner = "on-call"
due = 2027-03-31
note = "the runbook gets the corrected step"
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from drills.findings.finding import HARMFUL

FINDINGS_FILE = Path(__file__).resolve().parents[1] / "findings.toml"
KEYS = ("id", "owner", "due", "note", "under")
REQUIRED = ("id", "owner", "due")
_ID = re.compile(r"[a-z0-9-]+(#\d+)?/[a-z0-9-]+")
_BEGINS = re.compile(r"\s*\[\[\s*finding\s*\]\]")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class FindingsFileError(Exception):
    """The findings file cannot be used; the text says where and how to mend it."""


@dataclass(frozen=True)
class Entry:
    """One known finding. `line`: where it begins in the file. `under` empty: wherever its command is run."""

    id: str
    owner: str
    due: date
    line: int
    note: str = ""
    under: str = ""

    @property
    def harm(self) -> bool:
        """Whether it is known of this scenario only: under another it is another harm."""
        return bool(self.under) and self.id.endswith(f"/{HARMFUL}")


@dataclass(frozen=True)
class FindingsFile:
    """The known findings. `deployment`: the one on which they were seen; None: any."""

    file: str = ""
    entries: tuple[Entry, ...] = ()
    deployment: str | None = None

    def entry(self, finding_id: str, under: str | None = None) -> Entry | None:
        """The entry with this id; of harm, the one that is known of this scenario."""
        own = (entry for entry in self.entries if entry.id == finding_id)
        return next((entry for entry in own if under is None or not entry.harm or entry.under == under), None)


def load_findings(path: Path = FINDINGS_FILE) -> FindingsFile:
    """The findings file at this path. Raises FindingsFileError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else f"it is not UTF-8: {error.reason}"
        raise FindingsFileError(
            f"{path}:1: the findings file cannot be read ({said}): give the path of a TOML file."
        ) from None
    return parse_findings(text, path.name if path == FINDINGS_FILE else str(path))


def parse_findings(text: str, file: str) -> FindingsFile:
    """The findings in `text`. `file` is how errors name it. Raises FindingsFileError."""
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else len(text.splitlines()) or 1
        raise FindingsFileError(f"{file}:{line}: this is no TOML ({_AT_LINE.sub('', str(error))}): mend it.") from None
    for key in parsed:
        if key not in ("finding", "deployment"):
            raise FindingsFileError(f"{file}:{_line_of(text, key)}: {_unknown(key, ('finding', 'deployment'))}")
    deployment = parsed.get("deployment")
    if deployment is not None and not isinstance(deployment, str):
        raise FindingsFileError(f"{file}:{_line_of(text, 'deployment')}: deployment is a name: write it in quotes.")
    found = parsed.get("finding", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise FindingsFileError(f"{file}:{_line_of(text, 'finding')}: write [[finding]] above each finding.")
    begins = [number for number, line in enumerate(text.splitlines(), 1) if _BEGINS.match(line)]
    if len(begins) != len(found):
        raise FindingsFileError(f"{file}:1: write each finding below a line [[finding]] of its own.")
    entries = tuple(_entry(one, f"{file}:{line}", line) for one, line in zip(found, begins, strict=True))
    _refuse_twins(entries, file)
    return FindingsFile(file, entries, deployment)


def _entry(given: Mapping[str, object], where: str, line: int) -> Entry:
    for key in given:
        if key not in KEYS:
            raise FindingsFileError(f"{where}: {_unknown(key, KEYS)}")
    for key in REQUIRED:
        if key not in given:
            raise FindingsFileError(f"{where}: the finding has no {key}: write it.")
    texts = {key: value for key in KEYS if key != "due" and (value := given.get(key, "")) is not None}
    for key, value in texts.items():
        if not isinstance(value, str) or (key in REQUIRED and not value.strip()):
            raise FindingsFileError(f"{where}: {key} is a text that is not empty: write it in quotes.")
    finding_id = str(texts["id"])
    if not _ID.fullmatch(finding_id):
        raise FindingsFileError(
            f"{where}: {finding_id!r} is no id of a finding: copy it from the run that showed it (step/kind)."
        )
    due = given["due"]
    if not isinstance(due, date) or isinstance(due, datetime):
        raise FindingsFileError(f"{where}: due is {due!r} and no date: write it as 2027-03-31, without quotes.")
    return Entry(finding_id, str(texts["owner"]), due, line, str(texts["note"]), str(texts["under"]))


def _refuse_twins(entries: tuple[Entry, ...], file: str) -> None:
    first: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        other = first.setdefault((entry.id, entry.under if entry.harm else ""), entry)
        if other is not entry:
            raise FindingsFileError(
                f"{file}:{entry.line}: {entry.id} stands at line {other.line} already: remove one of the two."
            )


def _unknown(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    mend = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}."
    return f"{key!r} means nothing here; {mend}"


def _line_of(text: str, key: str) -> int:
    lines: Iterator[int] = (
        number for number, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*\[*\s*\"?{re.escape(key)}\b", line)
    )
    return next(lines, 1)
