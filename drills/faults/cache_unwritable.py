"""The cache's directory belongs to somebody else: what is in it can be read, and nothing can be written any more."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.as_operator import KEPT
from drills.faults.cache_corrupt import CACHE
from drills.faults.on_host import first_process, must

OWNER = f"{KEPT}/cache-owner"


class CacheUnwritable:
    """The directory becomes root's, as after a command that was run with too much power; its files stay whose they
    were."""

    name = "cache unwritable"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"directory": CACHE, "owner": "root", "mode": "755"}

    def inject(self, bench: BenchView) -> None:
        must(
            bench,
            f"mkdir -p {KEPT} && stat --format '%u:%g %a' {CACHE} >{OWNER} && "
            f"chown root:root {CACHE} && chmod 755 {CACHE}",
        )

    def witness(self, bench: BenchView) -> str | None:
        """The kernel does not let the user that the API runs as write there (access(2))."""
        container = bench.container("api")
        said = must(
            bench,
            f"{first_process(container)} || exit\n"
            "ids() { awk -v key=$1: '$1 == key {print $3}' /proc/$pid/status; }\n"
            "user=$(ids Uid) group=$(ids Gid)\n"
            f"setpriv --reuid=$user --regid=$group --clear-groups test -w {CACHE} || echo $user",
        ).strip()
        return f"user {said}, which {container} runs as, may not write to {CACHE}" if said else None

    def cure(self, bench: BenchView) -> None:
        must(
            bench,
            f"[ -f {OWNER} ] || exit 0\nread -r owner mode <{OWNER} || exit\n"
            f"[ ! -d {CACHE} ] || {{ chown $owner {CACHE} && chmod $mode {CACHE}; }} && rm -f {OWNER}",
        )
