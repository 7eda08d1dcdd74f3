"""What a drill sees of a bench: a host on which commands run, and the name of what is deployed there."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Ran:
    """What a command on the host printed and how it ended; `exit_code` None: it was killed at its limit."""

    command: str
    exit_code: int | None
    stdout: str
    stderr: str
    duration_s: float
    timed_out: bool = False


class HostShell(Protocol):
    """Runs commands on the production host in a box, and nowhere else."""

    def operator(self, script: str, *, timeout_s: float) -> Ran:
        """As the operator, in the deployment directory, in a login shell: how the runbook's steps run."""
        ...

    def root(self, script: str, *, timeout_s: float) -> Ran:
        """As root of the host: how faults are injected and witnessed."""
        ...


class BenchView(Protocol):
    """What faults and steps work on."""

    @property
    def host(self) -> HostShell: ...

    @property
    def deployment(self) -> str:
        """What is deployed, by name."""
        ...
