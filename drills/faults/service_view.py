"""How an upstream looks from where a service stands: its network namespace, its resolver, its hosts file."""

import shlex
from dataclasses import dataclass

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError

PATIENCE_S = 3
LOOK_BOUND_S = 4 * PATIENCE_S
TIMED_OUT = 28
"""curl's exit code for an operation that timed out."""


@dataclass(frozen=True)
class View:
    """One look: whether TCP connected, how curl ended, and the status that came, 0 for none."""

    connected: bool
    curl_exit_code: int
    status: int


def look(bench: BenchView, role: str, url: str) -> View:
    """Asks `url` from the container of `role`, with the host's tools: an image under test need not have any.

    FaultError where that cannot be done, as while the container does not run.
    """
    container = bench.container(role)
    name = url.removeprefix("https://").partition("/")[0]
    ask = (
        f"timeout {PATIENCE_S} bash -c {shlex.quote(f'exec 3<>/dev/tcp/{name}/443')} 2>/dev/null; echo $?\n"
        f"curl --silent --output /dev/null --max-time {PATIENCE_S} --user-agent 'finchat-drills ops@example.com' "
        f"--write-out '%{{http_code}}' {shlex.quote(url)}; echo \" $?\""
    )
    names = " && ".join(f"mount --bind /proc/$0/root/etc/{file} /etc/{file}" for file in ("resolv.conf", "hosts"))
    script = (
        f"pid=$(docker inspect --format '{{{{.State.Pid}}}}' {container}) && [ \"$pid\" != 0 ] && "
        f"exec nsenter --target $pid --net unshare --mount bash -c {shlex.quote(f'{names} && {ask}')} $pid"
    )
    ran = bench.host.root(script, timeout_s=LOOK_BOUND_S)
    said = ran.stdout.split()
    if len(said) != 3 or not all(part.isdecimal() for part in said):
        raise FaultError(f"{url} cannot be asked from {container}'s network: {ran.stderr.strip() or 'no answer'}")
    connected, status, curl_exit_code = map(int, said)
    return View(connected == 0, curl_exit_code, status)
