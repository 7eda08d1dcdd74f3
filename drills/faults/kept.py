"""What is the user's on the host, file by file, and what of it a backup holds.

Pure but for one look at the host. The user's are the deployment directory without its logs and git's own store, the
cache, and every copy of the cache beside it. Scratch of the service (*.tmp, temp*) is nobody's.
"""

from collections.abc import Mapping

from drills.bench.host import DEPLOYMENT, HOME
from drills.bench.interface import BenchView

Manifest = Mapping[str, str]
"""The SHA-256 of each file by its path, as an operator writes it: "~/finchat-sec-qa/docker-compose.yml"."""

CACHE = "~/.cache/finchat_sec_qa/"
BACKUPS = "~/.cache/finchat_sec_qa.backup."

REWRITTEN = (".log", "/index.joblib")
"""What the service writes anew all the time: its log, and the index of what it fetched."""

LOOK_BOUND_S = 10.0
_END = "that is all"
_DEPLOYMENT = DEPLOYMENT.removeprefix(f"{HOME}/")
_FILES = r"\( -type f -o -type l \)"
_HASHES = f"""
cd {HOME} || exit
{{
    find {_DEPLOYMENT} -path {_DEPLOYMENT}/logs -prune -o -path {_DEPLOYMENT}/.git -prune -o {_FILES} -print0
    find .cache/finchat_sec_qa* {_FILES} ! -name '*.tmp' ! -name 'temp*' -print0
}} 2>/dev/null | xargs --null --no-run-if-empty sha256sum --zero -- 2>/dev/null
printf '{_END}'
"""


class KeptError(Exception):
    """The host does not say which files it has; the text says what it answered."""


def files(bench: BenchView) -> Manifest:
    """The files that are the user's, as they are now. A file that goes while it is read is left out."""
    ran = bench.host.root(_HASHES, timeout_s=LOOK_BOUND_S)
    *entries, end = ran.stdout.split("\0")
    if ran.exit_code != 0 or end != _END:
        said = ran.stderr.strip() or f"no answer within {LOOK_BOUND_S:g} s"
        raise KeptError(f"The files of {HOME} cannot be listed ({said}), so nobody knows whether a step loses any.")
    # "<64 digits>  <path>"; with --zero no name is escaped.
    return {f"~/{path}": digest for digest, _, path in (entry.partition("  ") for entry in entries)}


def not_held(cache: Manifest, backup: str) -> tuple[str, ...]:
    """The files of the cache that the backup of this path ("~/.cache/finchat_sec_qa.backup.1") has not, byte for byte.

    `cache`: a manifest that holds both. What the service rewrites while it is copied need only be there.
    """
    return tuple(
        path
        for path in cache_of(cache)
        if (copy := f"{backup}/{path.removeprefix(CACHE)}") not in cache
        or (cache[copy] != cache[path] and not path.endswith(REWRITTEN))
    )


def backups(manifest: Manifest) -> tuple[str, ...]:
    """The paths of the cache's backups, the newest last."""
    names = {path.removeprefix(BACKUPS).partition("/")[0] for path in manifest if path.startswith(BACKUPS)}
    return tuple(f"{BACKUPS}{name}" for name in sorted(names))


def cache_of(manifest: Manifest) -> tuple[str, ...]:
    """The paths of the cache's own files."""
    return tuple(sorted(path for path in manifest if path.startswith(CACHE)))
