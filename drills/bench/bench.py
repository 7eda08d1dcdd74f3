"""A bench that stands: its host behind the proxy, what leads where, and the way back to its first state."""

import contextlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from docker.errors import NotFound

from checks.target import Target
from drills.bench.certificates import Certificates
from drills.bench.engine import Trouble, reason
from drills.bench.host import Host
from drills.bench.neighbours import Neighbours, connect_proxy, proxy_container
from drills.bench.plan import ADMIN_PORT, FRONT, PROXY_API_PORT, STAND_INS, UPSTREAMS
from drills.bench.process import BenchError
from drills.bench.proxy import Link, ProxyServer
from drills.bench.proxy_api import ProxyError
from drills.bench.proxy_state import ProxyState
from drills.bench.routes import make_routes
from drills.bench.run import Run
from drills.bench.spec import Spec

ADMIN_TIMEOUT_S = 5.0
RESTORE_BOUND_S = 40.0
UP_BOUND_S = 90.0
FINGERPRINT_BOUND_S = 30.0


@dataclass(frozen=True)
class State:
    """All that a reset puts back: the host's fingerprint, by section, and the proxies with their toxics."""

    host: Mapping[str, object]
    proxies: tuple[ProxyState, ...]

    def differences(self, other: "State") -> list[str]:
        """In which sections `other` differs, and where in them."""
        names = sorted({*self.host, *other.host})
        found = [f"{name}: {said}" for name in names if (said := _differ(self.host.get(name), other.host.get(name)))]
        return found + ([] if self.proxies == other.proxies else ["proxies"])


@dataclass
class Bench:
    """A standing bench. `host` and the proxy may be replaced while it stands; its name and its addresses stay."""

    run: Run
    spec: Spec
    name: str
    certificates: Certificates
    neighbours: Neighbours
    host: Host
    proxy: ProxyServer
    target: Target
    target_file: Path
    secrets: Mapping[str, str]
    first: State | None = field(default=None)

    @property
    def deployment(self) -> str:
        """What is deployed, by name, and the first digits of each image's id."""
        images = (f"{name} {self.spec.image_ids[name].removeprefix('sha256:')[:12]}" for name in self.spec.deployed)
        return f"{self.spec.name} ({', '.join(sorted(images))})"

    @property
    def host_target(self) -> Target:
        """The deployment's own target file, with the addresses as they are on the host itself."""
        return self.spec.deployment.target

    @property
    def environment(self) -> dict[str, str]:
        """What a run of the checks against this bench needs in its environment: the secrets, and whom to trust."""
        return {**self.secrets, "SSL_CERT_FILE": str(self.certificates.bundle)}

    @property
    def environment_file(self) -> Path:
        """The same as a file for a shell to read; for this user's eyes only."""
        file = self.target_file.with_name("environment")
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in self.environment.items()))
        return file

    @property
    def links(self) -> dict[str, Link]:
        """What can be disturbed: each upstream by name, and `api` and `webapp` between users and the services."""
        paths = {upstream.name: (upstream.name, f"{upstream.name}-here") for upstream in UPSTREAMS}
        fronts = {role: (role,) for role in self.roles}
        return {name: Link(self.proxy, path) for name, path in {**paths, **fronts}.items()}

    @property
    def roles(self) -> tuple[str, ...]:
        """Which of "api" and "webapp" the target has."""
        return tuple(role for role in FRONT if self.target.service(role))

    def container(self, role: str) -> str:
        """The name of the container that is the "api" or the "webapp". DeploymentError where it cannot be told."""
        service = self.spec.deployment.service_of(role)
        if service.container:
            return service.container
        # Compose names it after the directory.
        found = self.host.must(f"docker-compose ps -q {shlex.quote(service.name)}", operator=True).split()
        if not found:
            raise BenchError(f"The service {service.name} has no container: `docker-compose up -d` made none.")
        return found[0]

    def names(self) -> tuple[str, ...]:
        """The services, containers and images that there are, for a step that names one that is not."""
        services = [service.name for service in self.spec.deployment.services]
        listed = self.host.root("docker ps -a --format '{{.Names}}'", timeout_s=10).stdout.split()
        return tuple(dict.fromkeys([*services, *listed, *self.spec.deployed]))

    def admin(self, stand_in: str) -> str:
        """Where the admin port of a stand-in ("edgar", "openai") is. Faults and cures use it; steps never do."""
        return f"http://127.0.0.1:{self.neighbours.port(self.neighbours.stand_ins[stand_in], ADMIN_PORT)}"

    def up(self) -> None:
        """Starts the deployment as an operator would. BenchError with compose's last words where it does not start."""
        self.host.must("docker-compose up -d 2>&1", timeout_s=UP_BOUND_S, operator=True)

    def state(self) -> State:
        """The state of host and proxies, to be compared with another one."""
        printed = self.host.must("bench-fingerprint", timeout_s=FINGERPRINT_BOUND_S)
        return State(json.loads(printed), self.proxy.state())

    def calm(self) -> None:
        """Takes every toxic off, and puts the stand-ins back to their start. A proxy that hangs is replaced."""
        try:
            for link in self.links.values():
                link.clear()
        except ProxyError:
            self.replace_proxy()
        with httpx.Client(timeout=ADMIN_TIMEOUT_S, trust_env=False) as client:
            for stand_in in STAND_INS:
                try:
                    client.post(f"{self.admin(stand_in)}/reset").raise_for_status()
                except httpx.HTTPError as error:
                    raise BenchError(
                        f"The stand-in {stand_in} does not take a reset ({error}): the bench cannot be used any more."
                    ) from None

    def replace_proxy(self) -> None:
        """A new proxy in place of one that hangs: the same routes, no toxics, published where the old one was."""
        ports = self.neighbours.proxy_ports
        with contextlib.suppress(NotFound):
            self.neighbours.proxy.get_wrapped_container().remove(force=True, v=True)
        labels = self.run.labels("proxy")
        new = proxy_container(self.spec.images, self.name, labels, self.neighbours.outside)
        for inside, outside in ports.items():
            new.with_bind_ports(inside, outside)
        new.start()
        connect_proxy(new, self.neighbours.inside)
        self.neighbours = replace(self.neighbours, proxy=new)
        self.proxy = ProxyServer("127.0.0.1", self.neighbours.port(new, PROXY_API_PORT))
        make_routes(self.proxy, self.neighbours, self.spec.deployment.target)
        if self.first is not None:  # the same routes, from addresses that may be others
            self.first = replace(self.first, proxies=self.proxy.state())

    def log_tail(self) -> str:
        """The host's last words, for a message."""
        try:
            return self.host.log_tail()
        except Trouble as error:
            return f"(none: {reason(error)})"


def _differ(one: object, other: object) -> str | None:
    """Where two values differ, in a few words; None where they do not."""
    if one == other:
        return None
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
        return ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
    if isinstance(one, list) and isinstance(other, list):
        odd = [str(item) for item in [*one, *other] if (item in one) != (item in other)]
        return "; ".join(odd[:3]) or "order"
    return f"{one} became {other}"
