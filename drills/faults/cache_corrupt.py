"""Records in the cache are garbage while the service uses it."""

import shlex
from collections.abc import Mapping

from drills.bench.host import HOME, USER
from drills.bench.interface import BenchView
from drills.faults.on_host import must
from drills.faults.questions import ask, fresh_company, known

CACHE = f"{HOME}/.cache/finchat_sec_qa"
KEPT = "/run/finchat-drills/cache"
"""Where the host keeps the records as they were: on another file system, and not in anybody's home."""
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


class CacheCorrupt:
    """All *.joblib are overwritten in place, after questions that fill the cache; then the known question is asked
    again, so that the service reads some of them. What it mends by itself, it may; the records of the companies that
    nobody asks about stay garbage."""

    name = "cache corrupt"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"files": f"{CACHE}/*.joblib", "overwritten with": GARBAGE, "questions": str(COMPANIES + 2)}

    def inject(self, bench: BenchView) -> None:
        ask(bench, [known(bench), *(fresh_company(bench) for _ in range(COMPANIES))])
        must(
            bench,
            f"cd {CACHE} && ls *.joblib >/dev/null && mkdir -p {KEPT} && cp -a *.joblib {KEPT}/ && "
            f"for file in *.joblib; do printf %s {shlex.quote(GARBAGE)} >$file || exit 1; done",
        )
        ask(bench, [known(bench)])

    def witness(self, bench: BenchView) -> str | None:
        """joblib, as the operator runs it on the host, cannot load them; and what the service's own log of the cache
        says, where it has one."""
        broken = must(bench, f"runuser -u {USER} -- python3 -c {shlex.quote(LOAD_ALL)}").split()
        if not broken:
            return None
        logged = must(bench, f"grep -i corrupt {CACHE}/debug.log 2>/dev/null | tail -n 1").strip()
        said = f"; its debug.log: {logged[:200]}" if logged else ""
        return f"{len(broken)} records of the cache do not load ({', '.join(broken[:3])}){said}"

    def cure(self, bench: BenchView) -> None:
        """Brings back the bytes of what still is garbage: what a step deleted stays so, and what was written since."""
        must(
            bench,
            f"[ -d {KEPT} ] || exit 0\ncd {KEPT} && for file in *.joblib; do "
            f"printf %s {shlex.quote(GARBAGE)} | cmp --quiet - {CACHE}/$file && cp -a $file {CACHE}/$file; done; "
            f"rm -rf {KEPT}",
        )
