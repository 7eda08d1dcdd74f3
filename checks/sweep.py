"""The one concurrent fetch from which the checks of a run read.

Every probe starts at once and has the same deadline, so a sweep costs its slowest probe, and a target that accepts
and never answers costs one timeout, not one for each check.
"""

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from checks.command import CommandResult, run_command
from checks.exchange import Exchange
from checks.http import Http, Request
from checks.outcome import CheckUnknown, Reason, unknown
from checks.target import Target

P = ParamSpec("P")
T = TypeVar("T")
_LOOK_UP_SHARE = 0.9
"""Of the time that a sweep has: a name that is not found by then leaves no time to ask anything."""


@dataclass(frozen=True)
class Ground:
    """What a sweep stands on: the target, the environment that holds its secrets, and where state is kept."""

    target: Target
    environ: Mapping[str, str]
    state: Path


@dataclass(frozen=True)
class Prober:
    """What a probe works with: the ground, the clients, this run's nonce, and the deadline that all its steps share."""

    ground: Ground
    http: Http
    nonce: str
    deadline: float

    @property
    def target(self) -> Target:
        return self.ground.target

    @property
    def left_s(self) -> float:
        return max(0.001, self.deadline - time.monotonic())

    async def ask(self, request: Request) -> Exchange:
        return await self.http.ask(request, timeout_s=self.left_s)

    async def run(self, command: Sequence[str]) -> CommandResult:
        return await run_command(command, timeout_s=self.left_s)

    def secret(self, name: str | None) -> str | None:
        """The value of the environment variable that the target names; None where it names none.

        Raises CheckUnknown where the variable is not set: without it nobody can tell.
        """
        if name and not self.ground.environ.get(name):
            unknown("prober.secret", expected=f"the secret {name} in the environment", seen="it is not set")
        return self.ground.environ[name] if name else None


@dataclass(frozen=True)
class Probe:
    """One thing to observe. `missing` says why a target does not offer it (None: it does)."""

    name: str
    observe: Callable[[Prober], Awaitable[object]]
    access: str = "http"
    paid_calls: int = 0
    missing: Callable[[Target], str | None] = lambda _: None


@dataclass(frozen=True)
class Sweep:
    """What the probes of one fetch observed, and how long each took."""

    observed: Mapping[str, object] = field(default_factory=dict)
    elapsed_s: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, name: str) -> object:
        """What probe `name` observed; raises what went wrong inside the probe, if anything did."""
        value = self.observed[name]
        if isinstance(value, Exception):
            raise value
        return value


def sweep(ground: Ground, probes: Sequence[Probe]) -> Sweep:
    """Observe all `probes` at once. Takes at most the target's timeout and a moment to wind up."""
    try:
        return _run(lambda: _sweep(ground, probes), ground.target.timeout_s)
    except OSError as error:  # not even an event loop: too few file descriptors
        reason = Reason("prober.resources", "this machine to be able to ask", f"{error}; mend its limits")
        return Sweep({probe.name: CheckUnknown(reason) for probe in probes})


async def _sweep(ground: Ground, probes: Sequence[Probe]) -> Sweep:
    async with Http() as http:
        prober = Prober(ground, http, secrets.token_hex(6), time.monotonic() + ground.target.timeout_s)
        results = await asyncio.gather(*(_observe(probe, prober) for probe in probes))
    return Sweep({name: value for name, value, _ in results}, {name: took_s for name, _, took_s in results})


async def _observe(probe: Probe, prober: Prober) -> tuple[str, object, float]:
    started = time.monotonic()
    try:
        async with asyncio.timeout(prober.left_s + 0.5):
            value = await probe.observe(prober)
    except Exception as error:  # the check that reads it raises it again, as unknown
        value = error
    return probe.name, value, time.monotonic() - started


def _run(work: Callable[[], Coroutine[Any, Any, Sweep]], timeout_s: float) -> Sweep:
    with asyncio.Runner(loop_factory=lambda: _Loop(timeout_s)) as runner:
        runner.get_loop().set_default_executor(_Abandoning())
        return runner.run(work())


class _Loop(asyncio.SelectorEventLoop):
    """An event loop in which a resolver that does not answer in time shows as one, not as a target that does not."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._look_up_until = self.time() + timeout_s * _LOOK_UP_SHARE

    async def getaddrinfo(self, *args: Any, **more: Any) -> list[Any]:
        try:
            async with asyncio.timeout_at(self._look_up_until):
                return await super().getaddrinfo(*args, **more)
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, "its resolver does not answer in time") from None


class _Abandoning(ThreadPoolExecutor):
    """Runs name look-ups in daemon threads: one that hangs past its deadline does not hold up the end of the run."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=work, daemon=True, name="name-look-up").start()
        return future
