"""The webapp cannot reach the API, while both run and everybody else reaches both."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.on_host import must
from drills.faults.service_view import from_network

CHAIN = "FINCHAT-SPLIT"
TABLE = "iptables -w 5 -t mangle"
CONNECT_WITHIN_S = 2
_ADDRESS = "{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}"


class WebappPartitioned:
    """A chain of ours in the host's firewall drops what goes between the addresses of the two containers."""

    name = "webapp partitioned"

    @property
    def declared(self) -> Mapping[str, str]:
        return {
            "dropped": "all between the webapp's address and the API's",
            "by": f"the host's firewall, chain {CHAIN}",
        }

    def inject(self, bench: BenchView) -> None:
        api, webapp = (address_of(bench, role) for role in ("api", "webapp"))
        must(
            bench,
            f"set -e\n{TABLE} -N {CHAIN}\n"
            f"{TABLE} -A {CHAIN} -s {webapp} -d {api} -j DROP\n{TABLE} -A {CHAIN} -s {api} -d {webapp} -j DROP\n"
            f"{TABLE} -I FORWARD -j {CHAIN}",
        )

    def witness(self, bench: BenchView) -> str | None:
        """From the webapp's own network: no TCP connection comes about to the API, and one to the host does."""
        port = bench.host_target.api.url.rpartition(":")[2].partition("/")[0]
        target, gateway = address_of(bench, "api"), "$(ip route | awk '/^default/ {print $3}')"
        tries = "; ".join(
            f'timeout {CONNECT_WITHIN_S} bash -c "exec 3<>/dev/tcp/{address}/{port}" 2>/dev/null; echo $?'
            for address in (target, gateway)
        )
        printed, error = from_network(bench, "webapp", tries)
        ends = printed.split()
        if len(ends) != 2:
            raise FaultError(f"{bench.container('webapp')}'s network cannot be looked at: {error or 'no answer'}")
        if ends[0] == "0" or ends[1] != "0":
            return None
        return (
            f"from the webapp's network: no connection to {bench.container('api')}, which the host's own port leads to"
        )

    def cure(self, bench: BenchView) -> None:
        must(
            bench,
            f"{TABLE} -n -L {CHAIN} >/dev/null 2>&1 || exit 0\n"
            f"while {TABLE} -D FORWARD -j {CHAIN} 2>/dev/null; do :; done\n"
            f"{TABLE} -F {CHAIN} && {TABLE} -X {CHAIN}",
        )


def address_of(bench: BenchView, role: str) -> str:
    """The first address of a service's container. FaultError where it has none."""
    container = bench.container(role)
    found = must(bench, f"docker inspect --format {shlex.quote(_ADDRESS)} {container}").split()
    if not found:
        raise FaultError(f"{container} has no address: it does not run, or on the host's own network.")
    return found[0]
