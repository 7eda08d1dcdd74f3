"""What a fault is to a drill."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from drills.bench.interface import BenchView


class FaultError(Exception):
    """A fault could not be injected, looked for or undone; the text says what the host or the proxy answered."""


class Fault(Protocol):
    """One fault. Any of the three may raise; what is raised is recorded, and the drill is inconclusive."""

    @property
    def name(self) -> str:
        """What it is called in records."""
        ...

    @property
    def declared(self) -> Mapping[str, str]:
        """What the fault is meant to be, for the record: {"container": "finchat-api", "signal": "SIGKILL"}."""
        ...

    def inject(self, bench: BenchView) -> None:
        """Put it in force."""
        ...

    def witness(self, bench: BenchView) -> str | None:
        """Proof that it is in force, seen independently of the injector; None where there is none."""
        ...

    def cure(self, bench: BenchView) -> None:
        """Undo it. Teardown only, never a mitigation; harmless where there is nothing to undo, or only half of it."""
        ...


@runtime_checkable
class Calibrated(Protocol):
    """A fault that is measured once it is witnessed: what it really did, beside what was declared."""

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """What was measured, by what it is: {"data.sec.gov": "connected in 0.4 ms, reset after 1.2 ms"}."""
        ...


@runtime_checkable
class Telling(Protocol):
    """A fault about which an operator has to find something out before a step can be typed."""

    def told(self, bench: BenchView) -> Mapping[str, str]:
        """What stands for each placeholder of a step: {"commit-hash": "1a2b3c4"} for <commit-hash>."""
        ...


@runtime_checkable
class Settling(Protocol):
    """A fault after which green checks are not all: a rollback, say, has to lead to the image that it names."""

    def amiss(self, bench: BenchView) -> str | None:
        """What is not as the steps should have left it, in a sentence without its full stop; None where nothing is."""
        ...


@runtime_checkable
class Particular(Protocol):
    """A fault that not every deployment can have."""

    def unfit(self, bench: BenchView) -> str | None:
        """What the deployment on the bench has not got for it, in a sentence without its full stop; None: nothing."""
        ...
