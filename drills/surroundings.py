"""What surrounds the steps of a drill on the host: its state before and after them, and what its containers say."""

import hashlib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase as fnmatch
from typing import Protocol

from drills.bench.interface import BenchView, HostShell
from drills.history import Difference
from drills.host_state import DEPLOYMENT, HostState, changes, gone_files, look

EMPTY = hashlib.sha256(b"").hexdigest()
"""What host_look says of a file that holds nothing."""
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


def lost_files(before: HostState, after: HostState, may_lose: Sequence[str]) -> tuple[str, ...]:
    """The files that are gone, or empty now, and were not to be; one whose content is elsewhere, as in a backup, is not
    lost. An empty file in the cache may be one that the service is writing.

    Writes in progress (*.tmp) and scratch (temp-*) come and go by themselves.
    """
    allowed = ("*.tmp", "*/temp-*", *may_lose)
    # A directory holds nothing itself.
    held = {"directory", *after.files.values(), *after.cache.values()}
    emptied = {
        f"{DEPLOYMENT}/{name}": content for name, content in before.files.items() if after.files.get(name) == EMPTY
    }
    gone = {**gone_files(before, after), **emptied}
    return tuple(
        path for path, content in gone.items() if content not in held and not any(fnmatch(path, one) for one in allowed)
    )


class HostSurroundings:
    """Those of a bench."""

    def __init__(self, bench: BenchView, containers: Sequence[str]) -> None:
        self._bench = bench
        self._containers = tuple(containers)
        self._noted: HostState | None = None

    def note(self) -> None:
        """Remember the host as it is now."""
        self._noted = look(self._bench.host)

    def since(self, may_lose: Sequence[str]) -> Difference:
        """What is different from what was noted."""
        if self._noted is None:
            return Difference()
        now = look(self._bench.host)
        return Difference(changes(self._noted, now).as_json(), lost_files(self._noted, now, may_lose))

    def logs(self) -> Mapping[str, str]:
        """The last lines of each container."""
        return container_logs(self._bench.host, self._containers)
