"""A bench for faults without Docker: its host is a directory and a real bash in which some commands are stubs."""

import asyncio
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from checks.target import Api, OpenAI, Question, Target
from drills.bench.interface import Ran
from drills.bench.proxy import Link
from drills.bench.upstreams import openai_errors
from drills.bench.upstreams.admin import admin_app
from drills.bench.upstreams.state import Keys, State

KEY = "sk-standin-of-the-api"
TARGET = Target(
    name="fake",
    api=Api(url="http://localhost:8000", query="/api/v1/query"),
    question=Question(ticker="ACME", uncached_tickers="SYN0001..SYN2000"),
    openai=OpenAI(paid=False),
)


@dataclass
class ShellHost:
    """Runs what faults run on the host in a bash of this machine, below `root`. What it finds of /proc, /sys/fs/cgroup,
    /home and /run are directories there, and every command that would touch more is a stub."""

    root_directory: Path
    scripts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for directory in ("bin", "proc/77", "sys/fs/cgroup", "home/finchat/.cache/finchat_sec_qa", "run"):
            (self.root_directory / directory).mkdir(parents=True)
        self.stub("docker", "echo 77")
        for dangerous in ("iptables", "nsenter", "runuser", "fallocate", "df", "pkill", "pgrep", "curl", "getent"):
            self.stub(dangerous, f"echo no {dangerous} >&2; exit 9")

    def stub(self, command: str, script: str) -> None:
        """From now on `command` is this; what it was called with is in `calls`."""
        file = self.root_directory / "bin" / command
        file.write_text(f'#!/bin/bash\necho "{command} $*" >>{self.root_directory}/calls\n{script}\n')
        file.chmod(0o755)

    def calls(self, command: str) -> list[str]:
        """How the stub was called, in order."""
        file = self.root_directory / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line.removeprefix(f"{command} ") for line in lines if line.startswith(f"{command} ")]

    def put(self, path: str, content: str) -> Path:
        file = self.root_directory / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return file

    def operator(self, script: str, *, timeout_s: float) -> Ran:
        raise AssertionError("a fault is no step of the operator's")

    def root(self, script: str, *, timeout_s: float) -> Ran:
        assert 0 < timeout_s <= 60, "a fault that holds up a drill for longer is none"
        self.scripts.append(script)
        here = script
        for path in ("/proc/", "/sys/fs/cgroup", "/home/finchat", "/run/finchat"):
            here = here.replace(path, f"{self.root_directory}{path}")
        # A function, since `kill` is the shell's own: no signal of a fault reaches a process of this machine.
        kill = f'() {{ echo "kill $*" >>{self.root_directory}/calls; }}'
        environment = {"PATH": f"{self.root_directory}/bin:{os.environ['PATH']}", "BASH_FUNC_kill%%": kill}
        ran = subprocess.run(
            ["bash", "-c", here], capture_output=True, text=True, timeout=timeout_s, check=False, env=environment
        )
        return Ran(script, ran.returncode, ran.stdout, ran.stderr, 0.1)


@dataclass
class StandIns:
    """The admin ports of the stand-ins, real but for the network. `down`: those that do not answer."""

    states: dict[str, State] = field(
        default_factory=lambda: {"edgar": State("edgar"), "openai": State("openai", keys=Keys([KEY]))}
    )
    down: set[str] = field(default_factory=set)

    def client(self, **options: object) -> httpx.Client:
        """In place of httpx.Client."""
        assert options.pop("trust_env") is False
        return httpx.Client(transport=httpx.MockTransport(self._answer))

    def rules(self) -> dict[str, list[int | None]]:
        return {name: [rule.status for rule in state.rules.rules] for name, state in self.states.items()}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host
        if name in self.down:
            raise httpx.ConnectError("Connection refused", request=request)

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(admin_app(self.states[name], openai_errors.objection))
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.request(request.method, request.url, content=request.content)

        got = asyncio.run(asked())
        return httpx.Response(got.status_code, content=got.content)


@dataclass
class FaultBench:
    """A bench that consists of a host and admin ports."""

    host: ShellHost
    host_target: Target = TARGET
    deployment: str = "fake"
    links: Mapping[str, Link] = field(default_factory=dict)

    def admin(self, stand_in: str) -> str:
        return f"http://{stand_in}"

    def container(self, role: str) -> str:
        return f"finchat-{role}"
