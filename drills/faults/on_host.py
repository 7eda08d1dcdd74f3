"""What faults and witnesses run on the host, as root."""

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError

CALL_BOUND_S = 15.0


def must(bench: BenchView, script: str, timeout_s: float = CALL_BOUND_S) -> str:
    """What `script` prints. FaultError where it does not end well."""
    ran = bench.host.root(script, timeout_s=timeout_s)
    if ran.exit_code != 0:
        first, *more = script.strip().splitlines()
        said = ran.stderr.strip() or ran.stdout.strip() or "no answer"
        raise FaultError(f"`{first}{' ...' if more else ''}` failed on the host: {said}")
    return ran.stdout


def first_process(container: str) -> str:
    """Shell: sets `pid` to the container's first process, as the host counts; false where it does not run."""
    inspect = f"docker inspect --format '{{{{.State.Pid}}}}' {container}"
    return f'pid=$({inspect}) && {{ [ "$pid" != 0 ] || {{ echo "{container} does not run" >&2; false; }}; }}'


def processes_of(container: str) -> str:
    """Shell: prints the processes of the container, as the host counts, those of `docker exec` with them."""
    listed = f"grep -l $(docker inspect --format '{{{{.Id}}}}' {container}) /proc/[0-9]*/cgroup 2>/dev/null"
    return f"{listed} | sed 's|.*/\\([0-9]*\\)/cgroup$|\\1|'"


def end_all(bench: BenchView, name: str) -> None:
    """Ends every process that calls itself `name`; FaultError where one does not end within some 5 s."""
    is_there = f"pgrep --full '^{name} ' >/dev/null"
    must(
        bench,
        f"for _ in {{1..50}}; do {is_there} || exit 0; pkill -KILL --full '^{name} '; sleep 0.1; done; exit 1",
    )
