"""The file system of the operator's home is full: with the deployment, its logs and the cache."""

from collections.abc import Mapping

from drills.bench.host import HOME
from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.on_host import must

FILLER = f"{HOME}/finchat-drills.fill"
"""Beside what the runbook's steps delete."""
FULL_PERCENT = 95.0
BRIM_PERCENT = 100.0
REST_BYTES = 2 << 20
"""Written until there is no room for more."""
BRIM_WITNESSED_PERCENT = 99.5
"""The service itself frees and takes a little all the time."""


class DiskFull:
    """A file takes what is free, up to `percent` of the file system; at 100 nothing can be written any more."""

    name = "disk full"

    def __init__(self, percent: float = 97.0) -> None:
        if not FULL_PERCENT < percent <= 100:
            raise FaultError(f"A disk that is {percent:g} % full is not full: give more than {FULL_PERCENT:g}.")
        self._percent = percent

    @property
    def declared(self) -> Mapping[str, str]:
        return {"file system": HOME, "filled to": f"{self._percent:g} %", "by": FILLER}

    def inject(self, bench: BenchView) -> None:
        used, size = disk_usage(bench)
        to_the_brim = self._percent == BRIM_PERCENT
        missing = int(size * self._percent / 100) - used - to_the_brim * REST_BYTES // 2
        if missing > 0:
            must(bench, f"fallocate --length {missing} {FILLER}")
        if to_the_brim:  # others take and free a little meanwhile
            must(bench, f"head --bytes={REST_BYTES} /dev/zero >>{FILLER} 2>/dev/null; true")

    def witness(self, bench: BenchView) -> str | None:
        """What the kernel says of the file system (df)."""
        used, size = disk_usage(bench)
        if used < size * (FULL_PERCENT if self._percent < BRIM_PERCENT else BRIM_WITNESSED_PERCENT) / 100:
            return None
        return f"{HOME} is {100 * used / size:.0f} % full: {used >> 20} of {size >> 20} MiB"

    def told(self, bench: BenchView) -> Mapping[str, str]:
        """What an operator finds to be the largest, below the home directory."""
        return {"large-file": FILLER.removeprefix(f"{HOME}/")}

    def cure(self, bench: BenchView) -> None:
        must(bench, f"rm -f {FILLER}")


def disk_usage(bench: BenchView) -> tuple[int, int]:
    """The used bytes of the file system, and all that a user can have of it."""
    used, free = map(int, must(bench, f"df --block-size=1 --output=used,avail {HOME} | tail -n 1").split())
    return used, used + free
