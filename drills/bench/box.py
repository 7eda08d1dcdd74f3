"""The container that a production host is: what it may do, and where its bounds are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.errors import APIError
from docker.models.containers import Container

from drills.bench.engine import reason

MIB = 1 << 20
_CAP_NAMES = (
    *("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP"),
    *("LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER"),
    *("SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE"),
    *("SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP"),
    *("MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ"),
)
"""The capabilities by their bits (linux/capability.h), as far as Docker 20.10 knows them."""

_REFUSED_PRIVILEGE = re.compile("unable to apply caps|operation not permitted|invalid capability", re.IGNORECASE)


@dataclass(frozen=True)
class Bounds:
    """What a host may take of the machine. Its file systems are in memory, so they count to `memory_mb` too."""

    memory_mb: int = 3072
    cpus: float = 2.0
    processes: int = 2048
    file_systems_mb: Mapping[str, int] = field(
        default_factory=lambda: {
            "/var/lib/docker": 1536,
            "/home/finchat": 512,
            "/tmp": 256,
            "/run": 64,
            "/var/log": 64,
            "/etc/docker": 1,
        }
    )


@dataclass(frozen=True)
class Place:
    """Where a host container stands: its names, what it is connected to, and what is mounted into it."""

    network: str
    labels: Mapping[str, str]
    volumes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    name: str | None = None
    hostname: str | None = None
    alias: str | None = None


class Boxes:
    """Makes host containers: privileged where that works, else with the capabilities that this machine has."""

    def __init__(self, client: docker.DockerClient, capabilities: tuple[str, ...] | None = None) -> None:
        self._client = client
        self._capabilities = capabilities
        self._privileged = True

    def run(self, image: str, bounds: Bounds, place: Place) -> Container:
        """Starts a host container from `image`; docker.errors.APIError where the engine does not start it."""
        if self._privileged:
            try:
                return self._start(image, bounds, place, {"privileged": True})
            except APIError as error:
                if not _REFUSED_PRIVILEGE.search(reason(error)):
                    raise
                self._privileged = False
        granted = {
            "cap_add": list(self._capabilities or machine_capabilities(Path("/proc/self/status").read_text())),
            "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
            "device_cgroup_rules": ["a *:* rwm"],
        }
        return self._start(image, bounds, place, granted)

    def _start(self, image: str, bounds: Bounds, place: Place, granted: Mapping[str, object]) -> Container:
        volumes = {**place.volumes, "/sys/fs/cgroup": {"bind": "/sys/fs/cgroup", "mode": "rw"}}
        config = self._client.api.create_host_config(
            **granted,
            binds=volumes,
            network_mode=place.network,
            cgroupns="host",
            read_only=True,
            mem_limit=bounds.memory_mb * MIB,
            memswap_limit=bounds.memory_mb * MIB,
            nano_cpus=int(bounds.cpus * 1e9),
            pids_limit=bounds.processes,
            tmpfs={path: f"size={size}m,exec,suid,dev" for path, size in bounds.file_systems_mb.items()},
            # A look-up that nobody answers is given up after a second.
            dns_opt=["timeout:1", "attempts:1"],
        )
        if "privileged" not in granted:
            # What the command line calls systempaths=unconfined, and this client has no word for.
            config.update(MaskedPaths=[], ReadonlyPaths=[])
        created = self._client.api.create_container(
            image,
            command=list(place.command),
            name=place.name,
            hostname=place.hostname,
            labels=dict(place.labels),
            volumes=[str(volume["bind"]) for volume in volumes.values()],
            host_config=config,
            networking_config=self._named_on(place),
        )
        container = self._client.containers.get(created["Id"])
        try:
            container.start()
        except BaseException:
            container.remove(force=True, v=True)
            raise
        return container

    def _named_on(self, place: Place) -> object:
        if place.alias is None:
            return None
        api = self._client.api
        return api.create_networking_config({place.network: api.create_endpoint_config(aliases=[place.alias])})


def machine_capabilities(status: str) -> tuple[str, ...]:
    """The capabilities in a process's bounding set, from the text of its /proc/PID/status, that the engine knows."""
    bits = int(re.search(r"^CapBnd:\s*([0-9a-f]+)", status, re.MULTILINE)[1], 16)  # type: ignore[index]
    return tuple(name for number, name in enumerate(_CAP_NAMES) if bits >> number & 1)
