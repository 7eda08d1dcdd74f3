"""The API's container needs more memory than its limit leaves: a limit lower than what it is deployed with."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.high_memory import HighMemory
from drills.faults.memory import UNLIMITED, usage
from drills.faults.on_host import must

LIMIT_MIB = 512


class MemoryLimitTight:
    """The running container is limited to 512 MiB, and comes to need 92 % of that: too near to be killed. It would fit
    into what it is deployed with."""

    name = "memory limit too tight"

    def __init__(self) -> None:
        self._need = HighMemory()
        self._before = 0
        self._container = ""

    @property
    def declared(self) -> Mapping[str, str]:
        return {**self._need.declared, "limit": f"{LIMIT_MIB} MiB in place of {self._before >> 20}"}

    def inject(self, bench: BenchView) -> None:
        container = bench.container("api")
        _, before = usage(bench, container)
        if not LIMIT_MIB << 20 < before < UNLIMITED:
            raise FaultError(f"{container} is not limited to more than {LIMIT_MIB} MiB, so nothing would be tighter.")
        self._container, self._before = container, before
        _limit(bench, container, LIMIT_MIB << 20)
        self._need.inject(bench)

    def witness(self, bench: BenchView) -> str | None:
        """The kernel's count for the container's memory group, against the kernel's limit."""
        return self._need.witness(bench)

    def cure(self, bench: BenchView) -> None:
        self._need.cure(bench)
        if self._before:
            _limit(bench, self._container, self._before)


def _limit(bench: BenchView, container: str, size: int) -> None:
    must(bench, f"docker update --memory {size} --memory-swap {size} {container} >/dev/null")
