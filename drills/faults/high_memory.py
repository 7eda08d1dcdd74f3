"""The API's container is near its memory limit: a process beside the server holds what is left."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.on_host import first_process, must

LEAK = "finchat-memory-leak"
"""What the process calls itself, for ps."""
FILL_TO = 0.92
HIGH = 0.85
UNLIMITED = 1 << 50
HELD_AT_MOST_S = 3600

# The container's memory group in the kernel, of version 1 or 2.
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


class HighMemory:
    """A real process in the memory group and the process namespace of the API's container takes it to 92 % of its
    limit. It is the host's own python3, as an image under test need not have one; it ends with the container."""

    name = "high memory use"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"process": LEAK, "filled to": f"{FILL_TO:.0%} of the memory limit of the API's container"}

    def inject(self, bench: BenchView) -> None:
        used, limit = _usage(bench)
        if limit >= UNLIMITED:
            raise FaultError(f"{bench.container('api')} has no memory limit that it could come near to.")
        held = int(limit * FILL_TO) - used
        named = f"exec -a {LEAK} python3 -c {shlex.quote(HOLD)} {max(held, 1)}"
        must(
            bench,
            f"{first_process(bench.container('api'))} || exit 1\n{GROUP}"
            f"(echo $BASHPID >$directory/cgroup.procs && "
            f"exec setsid nsenter --target $pid --pid bash -c {shlex.quote(named)}) </dev/null >/dev/null 2>&1 &",
        )

    def witness(self, bench: BenchView) -> str | None:
        """The kernel's count for the container's memory group."""
        used, limit = _usage(bench)
        if used <= limit * HIGH:
            return None
        return f"{bench.container('api')} uses {used >> 20} of {limit >> 20} MiB ({used / limit:.0%})"

    def cure(self, bench: BenchView) -> None:
        is_there = f"pgrep --full '^{LEAK} ' >/dev/null"
        must(
            bench,
            f"for _ in {{1..50}}; do {is_there} || exit 0; pkill -KILL --full '^{LEAK} '; sleep 0.1; done; exit 1",
        )


def _usage(bench: BenchView) -> tuple[int, int]:
    """What the API's container uses of its memory, and the limit, in bytes."""
    script = f"{first_process(bench.container('api'))} || exit 1\n{GROUP}cat $directory/$usage $directory/$limit"
    used, limit = must(bench, script).split()
    return int(used), int(limit) if limit.isdecimal() else UNLIMITED
