"""The chain of evidence: reports/out/chain.jsonl, one line a finished run, append-only.

A line holds the SHA-256 of the run's manifest and of the line before it, and names the runs that were pruned then. So
the chain still proves what was there when the folder of an old smoke run is gone. It shows that evidence was altered
after the run by anyone who cannot rewrite the whole chain; against one who can, keep its head, which
`python -m reports.verify` prints, in another place.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BufferedRandom
from pathlib import Path

from reports.locks import lock

CHAIN = "chain.jsonl"

_LOCK_WAIT_S = 10.0
_TAIL_BYTES = 8192


class ChainError(Exception):
    """There is no chain; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished run."""

    run_id: str
    manifest_sha256: str
    previous_sha256: str
    """Of the line before, without its line break; empty in the first line."""
    pruned: tuple[str, ...]
    """The smoke runs that were to be removed when this run finished."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a new run is chained to: the last line, and its SHA-256."""

    sha256: str
    entry: Entry | None
    """None where the line cannot be read: verification says so, and a new run is chained to it all the same."""


class Chain:
    """The chain file while it is locked."""

    def __init__(self, file: BufferedRandom) -> None:
        self._file = file

    def last(self) -> Link | None:
        """The last line, or None for a new chain. A line that a killed run left half written is dropped first."""
        line = self._last_line()
        return None if line is None else Link(_sha256(line), parse_line(line))

    def append(self, entry: Entry) -> None:
        self._file.seek(0, os.SEEK_END)
        self._file.write(json.dumps(asdict(entry)).encode() + b"\n")
        self._file.flush()

    def _last_line(self) -> bytes | None:
        size = self._file.seek(0, os.SEEK_END)
        length = 0
        while length < size:
            length = min(max(2 * length, _TAIL_BYTES), size)
            self._file.seek(size - length)
            tail = self._file.read(length)
            end = tail.rfind(b"\n")
            start = tail.rfind(b"\n", 0, max(end, 0))
            if end >= 0 and (start >= 0 or length == size):
                self._file.truncate(size - length + end + 1)
                return tail[start + 1 : end]
        self._file.truncate(0)
        return None


@contextmanager
def locked_chain(root: Path) -> Iterator[Chain]:
    """The chain of this evidence root, for one process at a time; made if need be. Raises OSError."""
    path = root / CHAIN
    path.touch()
    with path.open("r+b") as file:
        lock(file, _LOCK_WAIT_S)
        yield Chain(file)


def read_lines(root: Path) -> list[bytes]:
    """All lines of the chain, for one who may only read. Raises ChainError when there is none."""
    try:
        return (root / CHAIN).read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise ChainError(f"{root / CHAIN} cannot be read ({error.strerror}): no run has finished there.") from error


def parse_line(line: bytes) -> Entry | None:
    """The entry in this line; None where it is not one."""
    try:
        data = json.loads(line)
        entry = Entry(data["run_id"], data["manifest_sha256"], data["previous_sha256"], tuple(data["pruned"]))
    except (ValueError, TypeError, KeyError):
        return None
    texts = (entry.run_id, entry.manifest_sha256, entry.previous_sha256, *entry.pruned)
    return entry if all(isinstance(text, str) for text in texts) else None


def _sha256(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
