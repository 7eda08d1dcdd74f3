"""What the proxy leads where: upstreams by their names, and users to the services."""

import time

from checks.target import Target
from drills.bench.deployment import local_port
from drills.bench.neighbours import Neighbours
from drills.bench.plan import FRONT, FRONT_PORTS, HOST_ALIAS, TLS_PORT, UPSTREAMS
from drills.bench.proxy import ProxyServer

READY_BOUND_S = 10.0


def make_routes(server: ProxyServer, neighbours: Neighbours, target: Target) -> None:
    """Creates every proxy of a bench on an empty server. `target` is seen from the host. Raises ProxyError."""
    server.wait_until_ready(time.monotonic() + READY_BOUND_S)
    for upstream in UPSTREAMS:
        stand_in = f"{upstream.stand_in}:{TLS_PORT}"
        address = neighbours.proxy_address(neighbours.inside[upstream.name])
        server.create(upstream.name, f"{address}:{TLS_PORT}", stand_in)
        server.create(f"{upstream.name}-here", f"0.0.0.0:{upstream.here_port}", stand_in)
    for name in FRONT:
        service = target.service(name)
        if service is not None:
            server.create(name, f"0.0.0.0:{FRONT_PORTS[name]}", f"{HOST_ALIAS}:{local_port(service.url)}")
