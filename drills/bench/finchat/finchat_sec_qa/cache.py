"""The cache on disk: *.joblib records, downloaded filings as <accession>-<form>.html, and an index of those.

Whatever is read was complete when it was written: a file appears under its name only when all of it is on the disk.
A *.tmp file is a write in progress or one that a killed process left; temp* is scratch.
"""

import hashlib
import io
import logging
import os
import re
import threading
from pathlib import Path
from typing import Literal, TypeVar
from uuid import uuid4

from pydantic import BaseModel

from finchat_sec_qa.errors import CacheUnavailableError
from finchat_sec_qa.metrics import Metrics
from finchat_sec_qa.models import Document, Filing, Record

Kind = Literal["tickers", "submissions", "answer", "index"]
Stored = TypeVar("Stored", bound=BaseModel)

INDEX = "index.joblib"
FILE_MAX_BYTES = 64 * 1024 * 1024
_log = logging.getLogger(__name__)


class IndexEntry(Record):
    """A downloaded filing: whose it is, and the SHA-256 of its file."""

    ticker: str
    filing: Filing
    sha256: str


class Index(Record):
    """The downloaded filings by file name."""

    entries: dict[str, IndexEntry]


def directory() -> Path:
    return Path.home() / ".cache" / "finchat_sec_qa"


def initialize_cache() -> Path:
    """Makes the cache directory and an empty index where they are missing. What is there already stays as it is.

    Returns the directory. Raises OSError when it cannot be made or written.
    """
    path = directory()
    path.mkdir(parents=True, exist_ok=True)
    if not (path / INDEX).exists():
        _write(path / INDEX, _pack(Index(entries={})))
    return path


class Cache:
    """Reads and writes the cache. Every method blocks on the disk: call it in a thread.

    What cannot be read is logged, counted and treated as missing. A write that fails is logged, counted and forgotten:
    the service can go on without it. `failing` says whether the last write failed.
    """

    def __init__(self, metrics: Metrics) -> None:
        self.failing = False
        self._metrics = metrics
        self._index_lock = threading.Lock()
        metrics.cache_entries.set_function(self._count)

    def load(self, kind: Kind, name: str, shape: type[Stored]) -> Stored | None:
        """The record called `name`, or None."""
        found = self._load(directory() / f"{name}.joblib", shape)
        if kind != "index":
            self._note(kind, name, found is not None)
        return found

    def save(self, name: str, record: BaseModel) -> None:
        self._store(directory() / f"{name}.joblib", _pack(record))

    def load_document(self, filing: Filing) -> Document | None:
        """The downloaded filing, when its file is still the one that was downloaded."""
        name = _file_name(filing)
        entry = self._index().entries.get(name)
        text = self._text(name, entry) if entry else None
        self._note("filing", name, text is not None)
        return None if text is None else Document(filing=filing, text=text, source="cache")

    def save_document(self, ticker: str, filing: Filing, content: bytes) -> None:
        name = _file_name(filing)
        if not self._store(directory() / name, content):
            return
        entry = IndexEntry(ticker=ticker, filing=filing, sha256=hashlib.sha256(content).hexdigest())
        with self._index_lock:
            index = Index(entries={**self._index().entries, name: entry})
            self._store(directory() / INDEX, _pack(index))

    def documents(self, ticker: str, form: str, limit: int) -> list[Document]:
        """The downloaded filings of a company and form, newest first, at most `limit` of them."""
        ours = [
            entry.filing
            for entry in self._index().entries.values()
            if entry.ticker == ticker and entry.filing.form == form
        ]
        newest = sorted(ours, key=lambda filing: filing.filed_on, reverse=True)[:limit]
        return [document for filing in newest if (document := self.load_document(filing))]

    def writable(self) -> bool:
        """Whether a small file can be written now: a full or read-only disk says no."""
        scratch = directory() / f"temp-{uuid4().hex}"
        try:
            scratch.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_bytes(bytes(4096))
            return True
        except OSError:
            return False
        finally:
            _remove(scratch)

    def readable(self) -> bool:
        """Whether the directory can be read; one that is not there is empty, no more."""
        try:
            os.scandir(directory()).close()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def _index(self) -> Index:
        return self.load("index", "index", Index) or Index(entries={})

    def _load(self, path: Path, shape: type[Stored]) -> Stored | None:
        content = self._read(path)
        if content is None:
            return None
        import joblib  # type: ignore[import-untyped]

        try:
            if len(content) > FILE_MAX_BYTES:
                raise ValueError("larger than any record")
            return shape.model_validate(joblib.load(io.BytesIO(content)))
        except Exception as error:  # a garbage pickle can raise anything
            self._corrupt(path.name, type(error).__name__)
            return None

    def _text(self, name: str, entry: IndexEntry) -> str | None:
        content = self._read(directory() / name)
        if content is None:
            return None
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            self._corrupt(name, "checksum")
            return None
        return content.decode("utf-8")

    def _read(self, path: Path) -> bytes | None:
        try:
            with path.open("rb") as file:
                return file.read(FILE_MAX_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._unavailable("read", error)
            return None

    def _unavailable(self, deed: str, error: OSError) -> None:
        self._metrics.errors.labels(CacheUnavailableError.code).inc()
        _log.error("error cache_unavailable: cannot %s the cache: %s", deed, error.strerror)

    def _store(self, path: Path, content: bytes) -> bool:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, content)
        except OSError as error:
            self.failing = True
            self._unavailable("write", error)
            return False
        self.failing = False
        _log.debug("stored %s (%d bytes)", path.name, len(content))
        return True

    def _note(self, kind: str, name: str, hit: bool) -> None:
        (self._metrics.cache_hits if hit else self._metrics.cache_misses).labels(kind).inc()
        _log.debug("%s %s %s", "hit" if hit else "miss", kind, name)

    def _corrupt(self, name: str, why: str) -> None:
        self._metrics.cache_corrupt.inc()
        _log.error("error corrupt cache file %s (%s): treated as missing", name, why)

    def _count(self) -> float:
        try:
            return sum(entry.name.endswith((".joblib", ".html")) for entry in os.scandir(directory()))
        except OSError:
            return 0


def _file_name(filing: Filing) -> str:
    return f"{filing.doc_id}-{re.sub(r'[^A-Za-z0-9-]', '_', filing.form)}.html"


def _pack(record: BaseModel) -> bytes:
    import joblib

    # Plain values, so that a record outlives a change of the classes here.
    buffer = io.BytesIO()
    joblib.dump(record.model_dump(mode="json"), buffer)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Replaces a file in one step: after a crash at any moment the old one or the new one is there, whole."""
    unfinished = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        _remove(unfinished)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.debug("cannot remove %s: %s", path.name, error.strerror)
