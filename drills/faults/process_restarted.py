"""The server's process dies and its engine starts it again: SIGKILL from outside, the restart policy on."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.engine_events import EngineEvents, restarts
from drills.faults.on_host import must
from drills.faults.process_killed import KILLED
from drills.faults.restart_policy import ON, RestartPolicy


class ProcessRestarted:
    """Kills what runs in the container of `service` ("api" or "webapp") once, and leaves the rest to its engine, whose
    policy becomes the one of the documented deployment where it was another."""

    name = "process killed, restarted by its engine"

    def __init__(self, service: str) -> None:
        self._service = service
        self._container = ""
        self._policy = RestartPolicy()
        self._events = EngineEvents()

    @property
    def declared(self) -> Mapping[str, str]:
        return {"container": self._container, "signal": "SIGKILL", "restart policy": ON}

    def inject(self, bench: BenchView) -> None:
        self._container = bench.container(self._service)
        self._policy.become(bench, self._container, ON)
        self._events.begin(bench)
        must(bench, f"kill -KILL $(docker inspect --format '{{{{.State.Pid}}}}' {self._container})")

    def witness(self, bench: BenchView) -> str | None:
        """The engine tells of its end, and has counted a restart; it counts anew after a start by hand."""
        container = self._container or bench.container(self._service)
        count = restarts(bench, container)
        if not count or KILLED not in self._events.exit_codes(bench, container):
            return None
        return f"{container} ended with exit code {KILLED}, and its engine started it again (restarts: {count})"

    def cure(self, bench: BenchView) -> None:
        """A restart by hand where the engine has restarted it: that is how its count begins anew."""
        self._policy.restore(bench)
        container = self._container or bench.container(self._service)
        if restarts(bench, container):
            must(bench, f"docker restart --time 5 {container} >/dev/null")
