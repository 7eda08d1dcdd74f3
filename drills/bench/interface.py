"""What a drill may do to the bench that it runs on: the shell of the host, as the operator and as root."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from checks.target import Target
from drills.bench.proxy import Link


@dataclass(frozen=True)
class Ran:
    """What a command on the host printed and how it ended. `exit_code` None: it did not end by itself."""

    command: str
    exit_code: int | None
    stdout: str
    stderr: str
    duration_s: float
    timed_out: bool = False


class HostShell(Protocol):
    """The shell of the production host in a box. A script that overruns `timeout_s` is ended: `timed_out`."""

    def operator(self, script: str, *, timeout_s: float) -> Ran:
        """Runs it as the operator, in the deployment directory, in a login bash."""
        ...

    def root(self, script: str, *, timeout_s: float) -> Ran:
        """Runs it as root on the host: for faults and witnesses, never for a step."""
        ...


class BenchView(Protocol):
    """The part of a bench that drills, faults and steps see."""

    @property
    def host(self) -> HostShell:
        """The host on which the deployment runs."""
        ...

    @property
    def deployment(self) -> str:
        """The name of what is deployed, for the record."""
        ...

    @property
    def links(self) -> Mapping[str, Link]:
        """What can be disturbed, by name: each upstream, and "api" and "webapp" between users and the services."""
        ...

    @property
    def host_target(self) -> Target:
        """The deployment as its target file describes it on the host itself: http://localhost:8000."""
        ...

    def admin(self, stand_in: str) -> str:
        """Where the admin port of a stand-in ("edgar", "openai") is: for faults and cures, never for a step."""
        ...

    def container(self, role: str) -> str:
        """The name of the container that is the "api" or the "webapp" of this deployment."""
        ...
