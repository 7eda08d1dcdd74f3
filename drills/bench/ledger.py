"""What a run has to undo, on disk before it is done: so that a later run can heal what a killed one left.

One file a run, a line an entry, in ~/.local/state/finchat-drills (or XDG_STATE_HOME). The engine's own objects carry
labels and are found by them; the ledger is for what has none: control groups, directories, faults in force.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from drills.bench.owner import Owner

Kind = Literal["cgroup", "directory", "fault"]
KINDS: tuple[Kind, ...] = ("cgroup", "directory", "fault")


@dataclass(frozen=True)
class Entry:
    """One thing to undo. `what`: a container's id for a control group, a path, or a fault and where it is in force."""

    kind: Kind
    what: str


class Ledger:
    """The entries of one run, in a file that says whose they are."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def begin(cls, run_id: str, owner: Owner, directory: Path) -> "Ledger":
        """A new ledger. OSError where it cannot be written: a run that cannot note what it does must not begin."""
        directory.mkdir(parents=True, exist_ok=True)
        ledger = cls(directory / f"{run_id}.jsonl")
        # Seen by other runs only when it says whose it is: without an owner it would be left behind.
        unseen = cls(directory / f"{run_id}.begun")
        unseen._append({"owner": str(owner)})
        unseen.path.replace(ledger.path)
        return ledger

    @property
    def run_id(self) -> str:
        return self.path.stem

    @property
    def is_left_behind(self) -> bool:
        """Whether the run's process has ended and nobody said that what it made is to stand on."""
        said = [Owner.parse(str(line["owner"])) for line in self._lines() if "owner" in line]
        alive = any(owner is not None and not owner.is_dead(same_machine=True) for owner in said)
        return not alive and not self.is_standing

    @property
    def is_standing(self) -> bool:
        """Whether what the run made stands on without its process, until bench-down."""
        return any("standing" in line for line in self._lines())

    def stand(self) -> None:
        """Notes that what the run made is whole and stands on without its process."""
        self._append({"standing": True})

    def note(self, kind: Kind, what: str) -> None:
        """Writes an entry down; it is on the disk when this returns."""
        self._append(asdict(Entry(kind, what)))

    def undone(self, kind: Kind, what: str) -> None:
        """Notes that an entry is undone."""
        self._append({"undone": asdict(Entry(kind, what))})

    def entries(self) -> list[Entry]:
        """What is still to be undone, the latest first."""
        open_entries: list[Entry] = []
        for line in self._lines():
            if entry := _entry(line):
                open_entries.append(entry)
            elif (done := _entry(line.get("undone"))) in open_entries:
                open_entries.remove(done)
        return open_entries[::-1]

    def close(self) -> None:
        """Removes the ledger: all is undone."""
        self.path.unlink(missing_ok=True)

    def _append(self, line: dict[str, object]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> Iterator[dict[str, object]]:
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        for line in text.splitlines():
            # The last line of a run that was killed while it wrote, or what a crash of the machine left, is none.
            with contextlib.suppress(ValueError):
                if isinstance(said := json.loads(line), dict):
                    yield said


def state_directory(environ: dict[str, str] | None = None) -> Path:
    """Where this user's ledgers are."""
    given = (environ if environ is not None else os.environ).get("XDG_STATE_HOME", "")
    return Path(given or Path.home() / ".local" / "state") / "finchat-drills"


def ledgers(directory: Path) -> list[Ledger]:
    """All ledgers in `directory`."""
    return [Ledger(path) for path in sorted(directory.glob("*.jsonl"))]


def _entry(said: object) -> Entry | None:
    """The entry that this is; None for anything else, as another version of the suite may write it."""
    if not isinstance(said, dict) or "what" not in said:
        return None
    return next((Entry(kind, str(said["what"])) for kind in KINDS if kind == said.get("kind")), None)
