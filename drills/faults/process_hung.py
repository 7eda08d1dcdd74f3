"""The server hangs: all its processes are stopped, its port accepts, and nothing is ever answered."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.on_host import first_process, must, processes_of
from drills.faults.published import published_url
from drills.faults.service_view import TIMED_OUT

PATIENCE_S = 2
STOPPED = "T"
"""The kernel's letter for a process that a signal stopped."""


class ProcessHung:
    """SIGSTOP to every process in the container of `service` ("api" or "webapp"). The kernel still accepts for it."""

    name = "process hung"

    def __init__(self, service: str) -> None:
        self._service = service
        self._container = ""

    @property
    def declared(self) -> Mapping[str, str]:
        return {"container": self._container, "signal": "SIGSTOP, to all its processes"}

    def inject(self, bench: BenchView) -> None:
        self._container = bench.container(self._service)
        # One that ends meanwhile (a health check) is no failure: the witness tells whether the server is stopped.
        must(bench, f"kill -STOP $({processes_of(self._container)}) 2>/dev/null; true")

    def witness(self, bench: BenchView) -> str | None:
        """The kernel's state of its processes, and a request on the host that connects and gets nothing in 2 s.

        What the engine executes beside the server (a health check, started since) is not stopped, and not of it.
        """
        container = self._container or bench.container(self._service)
        states = must(
            bench,
            f"{first_process(container)} || exit 0\n"
            f"shim=$(awk '/^PPid:/ {{print $2}}' /proc/$pid/status)\n"
            f"for process in $({processes_of(container)}); do\n"
            f"    awk -v first=$pid -v shim=$shim -v id=$process '/^State:/ {{state = $2}} /^PPid:/ {{parent = $2}} "
            f"END {{if (parent != shim || id == first) print state}}' /proc/$process/status 2>/dev/null\n"
            f"done; true",
        ).split()
        if not states or set(states) != {STOPPED}:
            return None
        ask = (
            f"curl --silent --output /dev/null --max-time {PATIENCE_S} --write-out '%{{time_connect}} %{{http_code}}' "
            f'{published_url(bench, self._service)}; echo " $?"'
        )
        connected_s, status, exit_code = must(bench, ask).split()
        if float(connected_s) == 0 or int(status) != 0 or int(exit_code) != TIMED_OUT:
            return None
        return f"{container}: {len(states)} processes stopped; connected, and no answer within {PATIENCE_S} s"

    def cure(self, bench: BenchView) -> None:
        container = self._container or bench.container(self._service)
        must(
            bench,
            f'processes=$({processes_of(container)}); [ -z "$processes" ] || kill -CONT $processes 2>/dev/null; true',
        )
