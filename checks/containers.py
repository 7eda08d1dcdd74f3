"""The containers of a deployment, as their engine describes them (`docker inspect`, `docker stats`)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks.command import CommandResult
from checks.outcome import fail, unknown
from checks.sweep import Prober
from checks.target import Containers


@dataclass(frozen=True)
class Container:
    """A container's state. `oom_killed` with `restarts` tells of a kill that a restart policy has papered over."""

    name: str
    status: str
    running: bool
    restarts: int
    oom_killed: bool
    exit_code: int
    health: str | None
    cpus: float | None


@dataclass(frozen=True)
class Usage:
    """What a container uses: CPU in cores, memory as part of its limit."""

    cpu_cores: float
    memory_ratio: float


@dataclass(frozen=True)
class Engine:
    """What the engine said when it was asked about the target's containers."""

    inspected: CommandResult

    def container(self, name: str) -> Container:
        """The container called `name`: fails the check where there is none, unknown where the engine is not reached."""
        require_present(self.inspected, name)
        found = parse_container(self.inspected.stdout, name)
        if found is None:
            self.inspected.output("docker")
            unknown("prober.docker", expected=f"the engine's word on {name}", seen="none in what it printed")
        return found


@dataclass(frozen=True)
class EngineUsage:
    """What the engine said of its running containers' use, and how many cores the machine has."""

    stats: CommandResult
    cores: CommandResult

    def usage(self, name: str) -> Usage:
        found = parse_usage(self.stats.output("docker")).get(name)
        if found is None:
            fail("container.not_running", expected=f"{name} among the running containers", seen="it is not")
        return found

    def machine_cores(self) -> float:
        return float(self.cores.output("docker").strip())


def require_present(result: CommandResult, name: str) -> None:
    """Fails the check where the engine says that it has no container of that name."""
    if re.search(rf"no such (object|container): {re.escape(name)}\b", result.stderr, re.IGNORECASE):
        fail("container.missing", expected=f"a container {name}", seen="none of that name on the engine")


async def see_containers(prober: Prober) -> Engine:
    """The state of the named containers."""
    docker, containers = _docker(prober)
    names = [name for name in (containers.api, containers.webapp) if isinstance(name, str)]
    return Engine(await prober.run([*docker, "inspect", "--type", "container", *names]))


async def see_usage(prober: Prober) -> EngineUsage:
    """What the containers use now; the engine takes about two seconds to say."""
    docker, _ = _docker(prober)
    stats = await prober.run([*docker, "stats", "--no-stream", "--format", "{{json .}}"])
    return EngineUsage(stats, await prober.run([*docker, "info", "--format", "{{.NCPU}}"]))


async def see_container_logs(prober: Prober, name: str) -> CommandResult:
    """A container's last 100 lines of the last minutes, both streams, as the runbook's triage reads them."""
    docker, _ = _docker(prober)
    window_s = prober.target.objectives.log_window_s
    return await prober.run([*docker, "logs", "--tail", "100", "--since", f"{window_s:.0f}s", name])


def parse_container(text: str, name: str) -> Container | None:
    """`docker inspect`'s entry for `name`; None where it has none. ValueError for a text that is no JSON."""
    for entry in json.loads(text or "[]"):
        if entry.get("Name", "").lstrip("/") != name:
            continue
        state = entry["State"]
        nano_cpus = entry.get("HostConfig", {}).get("NanoCpus") or 0
        return Container(
            name=name,
            status=state["Status"],
            running=bool(state["Running"]) and not state.get("Paused") and not state.get("Restarting"),
            restarts=int(entry.get("RestartCount", 0)),
            oom_killed=bool(state.get("OOMKilled")),
            exit_code=int(state.get("ExitCode", 0)),
            health=(state.get("Health") or {}).get("Status"),
            cpus=nano_cpus / 1e9 or None,
        )
    return None


def parse_usage(text: str) -> Mapping[str, Usage]:
    """`docker stats --format '{{json .}}'`, by container name."""
    found: dict[str, Usage] = {}
    for line in text.splitlines():
        entry = json.loads(line)
        cpu, memory = (re.sub("[^0-9.]", "", entry[key]) for key in ("CPUPerc", "MemPerc"))
        if cpu and memory:
            found[entry["Name"]] = Usage(float(cpu) / 100, float(memory) / 100)
    return found


def _docker(prober: Prober) -> tuple[list[str], Containers]:
    containers = prober.target.containers
    assert containers is not None
    socket = ["--host", f"unix://{containers.socket}"] if containers.socket else []
    return [*containers.prefix, "docker", *socket], containers
