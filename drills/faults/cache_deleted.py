"""The cache is deleted, with its directory, while EDGAR is out: what was stored was all there was to answer with."""

import contextlib
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.as_operator import KEPT, UP_BOUND_S, as_operator
from drills.faults.cache_corrupt import CACHE
from drills.faults.fault import FaultError
from drills.faults.kept import REWRITTEN, Manifest, backups, cache_of, files, not_held
from drills.faults.on_host import first_process, must
from drills.faults.questions import ask, known
from drills.faults.stand_in import StandIn
from drills.steps import load_runbook

COPY = f"{KEPT}/deleted-cache"
BACKUP_STEP = "cache-backup"
OUT = 503
DELETED = f"{CACHE.rpartition('/')[2]}//deleted"
"""How the kernel names what is mounted from a directory that is no more."""


class CacheDeleted:
    """Before anything happens the operator backs the cache up, by the runbook's own step, and the backup has to be
    complete. Then EDGAR answers 503, and somebody deletes the directory under the running service."""

    name = "cache deleted"

    def __init__(self) -> None:
        self._had: Manifest = {}

    @property
    def declared(self) -> Mapping[str, str]:
        return {"deleted": CACHE, "backed up before by": f"step {BACKUP_STEP}", "EDGAR": f"answers {OUT}"}

    def inject(self, bench: BenchView) -> None:
        ask(bench, [known(bench)])
        before = files(bench)
        as_operator(bench, load_runbook().step(BACKUP_STEP).commands)
        self._had = files(bench)
        made = backups(self._had)
        if not made:
            raise FaultError(f"Step {BACKUP_STEP} made no backup of {CACHE}.")
        # What the service wrote meanwhile is in the backup as it was before, or as it is now.
        missing = set(not_held(self._had, made[-1])) & set(not_held({**self._had, **before}, made[-1]))
        if missing:
            raise FaultError(f"The backup that step {BACKUP_STEP} made is not complete: {', '.join(sorted(missing))}.")
        StandIn(bench, "edgar").answer(OUT)
        must(bench, f"rm -rf {COPY} && mkdir -p {KEPT} && cp -a {CACHE} {COPY} && rm -rf {CACHE}")

    def witness(self, bench: BenchView) -> str | None:
        """What the kernel says of the mounts of the API's first process."""
        container = bench.container("api")
        mounts = "awk '{print $4, $5}' /proc/$pid/mountinfo"
        mount = must(bench, f"{first_process(container)} || exit\n{mounts} | grep '{DELETED} ' || true").strip()
        return f"{container} has a directory mounted that is deleted: {mount}" if mount else None

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """What is lost, and what a backup would bring back."""
        now, had = files(bench), cache_of(self._had)
        newest = backups(now)[-1] if backups(now) else "nowhere"
        spared = len(cache_of(now))
        held = len(had) - len(not_held({**now, **{path: self._had[path] for path in had}}, newest))
        return {
            "lost": f"{len(had) - spared} of {len(had)} files of the cache",
            newest: f"{held} of {len(had)} of them, byte for byte (a log: as it was then)",
        }

    def amiss(self, bench: BenchView) -> str | None:
        """What did not come back, file by file: a service that is ready may have lost all it knew."""
        now, had = files(bench), cache_of(self._had)
        gone = [
            path for path in had if path not in now or (now[path] != self._had[path] and not path.endswith(REWRITTEN))
        ]
        if not gone:
            return None
        return f"{len(gone)} of {len(had)} files of the cache did not come back: {', '.join(gone[:3])}"

    def cure(self, bench: BenchView) -> None:
        """Puts the cache back where the service does not stand on a living one: what a step brought back stays."""
        container = bench.container("api")
        with contextlib.ExitStack() as both:
            both.callback(StandIn(bench, "edgar").answer_again)
            both.callback(
                must,
                bench,
                f"[ -d {COPY} ] || exit 0\n"
                f"{first_process(container)} && ! grep -q '{DELETED} ' /proc/$pid/mountinfo && [ -d {CACHE} ] || "
                f"{{ rm -rf {CACHE} && cp -a {COPY} {CACHE} && docker restart --time 1 {container} >/dev/null; }} && "
                f"rm -rf {COPY}",
                UP_BOUND_S,
            )
