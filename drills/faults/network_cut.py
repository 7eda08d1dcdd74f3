"""The host cannot reach the upstreams: nothing that EDGAR or OpenAI send arrives any more."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.bench.plan import UPSTREAMS
from drills.faults.fault import FaultError
from drills.faults.on_host import must
from drills.faults.service_view import from_network

NAMES = tuple(upstream.host_name for upstream in UPSTREAMS)
CHAIN = "FINCHAT-CUT"
CONNECT_WITHIN_S = 2


class NetworkCut:
    """A chain of ours in the host's firewall drops what comes back from the addresses of the upstreams' names, to the
    host and to its containers. Only what comes back: users reach the services through one of these addresses."""

    name = "network cut"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"unreachable": ", ".join(NAMES), "protocols": "all"}

    def inject(self, bench: BenchView) -> None:
        drop = f"iptables -w 5 -t mangle -A {CHAIN} -s $address -m conntrack --ctdir REPLY -j DROP"
        must(
            bench,
            f"set -e\niptables -w 5 -t mangle -N {CHAIN}\n"
            f"for name in {' '.join(NAMES)}; do\n"
            f"    addresses=$(getent ahostsv4 $name | cut -d ' ' -f 1 | sort -u)\n"
            f'    [ -n "$addresses" ] || {{ echo "$name has no address" >&2; exit 1; }}\n'
            f"    for address in $addresses; do {drop}; done\n"
            f"done\n"
            # Before any rule of the engine's, which puts its own in other tables.
            f"iptables -w 5 -t mangle -I PREROUTING -j {CHAIN}",
        )

    def witness(self, bench: BenchView) -> str | None:
        """From the API's own network, with its own names: TCP connects to none of them, and none answers a ping."""
        tries = "".join(
            f"{{ timeout {CONNECT_WITHIN_S} bash -c {shlex.quote(f'exec 3<>/dev/tcp/{name}/443')}; echo tcp $?; }} &\n"
            f"{{ ping -c 1 -W {CONNECT_WITHIN_S} {name}; echo ping $?; }} | tail -n 1 &\n"
            for name in NAMES
        )
        printed, error = from_network(bench, "api", f"{{ {tries}wait; }} 2>/dev/null")
        ends = [line.split() for line in printed.splitlines()]
        if len(ends) != 2 * len(NAMES) or not all(len(end) == 2 for end in ends):
            raise FaultError(f"{bench.container('api')}'s network cannot be looked at: {error or 'no answer'}")
        if any(exit_code == "0" for _, exit_code in ends):
            return None
        return f"from the API's network: neither TCP nor ping reaches {', '.join(NAMES)}"

    def cure(self, bench: BenchView) -> None:
        table = "iptables -w 5 -t mangle"
        must(
            bench,
            f"{table} -n -L {CHAIN} >/dev/null 2>&1 || exit 0\n"
            f"while {table} -D PREROUTING -j {CHAIN} 2>/dev/null; do :; done\n"
            f"{table} -F {CHAIN} && {table} -X {CHAIN}",
        )
