"""The webapp does not find the API any more: its container was reconnected by hand, and lost its name there."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.as_operator import KEPT
from drills.faults.fault import FaultError
from drills.faults.on_host import must
from drills.faults.service_view import from_network

ALIASES = f"{KEPT}/aliases"
_NETWORK = "{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}"
_SERVICE = '{{index .Config.Labels "com.docker.compose.service"}}'


class AliasLost:
    """Somebody takes the API's container off its network, puts it back without the service's name that compose had
    given it, and restarts it: users reach it by its port, the webapp by its name does not."""

    name = "alias lost"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"reconnected": "the API's container", "without": "its alias on the network", "then": "restarted"}

    def inject(self, bench: BenchView) -> None:
        container = bench.container("api")
        network, service = self._asked(bench, _NETWORK), self._asked(bench, _SERVICE)
        must(
            bench,
            f"id=$(docker inspect --format '{{{{.Id}}}}' {container}) && "
            f"mkdir -p {KEPT} && echo {network} {service} $id >{ALIASES} && "
            f"docker network disconnect {network} {container} && docker network connect {network} {container} && "
            # What is connected still would go on for as long as it is used.
            f"docker restart --time 1 {container} >/dev/null",
        )

    def witness(self, bench: BenchView) -> str | None:
        """By the webapp's own resolver: the service's name has no address, the container's has."""
        container, service = bench.container("api"), self._asked(bench, _SERVICE)
        printed, error = from_network(
            bench, "webapp", f"for name in {service} {container}; do getent ahostsv4 $name >/dev/null; echo $?; done"
        )
        ends = printed.split()
        if len(ends) != 2:
            raise FaultError(f"{bench.container('webapp')}'s network cannot be looked at: {error or 'no answer'}")
        if ends[0] == "0" or ends[1] != "0":
            return None
        return f"from the webapp's network: the name {service} leads nowhere, and {container} does"

    def cure(self, bench: BenchView) -> None:
        """Gives the name back to the container that lost it; one that was made since has its own."""
        container = bench.container("api")
        must(
            bench,
            f"[ -f {ALIASES} ] || exit 0\nread -r network service id <{ALIASES} || exit\n"
            f"[ \"$(docker inspect --format '{{{{.Id}}}}' {container})\" != $id ] || {{\n"
            f"    docker network disconnect $network {container}\n"
            f"    docker network connect --alias $service $network {container}\n"
            f"}} && rm -f {ALIASES}",
        )

    def _asked(self, bench: BenchView, template: str) -> str:
        said = must(bench, f"docker inspect --format {shlex.quote(template)} {bench.container('api')}").split()
        if not said:
            raise FaultError(f"{bench.container('api')} is on no network of compose's: it has no name to lose.")
        return said[0]
