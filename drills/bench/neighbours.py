"""What stands beside the host: private networks, Toxiproxy, and the stand-ins for the upstreams, by testcontainers."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from drills.bench.certificates import Certificates
from drills.bench.images.catalogue import Images
from drills.bench.plan import ADMIN_PORT, FRONT_PORTS, PROXY_API_PORT, STAND_INS, TLS_PORT, UPSTREAMS
from drills.bench.process import BenchError

BRIDGE = "com.docker.network.bridge"
OUTSIDE_OPTIONS = {f"{BRIDGE}.host_binding_ipv4": "127.0.0.1", f"{BRIDGE}.enable_ip_masquerade": "false"}
"""Of the network where the proxy meets users and upstreams: published on loopback only, and no way out."""


@dataclass(frozen=True)
class Neighbours:
    """The networks of a bench, and the containers beside the host.

    `proxy_ports`: where each port of the proxy is published, and that of one that replaces it. `inside`: for each
    upstream the network on which services reach the proxy under its name. No network of a bench leads anywhere else, so
    that nothing here can reach the real EDGAR or OpenAI.
    """

    outside: Network
    inside: Mapping[str, Network]
    proxy: DockerContainer
    proxy_ports: Mapping[int, int]
    stand_ins: Mapping[str, DockerContainer]

    def port(self, container: DockerContainer, port: int) -> int:
        """Where a container's port is published on 127.0.0.1."""
        return published_port(container, port)

    def proxy_address(self, network: Network) -> str:
        """The proxy's address on a network."""
        proxy = self.proxy.get_wrapped_container()
        proxy.reload()
        return str(proxy.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"])


def published_port(container: DockerContainer, port: int) -> int:
    """Where a container's port is published. BenchError where it is not: the container does not run any more."""
    # Asked of the engine: testcontainers guesses otherwise where it runs in a container itself.
    wrapped = container.get_wrapped_container()
    wrapped.reload()
    bound = wrapped.attrs["NetworkSettings"]["Ports"].get(f"{port}/tcp")
    if not bound:
        raise BenchError(f"{wrapped.name} does not run any more: the bench cannot be used.")
    return int(bound[0]["HostPort"])


def make_networks(labels: Mapping[str, str]) -> tuple[Network, dict[str, Network]]:
    """The networks of one bench: the one outside, and those inside by upstream. They are removed by label."""

    def network(**more: object) -> Network:
        return Network(docker_network_kw={"labels": dict(labels), **more}).create()

    return network(options=OUTSIDE_OPTIONS), {upstream.name: network(internal=True) for upstream in UPSTREAMS}


def start_neighbours(
    images: Images,
    name: str,
    labels: Mapping[str, str],
    certificates: Certificates,
    accepted_key: str | None,
    outside: Network,
    inside: Mapping[str, Network],
) -> Neighbours:
    """Starts the proxy and the stand-ins side by side. Whoever calls removes them, by label, if this raises."""
    proxy = proxy_container(images, name, labels, outside)
    stand_ins = {
        stand_in: _stand_in(images, stand_in, name, labels, certificates, accepted_key, outside)
        for stand_in in STAND_INS
    }
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(DockerContainer.start, (proxy, *stand_ins.values())))
    connect_proxy(proxy, inside)
    ports = {port: published_port(proxy, port) for port in map(int, proxy.ports)}
    return Neighbours(outside, inside, proxy, ports, stand_ins)


def proxy_container(images: Images, name: str, labels: Mapping[str, str], outside: Network) -> DockerContainer:
    """A Toxiproxy that is not started yet."""
    ports = (PROXY_API_PORT, *FRONT_PORTS.values(), *(upstream.here_port for upstream in UPSTREAMS))
    return (
        DockerContainer(images.toxiproxy)
        .with_name(f"{name}-proxy")
        .with_command(["-host=0.0.0.0"])
        .with_exposed_ports(*ports)
        .with_network(outside)
        .with_kwargs(labels=dict(labels), mem_limit="128m", pids_limit=256)
    )


def connect_proxy(proxy: DockerContainer, inside: Mapping[str, Network]) -> None:
    """Gives the proxy, on the network of each upstream, that upstream's name."""
    for upstream in UPSTREAMS:
        inside[upstream.name].connect(proxy.get_container_id(), [upstream.host_name])


def _stand_in(
    images: Images,
    stand_in: str,
    name: str,
    labels: Mapping[str, str],
    certificates: Certificates,
    accepted_key: str | None,
    outside: Network,
) -> DockerContainer:
    files = {
        "/run/tls/cert.pem": certificates.certificate,
        "/run/tls/key.pem": certificates.key,
        "/run/tls/expired.pem": certificates.expired,
    }
    command = ["python3", "-m", f"drills.bench.upstreams.{stand_in}", "--host", "0.0.0.0"]
    command += ["--port", str(TLS_PORT), "--admin-port", str(ADMIN_PORT)]
    command += ["--certfile", "/run/tls/cert.pem", "--keyfile", "/run/tls/key.pem"]
    command += ["--expired-file", "/run/tls/expired.pem"]
    if stand_in == "openai" and accepted_key:
        command += ["--key", accepted_key]
    container = (
        DockerContainer(images.upstreams)
        .with_name(f"{name}-{stand_in}")
        .with_command(command)
        .with_exposed_ports(ADMIN_PORT)
        .with_network(outside)
        .with_network_aliases(stand_in)
        .with_kwargs(labels=dict(labels), mem_limit="256m", pids_limit=256)
    )
    for place, file in files.items():
        container.with_copy_into_container(file.read_bytes(), place)
    return container
