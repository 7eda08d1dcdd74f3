"""The API's server is killed by the kernel: its container has used up its memory limit."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.engine_events import EngineEvents, ended, killed_for_memory, restarts
from drills.faults.fault import FaultError
from drills.faults.memory import LEAK, UNLIMITED, hold, release, usage
from drills.faults.on_host import must, processes_of
from drills.faults.restart_policy import OFF, RestartPolicy

BEYOND = 64 << 20
"""So much more than the limit is asked for."""


class OutOfMemory:
    """A process in the memory group of the API's container wants more than the limit. The kernel kills what has the
    highest score there, which is the server: its own is raised, as the leak were its own. `restart`: the policy."""

    name = "out of memory"

    def __init__(self, restart: str = OFF) -> None:
        self._restart = restart
        self._container = ""
        self._policy = RestartPolicy()
        self._events = EngineEvents()

    @property
    def declared(self) -> Mapping[str, str]:
        return {"container": self._container, "process": LEAK, "restart policy": self._restart}

    def inject(self, bench: BenchView) -> None:
        container = bench.container("api")
        used, limit = usage(bench, container)
        if limit >= UNLIMITED:
            raise FaultError(f"{container} has no memory limit that it could use up.")
        self._container = container
        self._policy.become(bench, container, self._restart)
        self._events.begin(bench)
        first_to_go(bench, container)
        hold(bench, container, limit - used + BEYOND)

    def witness(self, bench: BenchView) -> str | None:
        """The engine, told by the kernel: OOMKilled; and that its first process ended, or was started again."""
        container = self._container or bench.container("api")
        if not killed_for_memory(bench, container):
            return None
        if self._restart == OFF:
            return f"{container} OOMKilled, exit code 137" if ended(bench, container) == "exited 137" else None
        count = restarts(bench, container)
        told = self._events.kills_for_memory(bench, container)
        return f"{container} OOMKilled, {told} kills told by the kernel, restarts: {count}" if count and told else None

    def cure(self, bench: BenchView) -> None:
        """Also takes the engine's mark away, which only another end of the container does."""
        release(bench)
        self._policy.restore(bench)
        container = self._container or bench.container("api")
        must(bench, f"docker start {container} >/dev/null")
        if killed_for_memory(bench, container):
            must(bench, f"docker restart --time 5 {container} >/dev/null")


def first_to_go(bench: BenchView, container: str) -> None:
    """Where memory ends, the kernel kills what runs in the container before all else."""
    score = "/proc/$process/oom_score_adj"
    must(bench, f"for process in $({processes_of(container)}); do [ ! -e {score} ] || echo 1000 >{score}; done")
