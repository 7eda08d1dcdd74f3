"""The one concurrent fetch from which the checks of a run read.

Every probe starts at once and has the same deadline, so a sweep costs its slowest probe, and a target that accepts
and never answers costs one timeout, not one for each check.
"""

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from checks.command import CommandResult, run_command
from checks.exchange import Exchange
from checks.http import Http, Request
from checks.outcome import CheckUnknown, Reason, unknown
from checks.scrape_state import ScrapeWindow
from checks.target import Target

P = ParamSpec("P")
T = TypeVar("T")
_LOOK_UP_SHARE = 0.9
"""Of the time that a sweep has: a name that is not found by then leaves no time to ask anything."""
_LOOK_UP_UNTIL_S: ContextVar[float] = ContextVar("look_up_until_s")
"""Of the sweep that looks the name up, on the monotonic clock."""


@dataclass(frozen=True)
class Ground:
    """What a sweep stands on: the target, the environment that holds its secrets, and where state is kept.

    `readings`: those of /metrics so far, for a watch that looks more often than there is something new to compare.
    """

    target: Target
    environ: Mapping[str, str]
    state: Path
    readings: ScrapeWindow | None = None


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
    """One thing to observe. `missing` says why a target does not offer it (None: it does).

    `rest_s`: a watch with rhythms observes it no more often: behind it is an upstream, or a command on the host.
    """

    name: str
    observe: Callable[[Prober], Awaitable[object]]
    access: str = "http"
    paid_calls: int = 0
    missing: Callable[[Target], str | None] = lambda _: None
    rest_s: float = 0.0


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
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(observe(ground, probes))
    except OSError as error:  # not even an event loop: too few file descriptors
        return _without_resources(probes, error)


def _without_resources(probes: Sequence[Probe], error: OSError) -> Sweep:
    reason = Reason("prober.resources", "this machine to be able to ask", f"{error}; mend its limits")
    return Sweep({probe.name: CheckUnknown(reason) for probe in probes})


class Sweeping:
    """Sweeps that overlap, in a thread of their own."""

    def __init__(self) -> None:
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="sweeping")
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread.start()

    def begin(self, ground: Ground, probes: Sequence[Probe], done: Callable[[Sweep], None]) -> None:
        """Observe all `probes` at once; `done` gets what they saw, in the other thread."""

        async def sweeping() -> None:
            try:
                seen = await observe(ground, probes)
            except OSError as error:
                seen = _without_resources(probes, error)
            done(seen)

        def begin() -> None:
            task = self._loop.create_task(sweeping())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(begin)

    def end(self) -> None:
        """Give up what is under way, commands included."""
        asyncio.run_coroutine_threadsafe(self._give_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _give_up(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def observe(ground: Ground, probes: Sequence[Probe]) -> Sweep:
    """The same within an event loop of `new_loop`."""
    _LOOK_UP_UNTIL_S.set(time.monotonic() + ground.target.timeout_s * _LOOK_UP_SHARE)
    return await _sweep(ground, probes)


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


def new_loop() -> asyncio.AbstractEventLoop:
    """An event loop for sweeps."""
    loop = _Loop()
    loop.set_default_executor(_Abandoning())
    return loop


class _Loop(asyncio.SelectorEventLoop):
    """An event loop in which a resolver that does not answer in time shows as one, not as a target that does not."""

    async def getaddrinfo(self, *args: Any, **more: Any) -> list[Any]:
        try:
            async with asyncio.timeout(max(0.0, _LOOK_UP_UNTIL_S.get() - time.monotonic())):
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
