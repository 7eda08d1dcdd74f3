"""The API's container is near its memory limit: a process beside the server holds what is left."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.memory import LEAK, UNLIMITED, hold, release, usage

FILL_TO = 0.92
HIGH = 0.85


class HighMemory:
    """A real process in the memory group and the process namespace of the API's container takes it to 92 % of its
    limit. It is the host's own python3, as an image under test need not have one; it ends with the container."""

    name = "high memory use"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"process": LEAK, "filled to": f"{FILL_TO:.0%} of the memory limit of the API's container"}

    def inject(self, bench: BenchView) -> None:
        container = bench.container("api")
        used, limit = usage(bench, container)
        if limit >= UNLIMITED:
            raise FaultError(f"{container} has no memory limit that it could come near to.")
        hold(bench, container, int(limit * FILL_TO) - used)

    def witness(self, bench: BenchView) -> str | None:
        """The kernel's count for the container's memory group."""
        container = bench.container("api")
        used, limit = usage(bench, container)
        if used <= limit * HIGH:
            return None
        return f"{container} uses {used >> 20} of {limit >> 20} MiB ({used / limit:.0%})"

    def cure(self, bench: BenchView) -> None:
        release(bench)
