"""The API's server gets too little CPU: other processes in its container's CPU group want all of it, all the time."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.on_host import end_all, first_process, must

HOG = "finchat-cpu-hog"
"""What the processes call themselves, for ps."""
HOGS = 6
HELD_AT_MOST_S = 600
THROTTLED = 0.5
"""Of the periods of a second. On a machine that is busy itself the hogs do not get as far as the limit in each."""

# The container's CPU group: where processes join it, where they are counted (version 1 counts elsewhere), its quota.
GROUP = """
group=$(sed -n 's/^[0-9]*:\\([^:]*,\\)\\?cpu\\(,[^:]*\\)\\?://p' /proc/$pid/cgroup)
if [ -n "$group" ]; then
    directory=/sys/fs/cgroup/cpu$group counted=/sys/fs/cgroup/cpuacct$group
    quota=$(cat $directory/cpu.cfs_quota_us)
else
    directory=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/$pid/cgroup) counted=
    quota=$(cut -d ' ' -f 1 $directory/cpu.max)
fi
"""
LOOP = f"while [ $SECONDS -lt {HELD_AT_MOST_S} ]; do :; done"


class CPUStarved:
    """Six busy loops in the CPU group and the process namespace of the API's container, which share its CPU limit with
    the server. Without a limit they would take all of the machine: then it is refused."""

    name = "CPU starved"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"processes": f"{HOGS} {HOG}", "share": "the CPU limit of the API's container"}

    def inject(self, bench: BenchView) -> None:
        container = bench.container("api")
        named = f"exec -a {HOG} bash -c {shlex.quote(LOOP)}"
        started = must(
            bench,
            f"{first_process(container)} || exit 1\n{GROUP}"
            f'case "$quota" in max | -1) echo unlimited; exit 0;; esac\n'
            f"for _ in {{1..{HOGS}}}; do (for group in $directory $counted; do\n"
            f"    echo $BASHPID >$group/cgroup.procs || exit 1\n"
            f"done; exec setsid nsenter --target $pid --pid bash -c {shlex.quote(named)}) "
            f"</dev/null >/dev/null 2>&1 & done",
        ).strip()
        if started == "unlimited":
            raise FaultError(f"{container} has no CPU limit, so nothing short of the whole machine would starve it.")

    def witness(self, bench: BenchView) -> str | None:
        """The kernel: in how many of its periods within a second the container was held back."""
        read = "sed -n 's/^nr_\\(periods\\|throttled\\) //p' $directory/cpu.stat"
        script = f"{first_process(bench.container('api'))} || exit 1\n{GROUP}{read}; sleep 1; {read}"
        periods, throttled, periods_after, throttled_after = map(int, must(bench, script).split())
        passed, held_back = periods_after - periods, throttled_after - throttled
        if not passed or held_back / passed < THROTTLED:
            return None
        return f"{bench.container('api')} was held back in {held_back} of {passed} periods of the kernel's scheduler"

    def cure(self, bench: BenchView) -> None:
        end_all(bench, HOG)
