"""How an upstream looks from where a service stands: its network namespace, its resolver, its hosts file."""

import shlex
from dataclasses import dataclass

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.on_host import first_process

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


def look(bench: BenchView, role: str, url: str, *, key_env: str | None = None) -> View:
    """Asks `url` from the container of `role`, with the host's tools: an image under test need not have any.

    `key_env`: the request carries what the container's first process has in that variable of its environment, as a
    bearer token. FaultError where it cannot be asked so, as while the container does not run.
    """
    ask = (
        f"timeout {PATIENCE_S} bash -c {shlex.quote(f'exec 3<>/dev/tcp/{host_name(url)}/443')} 2>/dev/null; echo $?\n"
        f"{_bearer(key_env)}curl --silent --output /dev/null --max-time {PATIENCE_S} "
        f"--user-agent 'finchat-drills ops@example.com' {'--config - ' if key_env else ''}"
        f"--write-out '%{{http_code}}' {shlex.quote(url)}; echo \" $?\""
    )
    printed, error = from_network(bench, role, ask)
    said = printed.split()
    if len(said) != 3 or not all(part.isdecimal() for part in said):
        raise FaultError(f"{url} cannot be asked from {bench.container(role)}'s network: {error or 'no answer'}")
    connected, status, curl_exit_code = map(int, said)
    return View(connected == 0, curl_exit_code, status)


def from_network(bench: BenchView, role: str, script: str) -> tuple[str, str]:
    """What `script` prints, and says on standard error, in the network of the container of `role`, which `$0` is the
    first process of: with its names, and with the host's tools and files."""
    names = " && ".join(f"mount --bind /proc/$0/root/etc/{file} /etc/{file}" for file in ("resolv.conf", "hosts"))
    entered = f"{names} || exit\n{script}"
    ran = bench.host.root(
        f"{first_process(bench.container(role))} && "
        f"exec nsenter --target $pid --net unshare --mount bash -c {shlex.quote(entered)} $pid",
        timeout_s=LOOK_BOUND_S,
    )
    return ran.stdout, ran.stderr.strip()


def host_name(url: str) -> str:
    """The name in an https address."""
    return url.removeprefix("https://").partition("/")[0]


def _bearer(key_env: str | None) -> str:
    """Shell: a line of curl's configuration with the key, which so stands in no list of processes."""
    if key_env is None:
        return ""
    pattern = f's/^{key_env}=\\(..*\\)$/header = "Authorization: Bearer \\1"/p'
    return (
        f"line=$(tr '\\0' '\\n' </proc/$0/environ | sed -n {shlex.quote(pattern)}); "
        f'[ -n "$line" ] || {{ echo "its first process has no {key_env}" >&2; exit 1; }}\n'
        'printf "%s\\n" "$line" | '
    )
