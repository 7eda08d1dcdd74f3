"""The server's process dies and nobody starts it again: SIGKILL from outside its container, the restart policy off."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.on_host import must
from drills.faults.restart_policy import OFF, RestartPolicy

KILLED = "137"
"""128 and SIGKILL: what a container ends with whose process was killed."""


class ProcessKilled:
    """Kills what runs in the container of `service` ("api" or "webapp") as the kernel would, so that its engine counts
    it as a crash; before that its restart policy becomes `restart`, and the cure gives it the old one back."""

    name = "process killed"

    def __init__(self, service: str, restart: str = OFF) -> None:
        self._service = service
        self._restart = restart
        self._container = ""
        self._policy = RestartPolicy()

    @property
    def declared(self) -> Mapping[str, str]:
        return {"container": self._container, "signal": "SIGKILL", "restart policy": self._restart}

    def inject(self, bench: BenchView) -> None:
        self._container = bench.container(self._service)
        self._policy.become(bench, self._container, self._restart)
        must(bench, f"kill -KILL $(docker inspect --format '{{{{.State.Pid}}}}' {self._container})")

    def witness(self, bench: BenchView) -> str | None:
        """The engine says that it exited, and the kernel has no process of that container."""
        container = self._container or bench.container(self._service)
        fields = " ".join(f"{{{{.{name}}}}}" for name in ("State.Running", "State.Status", "State.ExitCode", "Id"))
        look = f"docker inspect --format '{fields}' {container}"
        running, status, exit_code, container_id = must(bench, look).split()
        left = must(bench, f"grep -l {container_id} /proc/[0-9]*/cgroup 2>/dev/null | wc -l").strip()
        if running == "true" or exit_code != KILLED or left != "0":
            return None
        return f"{container} {status}, exit code {exit_code}, no process in its control group"

    def cure(self, bench: BenchView) -> None:
        self._policy.restore(bench)
        must(bench, f"docker start {self._container or bench.container(self._service)} >/dev/null")
