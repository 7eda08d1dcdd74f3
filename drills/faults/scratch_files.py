"""Scratch files that nobody cleans up fill the disk under the cache."""

from collections.abc import Mapping

from drills.bench.host import USER
from drills.bench.interface import BenchView
from drills.faults.cache_corrupt import CACHE
from drills.faults.disk_full import disk_usage
from drills.faults.fault import FaultError
from drills.faults.on_host import must

FILES = 4
FULL_PERCENT = 92.0
NAMES = {"*.tmp": "drill-{number}.joblib.tmp", "temp*": "temp-drill-{number}"}
"""What the runbook's steps delete, and how files are called that they would."""


class ScratchFiles:
    """Four files in the cache that `pattern` matches take the file system to 92 %."""

    name = "scratch files"

    def __init__(self, pattern: str) -> None:
        if pattern not in NAMES:
            raise FaultError(f"No step deletes {pattern!r}: name one of {', '.join(NAMES)}.")
        self._pattern = pattern
        self._paths = [f"{CACHE}/{NAMES[pattern].format(number=number)}" for number in range(1, FILES + 1)]

    @property
    def declared(self) -> Mapping[str, str]:
        return {"files": f"{FILES} as {CACHE}/{self._pattern}", "file system filled to": f"{FULL_PERCENT:g} %"}

    def inject(self, bench: BenchView) -> None:
        used, size = disk_usage(bench)
        each = (int(size * FULL_PERCENT / 100) - used) // FILES
        if each <= 0:
            raise FaultError(f"The file system under {CACHE} is {100 * used / size:.0f} % full without any such files.")
        write = " && ".join(f"fallocate --length {each} {path}" for path in self._paths)
        must(bench, f"{write} && chown {USER}: {' '.join(self._paths)}")

    def witness(self, bench: BenchView) -> str | None:
        """What the kernel says of the file system (df), and how many such files there are."""
        used, size = disk_usage(bench)
        count = int(must(bench, f"ls -d {CACHE}/{self._pattern} 2>/dev/null | wc -l"))
        if not count or used < size * (FULL_PERCENT - 3) / 100:
            return None
        return f"{count} files {self._pattern} in {CACHE}, and its file system is {100 * used / size:.0f} % full"

    def cure(self, bench: BenchView) -> None:
        must(bench, f"rm -f {' '.join(self._paths)}")
