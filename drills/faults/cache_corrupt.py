"""Records in the cache are garbage, or cut short, while the service uses it."""

import shlex
from collections.abc import Mapping
from enum import StrEnum

from drills.bench.host import HOME, USER
from drills.bench.interface import BenchView
from drills.faults.as_operator import KEPT
from drills.faults.kept import Manifest, backups, cache_of, files, not_held
from drills.faults.on_host import must
from drills.faults.questions import ask, fresh_company, known

CACHE = f"{HOME}/.cache/finchat_sec_qa"
CACHE_KEPT = f"{KEPT}/cache"
SPOILT = f"{KEPT}/cache-spoilt"
GARBAGE = "no record any more: a drill wrote this"
COMPANIES = 2

LOAD_ALL = f"""
import glob, joblib
for path in sorted(glob.glob('{CACHE}/*.joblib')):
    try:
        joblib.load(path)
    except Exception:
        print(path.rpartition('/')[2])
"""


class Spoilt(StrEnum):
    """What becomes of a record."""

    GARBAGE = "garbage"
    TRUNCATED = "truncated"


_SPOIL = {
    Spoilt.GARBAGE: f"printf %s {shlex.quote(GARBAGE)} >$file",
    # A pickle ends with a full stop, and so may half of one.
    Spoilt.TRUNCATED: "truncate --size=$(($(stat --format %s $file) / 2)) $file && "
    'until [ "$(tail -c 1 $file)" != . ]; do truncate --size=-1 $file || exit 1; done',
}


class CacheCorrupt:
    """All *.joblib are spoilt in place, after questions that fill the cache; then the known question is asked again, so
    that the service reads some of them. What it mends by itself, it may; the records of the companies that nobody asks
    about stay spoilt."""

    name = "cache corrupt"

    def __init__(self, spoilt: Spoilt = Spoilt.GARBAGE) -> None:
        self._spoilt = spoilt
        self._had: Manifest = {}

    @property
    def declared(self) -> Mapping[str, str]:
        return {"files": f"{CACHE}/*.joblib", "made": str(self._spoilt), "questions": str(COMPANIES + 2)}

    def inject(self, bench: BenchView) -> None:
        ask(bench, [known(bench), *(fresh_company(bench) for _ in range(COMPANIES))])
        must(
            bench,
            f"cd {CACHE} && ls *.joblib >/dev/null && mkdir -p {CACHE_KEPT} {SPOILT} && "
            f"cp -a *.joblib {CACHE_KEPT}/ && "
            f"for file in *.joblib; do {{ {_SPOIL[self._spoilt]}; }} && cp $file {SPOILT}/ || exit 1; done",
        )
        ask(bench, [known(bench)])
        self._had = files(bench)

    def witness(self, bench: BenchView) -> str | None:
        """joblib, as the operator runs it on the host, cannot load them; and what the service's own log of the cache
        says, where it has one."""
        broken = must(bench, f"runuser -u {USER} -- python3 -c {shlex.quote(LOAD_ALL)}").split()
        if not broken:
            return None
        logged = must(bench, f"grep -i corrupt {CACHE}/debug.log 2>/dev/null | tail -n 1").strip()
        said = f"; its debug.log: {logged[:200]}" if logged else ""
        return f"{len(broken)} records of the cache do not load ({', '.join(broken[:3])}){said}"

    def amiss(self, bench: BenchView) -> str | None:
        """What the backup, where one was made, does not hold of the cache as it was when it was found spoilt."""
        now = files(bench)
        made = backups(now)
        had = {path: self._had[path] for path in cache_of(self._had)}
        copies = {path: now[path] for path in now if path not in cache_of(now)}
        missing = not_held({**copies, **had}, made[-1]) if made else ()
        if not missing:
            return None
        return f"{made[-1]} does not hold {len(missing)} of {len(had)} files of the cache: {', '.join(missing[:3])}"

    def cure(self, bench: BenchView) -> None:
        """Brings back the bytes of what still is spoilt: what a step deleted stays so, and what was written since."""
        must(
            bench,
            f"[ -d {CACHE_KEPT} ] || exit 0\ncd {CACHE_KEPT} && for file in *.joblib; do "
            f"cmp --quiet {SPOILT}/$file {CACHE}/$file && cp -a $file {CACHE}/$file; done; "
            f"rm -rf {CACHE_KEPT} {SPOILT}",
        )
