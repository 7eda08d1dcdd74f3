"""Evidence folders: reports/out/<run id>/, begun when a run starts, sealed when it ends, pruned when newer ones came.

A run that is killed leaves a folder without a place in the chain: verification says so, and no other run is harmed.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reports.chain import Chain, Entry, locked_chain
from reports.manifest import RUNNING, hash_files, write_manifest
from reports.record import KINDS, Kind, Record, write_atomically, write_record

OUT = Path(__file__).resolve().parent / "out"
LATEST = "latest"
KEEP_SMOKE_RUNS = 20

RUN_ID = re.compile(rf"\d{{8}}T\d{{6}}Z-({'|'.join(KINDS)})-[0-9a-f]{{4}}")
_TEXT_BYTES_MAX = 16 * 2**20


class EvidenceError(Exception):
    """The evidence cannot be kept or found; the text says why and what to do."""


class EvidenceFolder:
    """The folder of one run, in progress until `finish`. Make it with `open`, in the one process that owns the run."""

    def __init__(self, path: Path, marker_fd: int) -> None:
        self.path = path
        self.run_id = path.name
        self.allure_results = path / "allure-results"
        self.junit = path / "junit.xml"
        self._marker_fd = marker_fd  # locked until the run is sealed or the process ends

    @classmethod
    def open(cls, root: Path, kind: Kind, now: datetime) -> "EvidenceFolder":
        """Makes root/<run id>/ with an empty allure-results/. `now` has a time zone. Raises EvidenceError."""
        with _said(root):
            root.mkdir(parents=True, exist_ok=True)
            with locked_chain(root):  # nobody looks at the folder before its owner holds the marker
                path = _new_folder(root, kind, now)
                marker_fd = os.open(path / RUNNING, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
                os.write(marker_fd, f"{os.getpid()}\n".encode())
                fcntl.flock(marker_fd, fcntl.LOCK_EX)
            folder = cls(path, marker_fd)
            folder.allure_results.mkdir()
            return folder

    def finish(self, record: Record, redact: Callable[[str], str] = str, keep: int = KEEP_SMOKE_RUNS) -> None:
        """Seals the run: run.json, manifest.json, its line in the chain, `latest`; then prunes old smoke runs.

        Call it once, after everything else has been written. Every text file of the folder goes through `redact` before
        it is hashed: a second net, for what is written goes through it already. `keep`: how many smoke runs stay, this
        one among them. Raises EvidenceError.
        """
        if record.run_id != self.run_id:
            raise ValueError(f"The record of {record.run_id} does not belong in the folder of {self.run_id}.")
        if keep < 0:
            raise EvidenceError(f"{keep} smoke runs cannot be kept: give 0 or more.")
        root = self.path.parent
        with _said(root):
            write_record(record, self.path / "run.json", redact)
            if redact is not str:
                _redact_files(self.path, redact)
            files = hash_files(self.path)
            with locked_chain(root) as chain:
                pruned = prunable_runs(root, keep, self.run_id) if is_smoke(self.run_id) else []
                self._seal(chain, files, pruned)
                _point_latest_to(self.path)
                (self.path / RUNNING).unlink()
                os.close(self._marker_fd)
                _remove(pruned)

    def _seal(self, chain: Chain, files: dict[str, str], pruned: list[Path]) -> None:
        previous = chain.last()
        manifest_sha256 = write_manifest(self.path, files, previous)
        previous_sha256 = previous.sha256 if previous else ""
        chain.append(Entry(self.run_id, manifest_sha256, previous_sha256, tuple(path.name for path in pruned)))


def run_folders(root: Path) -> list[Path]:
    """The folders of runs, oldest first: whatever else lies in the root is not ours."""
    if not root.is_dir():
        return []
    ours = (path for path in root.iterdir() if RUN_ID.fullmatch(path.name))
    return sorted(path for path in ours if path.is_dir() and not path.is_symlink())


def is_smoke(run_id: str) -> bool:
    return "-smoke-" in run_id


def is_running(run: Path) -> bool:
    """Whether the process that owns the run is alive. The lock on its marker goes with it, however it ends."""
    try:
        with (run / RUNNING).open() as marker:
            fcntl.flock(marker, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def prunable_runs(root: Path, keep: int, finishing: str) -> list[Path]:
    """The smoke runs beyond the newest `keep`: never the one that is finishing, never one in progress."""
    smoke = [path for path in run_folders(root) if is_smoke(path.name)]
    stays = {finishing, *(path.name for path in smoke[-keep:])} if keep else {finishing}
    return [path for path in smoke if path.name not in stays and not is_running(path)]


def find_run(root: Path, run: str) -> Path:
    """The folder of a run that is named by its id, as `latest`, or by a path. Raises EvidenceError."""
    for path in (root / run, Path(run)):
        if path.is_dir() and RUN_ID.fullmatch(path.resolve().name):
            return path.resolve()
    known = [path.name for path in run_folders(root)[-3:]]
    newest = f"the newest are {', '.join(known)}" if known else "there is none yet: `make smoke` makes one"
    raise EvidenceError(f"There is no run {run!r} in {root}: {newest}.")


def _new_folder(root: Path, kind: Kind, now: datetime) -> Path:
    if now.tzinfo is None:
        raise ValueError(f"The time {now} has no time zone: use datetime.now(UTC).")
    second = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    while True:
        path = root / f"{second}-{kind}-{os.urandom(2).hex()}"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path


def _redact_files(run: Path, redact: Callable[[str], str]) -> None:
    for path in run.rglob("*"):
        if not path.is_file() or path.is_symlink() or path.name == RUNNING or path.stat().st_size > _TEXT_BYTES_MAX:
            continue
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue  # an image or an archive
        redacted = redact(text)
        if redacted != text:
            write_atomically(path, redacted)


def _point_latest_to(run: Path) -> None:
    # Under the lock of the chain, so that the name of the half-made link is ours alone.
    half = run.parent / f".{LATEST}.tmp"
    half.unlink(missing_ok=True)
    half.symlink_to(run.name)
    half.replace(run.parent / LATEST)


def _remove(runs: list[Path]) -> None:
    import shutil

    for run in runs:
        shutil.rmtree(run, ignore_errors=True)  # what cannot be removed now is found again by the next run


@contextmanager
def _said(root: Path) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise EvidenceError(f"{error}.") from error
    except OSError as error:
        raise EvidenceError(
            f"The evidence in {root} cannot be written ({error}): "
            "free space there, or give a directory that this user may write to."
        ) from error
