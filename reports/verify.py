"""`python -m reports.verify [RUN]`: was the evidence altered since it was written?

Recomputes every SHA-256 and the whole chain. Exit codes: 0 nothing was altered, 1 something was, 4 no such run.
"""

import hashlib
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reports.chain import CHAIN, ChainError, Entry, Link, parse_line, read_lines
from reports.folder import OUT, RUN_ID, EvidenceError, find_run, is_running, is_smoke, run_folders
from reports.manifest import MANIFEST, RUNNING, ManifestError, previous_of, problems_of_files, read_manifest
from reports.usage import USAGE, UsageParser


@dataclass(slots=True)
class Verification:
    """What was found: `problems` mean altered evidence, `notes` say what is not there to be verified, and why."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    head_sha256: str = ""
    """Of the last line of the chain: whoever noted it down can tell later that the chain was not rewritten."""


def verify(root: Path, run_id: str | None = None) -> Verification:
    """Verifies the chain, and the files of this run or of all. Raises ChainError where no run has finished."""
    result = Verification()
    # The folders first: a run that finishes meanwhile is then in the chain that is read after them.
    unfinished = {folder.name: _why_unfinished(folder) for folder in run_folders(root)}
    links = _verified_links(read_lines(root), result)
    finished = {link.entry.run_id for link in links if link.entry}
    pruned = _pruned_runs(links)
    for previous, link in itertools.pairwise([None, *links]):
        if link and link.entry and link.entry.run_id not in pruned and run_id in (None, link.entry.run_id):
            _verify_run(root / link.entry.run_id, link.entry, previous, result)
    if run_id in pruned:
        result.notes.append(f"{run_id} was pruned: its line in {CHAIN} remains.")
    elif run_id is None and pruned:
        result.notes.append(f"Pruned smoke runs: {len(pruned)}. Their lines in {CHAIN} remain.")
    for name, why in unfinished.items():
        if name not in finished | pruned and run_id in (None, name):
            if why and run_id is None:
                result.notes.append(f"{name} {why}: it is not verified.")
            else:
                result.problems.append(f"{name} is not in {CHAIN}: it {why or 'was added, or its line was removed'}.")
    if run_id and run_id not in finished | unfinished.keys():
        raise EvidenceError(f"There is no run {run_id} in {root}, and there was none.")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    parser = UsageParser(prog="python -m reports.verify", description="Says whether the evidence was altered.")
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run id, a folder or `latest` (default: all runs)")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="where the evidence is (%(default)s)")
    options = parser.parse_args(arguments)
    try:
        if options.run is None or RUN_ID.fullmatch(options.run):
            result = verify(options.out, options.run)
        else:
            run = find_run(options.out, options.run)
            result = verify(run.parent, run.name)
    except (EvidenceError, ChainError) as error:
        print(error, file=sys.stderr)
        return USAGE
    for sentence in [*result.notes, *result.problems]:
        print(sentence)
    print(f"Verified runs: {len(result.verified)}. Problems: {len(result.problems)}.")
    print(f"Head of the chain (SHA-256): {result.head_sha256 or 'none'}")
    return 1 if result.problems else 0


def _verified_links(lines: Sequence[bytes], result: Verification) -> list[Link]:
    links: list[Link] = []
    for number, line in enumerate(lines, start=1):
        entry = parse_line(line)
        if entry is None:
            result.problems.append(f"{CHAIN} line {number} was altered: it cannot be read.")
        elif entry.previous_sha256 != result.head_sha256:
            result.problems.append(
                f"{CHAIN} line {number} ({entry.run_id}) does not follow from the line before: "
                "a line was altered, removed or added there."
            )
        result.head_sha256 = hashlib.sha256(line).hexdigest()
        links.append(Link(result.head_sha256, entry))
    return links


def _verify_run(run: Path, entry: Entry, previous: Link | None, result: Verification) -> None:
    try:
        problems = _problems_of_run(run, entry, previous)
    except (ManifestError, OSError) as error:
        problems = [str(error) if run.is_dir() else f"{run.name} is missing: it finished and was not pruned."]
    if problems and run.name in _pruned_runs([Link("", parse_line(line)) for line in read_lines(run.parent)]):
        result.notes.append(f"{run.name} was pruned just now.")
        return
    result.problems += problems
    result.verified.append(run.name)


def _problems_of_run(run: Path, entry: Entry, previous: Link | None) -> list[str]:
    manifest = read_manifest(run)
    problems = []
    if manifest.sha256 != entry.manifest_sha256:
        problems.append(f"{run.name}/{MANIFEST} was altered: its SHA-256 is not the one in {CHAIN}.")
    if manifest.run_id != run.name:
        problems.append(f"{run.name}/{MANIFEST} belongs to {manifest.run_id}: the folder was renamed or copied.")
    if manifest.previous != previous_of(previous):
        problems.append(f"{run.name} is chained to another run than the one before it in {CHAIN}.")
    return problems + problems_of_files(run, manifest.files)


def _pruned_runs(links: Sequence[Link]) -> set[str]:
    # Only a smoke run is ever pruned: a line that says so of another does not excuse its absence.
    return {name for link in links if link.entry for name in link.entry.pruned if is_smoke(name)}


def _why_unfinished(run: Path) -> str:
    if is_running(run):
        return "is still running"
    return "did not finish" if (run / RUNNING).exists() else ""


if __name__ == "__main__":
    sys.exit(main())
