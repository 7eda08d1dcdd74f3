"""A stand-in for the `docker` command: prints what an engine would say of containers in a given state."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """\
#!/bin/sh
# Called as: sh engine.sh docker <command> [options] [name]; the names of what it prints are those of the commands.
said=$2
for name; do :; done
if [ "$said" = logs ]; then said="logs-$name"; fi
cd "${0%/*}" || exit 125
cat "$said.stdout"
cat "$said.stderr" >&2
exit "$(cat "$said.exit")"
"""
UNREACHABLE = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"


@dataclass(frozen=True)
class Container:
    """A container as `docker inspect`, `docker stats` and `docker logs` tell of it."""

    name: str
    status: str = "running"
    restarts: int = 0
    oom_killed: bool = False
    exit_code: int = 0
    health: str | None = None
    nano_cpus: int = 0
    cpu: str = "3.10%"
    memory: str = "11.42%"
    stdout: str = "2026-11-23T10:00:00.123Z INFO finchat_sec_qa started\n"
    stderr: str = ""

    @property
    def up(self) -> bool:
        # To an engine, one that is paused or about to be started again is running.
        return self.status in ("running", "paused", "restarting")

    def inspected(self) -> dict[str, object]:
        state: dict[str, object] = {
            "Status": self.status,
            "Running": self.up,
            "Paused": self.status == "paused",
            "Restarting": self.status == "restarting",
            "OOMKilled": self.oom_killed,
            "Dead": False,
            "ExitCode": self.exit_code,
        }
        if self.health:
            state["Health"] = {"Status": self.health, "FailingStreak": 0, "Log": []}
        return {
            "Name": f"/{self.name}",
            "State": state,
            "RestartCount": self.restarts,
            "HostConfig": {"NanoCpus": self.nano_cpus, "Memory": 536870912},
        }

    def used(self) -> dict[str, str]:
        usage = {"CPUPerc": self.cpu, "MemPerc": self.memory, "MemUsage": "58.5MiB / 512MiB", "PIDs": "9"}
        return {"Container": self.name, "Name": self.name, "ID": "0f1e2d3c4b5a", **usage}


API, WEBAPP = Container("finchat-api"), Container("finchat-webapp")


def engine(
    place: Path, containers: Sequence[Container] = (API, WEBAPP), *, reachable: bool = True, cores: int = 2
) -> str:
    """The [containers] section of a target whose engine has these; writes the command into the directory `place`."""
    place.mkdir(exist_ok=True)
    script = place / "engine.sh"
    script.write_text(_SCRIPT)
    wanted = ("finchat-api", "finchat-webapp")
    there = {container.name: container for container in containers}
    absent = [name for name in wanted if name not in there]
    listed = json.dumps([container.inspected() for container in containers], indent=4)
    gone = "".join(f"Error response from daemon: No such container: {name}\n" for name in absent)
    stats = "".join(json.dumps(container.used()) + "\n" for container in containers if container.up)
    said = {"inspect": (listed + "\n", gone), "stats": (stats, ""), "info": (f"{cores}\n", "")}
    for name in wanted:
        missing = f"Error response from daemon: No such container: {name}\n"
        said[f"logs-{name}"] = (there[name].stdout, there[name].stderr) if name in there else ("", missing)
    for command, (stdout, stderr) in said.items():
        if not reachable:
            stdout, stderr = "[]\n" if command == "inspect" else "", UNREACHABLE
        lost = "No such container" in stderr or not reachable
        (place / f"{command}.stdout").write_text(stdout)
        (place / f"{command}.stderr").write_text(stderr)
        (place / f"{command}.exit").write_text("1" if lost else "0")
    return f'[containers]\nprefix = ["sh", "{script}"]\n'
