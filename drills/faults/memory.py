"""What faults hold in memory: a process of the host's own python3 in a container's memory group."""

import shlex

from drills.bench.interface import BenchView
from drills.faults.on_host import end_all, first_process, must

LEAK = "finchat-memory-leak"
"""What the process calls itself, for ps."""
UNLIMITED = 1 << 50
HELD_AT_MOST_S = 3600

# A container's memory group in the kernel, of version 1 or 2.
GROUP = """
group=$(sed -n 's/^[0-9]*:memory://p' /proc/$pid/cgroup)
if [ -n "$group" ]; then
    directory=/sys/fs/cgroup/memory$group usage=memory.usage_in_bytes limit=memory.limit_in_bytes
else
    directory=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/$pid/cgroup) usage=memory.current limit=memory.max
fi
"""
# Writes to each page, for the kernel to give it.
HOLD = (
    "import sys, time; held = bytearray(int(sys.argv[1])); "
    f"held[::4096] = bytes(len(range(0, len(held), 4096))); time.sleep({HELD_AT_MOST_S})"
)


def hold(bench: BenchView, container: str, size: int) -> None:
    """Takes `size` bytes in the memory group and the process namespace of the container: it ends with the container,
    and needs nothing of its image."""
    named = f"exec -a {LEAK} python3 -c {shlex.quote(HOLD)} {max(size, 1)}"
    must(
        bench,
        f"{first_process(container)} || exit 1\n{GROUP}"
        f"(echo $BASHPID >$directory/cgroup.procs && "
        f"exec setsid nsenter --target $pid --pid bash -c {shlex.quote(named)}) </dev/null >/dev/null 2>&1 &",
    )


def release(bench: BenchView) -> None:
    """Ends whatever hold() started; FaultError where it does not end."""
    end_all(bench, LEAK)


def usage(bench: BenchView, container: str) -> tuple[int, int]:
    """What the kernel counts for the container, and its limit, in bytes."""
    script = f"{first_process(container)} || exit 1\n{GROUP}cat $directory/$usage $directory/$limit"
    used, limit = must(bench, script).split()
    return int(used), int(limit) if limit.isdecimal() else UNLIMITED
