"""manifest.json: the SHA-256 of every file of a run, and what the run is chained to."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reports.chain import Link
from reports.record import write_atomically

MANIFEST = "manifest.json"
RUNNING = "running"
REPORT = "report"

_SCHEMA = 1
_NOT_COVERED = {f"{REPORT}/": "made from allure-results/ by `python -m reports.html`, and can be made again from there"}


class ManifestError(Exception):
    """manifest.json cannot be read; the text says why."""


def hash_files(run: Path) -> dict[str, str]:
    """SHA-256 by path inside the run's folder, sorted; without the manifest, the running marker and the report."""
    return {path.relative_to(run).as_posix(): _sha256(path) for path in sorted(_covered_files(run))}


def write_manifest(run: Path, files: dict[str, str], previous: Link | None) -> str:
    """Writes the manifest and returns its own SHA-256."""
    data = {
        "schema": _SCHEMA,
        "run_id": run.name,
        "previous": previous_of(previous),
        "files": files,
        "not_covered": _NOT_COVERED,
    }
    text = json.dumps(data, indent=2) + "\n"
    write_atomically(run / MANIFEST, text)
    return hashlib.sha256(text.encode()).hexdigest()


def previous_of(link: Link | None) -> dict[str, str] | None:
    """How a manifest names the run before: its id, the SHA-256 of its manifest and that of its line in the chain."""
    if link is None:
        return None
    entry = link.entry
    return {
        "run_id": entry.run_id if entry else "",
        "sha256": entry.manifest_sha256 if entry else "",
        "chain_sha256": link.sha256,
    }


def problems_of_files(run: Path, listed: dict[str, str]) -> list[str]:
    """One sentence for each file that was altered, removed or added since the manifest was written."""
    found = hash_files(run)
    problems = []
    for name in sorted(listed.keys() | found.keys()):
        if name not in found:
            problems.append(f"{run.name}/{name} is missing: manifest.json lists it.")
        elif name not in listed:
            problems.append(f"{run.name}/{name} was added: manifest.json does not list it.")
        elif found[name] != listed[name]:
            problems.append(f"{run.name}/{name} was altered: its SHA-256 is not the one in manifest.json.")
    return problems


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says, and the SHA-256 of the file that says it."""

    sha256: str
    run_id: str
    previous: dict[str, str] | None
    files: dict[str, str]


def read_manifest(run: Path) -> Manifest:
    """Raises ManifestError."""
    path = run / MANIFEST
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{run.name}/{MANIFEST} cannot be read: {error.strerror}.") from error
    try:
        data = json.loads(content)
        files = {name: data["files"][name] for name in data["files"]}
        return Manifest(hashlib.sha256(content).hexdigest(), data["run_id"], data["previous"], files)
    except (ValueError, TypeError, KeyError) as error:
        raise ManifestError(f"{run.name}/{MANIFEST} is not a manifest: it was cut off or altered.") from error


def _covered_files(run: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(run):
        if Path(folder) == run:
            subfolders[:] = [name for name in subfolders if name != REPORT]
            names = [name for name in names if name not in (MANIFEST, RUNNING)]
        links = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        yield from (Path(folder) / name for name in [*names, *links])


def _sha256(path: Path) -> str:
    if path.is_symlink():
        return hashlib.sha256(b"symbolic link to " + os.fsencode(path.readlink())).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
