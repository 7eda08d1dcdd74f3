"""The memory of the whole host is used up: a process outside of all containers takes what is left."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.engine_events import ended, killed_for_memory
from drills.faults.fault import FaultError
from drills.faults.memory import GROUP, UNLIMITED
from drills.faults.on_host import end_all, first_process, must
from drills.faults.out_of_memory import first_to_go
from drills.faults.restart_policy import OFF, RestartPolicy

HOG = "finchat-host-hog"
"""What the process calls itself, for ps."""
STEP = 4 << 20
FULL = 0.9
HELD_AT_MOST_S = 3600

# Grows until the server is gone, and holds that; the kernel ends it before anything that the host needs.
GROW = f"""
import os, sys, time
held = []
while os.path.exists("/proc/" + sys.argv[1]):
    held.append(bytearray({STEP}))
    held[-1][::4096] = bytes({STEP // 4096})
time.sleep({HELD_AT_MOST_S})
"""


class HostMemoryUsedUp:
    """The kernel has to kill something on the host, and that is the API's server, whose score is raised: it stands for
    the biggest. The restart policy is off, so that one kill is one outage. Only on a host with a limit of its own."""

    name = "memory of the host used up"

    def __init__(self) -> None:
        self._container = ""
        self._policy = RestartPolicy()

    @property
    def declared(self) -> Mapping[str, str]:
        return {"process": HOG, "takes": "all that the host has left", "restart policy": OFF}

    def inject(self, bench: BenchView) -> None:
        _, limit = _usage(bench)
        if limit >= UNLIMITED:
            raise FaultError("The host has no memory limit of its own: this would use up the machine's.")
        self._container = bench.container("api")
        self._policy.become(bench, self._container, OFF)
        first_to_go(bench, self._container)
        named = f"exec -a {HOG} python3 -c {shlex.quote(GROW)} $pid"
        must(
            bench,
            f"{first_process(self._container)} || exit 1\n"
            f"export pid; setsid bash -c {shlex.quote(named)} </dev/null >/dev/null 2>&1 &",
        )

    def witness(self, bench: BenchView) -> str | None:
        """The kernel's count for the host's own memory group, and the engine's word on the API's container."""
        container = self._container or bench.container("api")
        used, limit = _usage(bench)
        if used < limit * FULL or ended(bench, container) != "exited 137":
            return None
        return f"the host uses {used >> 20} of {limit >> 20} MiB ({used / limit:.0%}); {container} was killed"

    def cure(self, bench: BenchView) -> None:
        end_all(bench, HOG)
        self._policy.restore(bench)
        container = self._container or bench.container("api")
        must(bench, f"docker start {container} >/dev/null")
        for role in ("api", "webapp"):
            if bench.host_target.service(role) and killed_for_memory(bench, bench.container(role)):
                must(bench, f"docker restart --time 5 {bench.container(role)} >/dev/null")


def _usage(bench: BenchView) -> tuple[int, int]:
    """What the kernel counts for the host and all its containers, and the limit, in bytes."""
    # Under version 2 the host's own processes stand in a group below the one that has the limit.
    script = f"pid=1\n{GROUP}directory=${{directory%/init}}\ncat $directory/$usage $directory/$limit"
    used, limit = must(bench, script).split()
    return int(used), int(limit) if limit.isdecimal() else UNLIMITED
