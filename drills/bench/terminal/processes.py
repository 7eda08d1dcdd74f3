"""The processes of the host: which hold the terminal, and what they wait for."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

READS = {0, 63}
"""The number of the system call `read`: x86-64, and arm64 with riscv64."""


class Process(NamedTuple):
    """One line of /proc."""

    pid: int
    name: str
    group: int
    session: int


def parse_stat(stat: str) -> Process:
    """The process that a line of /proc/PID/stat describes; its name may hold blanks and parentheses."""
    pid, _, rest = stat.partition(" (")
    name, _, fields = rest.rpartition(") ")
    _, _, group, session, *_ = fields.split()
    return Process(int(pid), name, int(group), int(session))


def processes() -> Iterator[Process]:
    """All that run on the host."""
    for entry in (path for path in Path("/proc").iterdir() if path.name.isdigit()):
        try:
            yield parse_stat((entry / "stat").read_bytes().decode(errors="replace"))
        except (OSError, ValueError):  # it has ended meanwhile
            continue


def program(process: Process) -> str:
    """The name of the program that a process runs: `editor` and `pager` are names of something else."""
    try:
        return Path(f"/proc/{process.pid}/exe").readlink().name
    except OSError:
        return process.name


def reads_terminal(process: Process) -> bool:
    """Whether it is held up in reading from a terminal, as far as the kernel tells."""
    try:
        number, fd, *_ = Path(f"/proc/{process.pid}/syscall").read_text().split()
        read = Path(f"/proc/{process.pid}/fd/{int(fd, 16)}").readlink()
        return int(number) in READS and (read.parent == Path("/dev/pts") or read == Path("/dev/tty"))
    except (OSError, ValueError):
        return False


def spare_from_memory_killer(adjustment: int) -> None:
    """Says how much rather this process, or how much less, is ended when the host's memory is used up."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(adjustment))
