"""Who a bench belongs to: a process, named so that another run can tell whether it still lives."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

STANDING = "standing"
"""The owner, in labels, of a bench that is set up to stay: nobody's process. Its ledger says whether it stands."""

_FORM = re.compile(r"(?P<machine>[0-9a-f-]{36})/(?P<space>\d+)/(?P<pid>\d+)/(?P<born>\d+)")


@dataclass(frozen=True)
class Owner:
    """A process by boot, pid namespace, pid and start time: a number that is given out again is not the same owner."""

    boot: str
    pid_namespace: str
    pid: int
    born: str

    @classmethod
    def of(cls, pid: int, proc: Path = Path("/proc")) -> Self:
        """The owner that this process is. OSError where there is none such."""
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        return cls(boot, _namespace(proc), pid, _born(pid, proc))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The owner behind `str(owner)`; None where the text is not one."""
        found = _FORM.fullmatch(text)
        return cls(found["machine"], found["space"], int(found["pid"]), found["born"]) if found else None

    def __str__(self) -> str:
        return f"{self.boot}/{self.pid_namespace}/{self.pid}/{self.born}"

    def is_dead(self, *, same_machine: bool, proc: Path = Path("/proc")) -> bool:
        """Whether it is certain that the process has ended.

        `same_machine`: the owner ran on this machine, so that another boot was an earlier one. Of a process in another
        pid namespace nothing is certain.
        """
        here = (proc / "sys/kernel/random/boot_id").read_text().strip()
        if self.boot != here:
            return same_machine
        if self.pid_namespace != _namespace(proc):
            return False
        try:
            return _born(self.pid, proc) != self.born
        except OSError:
            return True


def this_process() -> Owner:
    return Owner.of(os.getpid())


def _namespace(proc: Path) -> str:
    return re.sub(r"\D", "", str((proc / "self/ns/pid").readlink()))


def _born(pid: int, proc: Path) -> str:
    """The start time in clock ticks since the boot (proc(5), field 22). OSError for a process that is not there."""
    fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    if fields[0] in "ZX":
        raise ProcessLookupError(pid)
    return fields[19]
