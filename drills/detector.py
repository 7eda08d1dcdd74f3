"""Detection by the production checks themselves: checks.watch as a process of its own, its lines read into sweeps.

One process, several rhythms: fast where the fault must be noticed and the service come back, gentle for what else must
stay green, wide for all the other checks, which tell who else notices.

A watch that has died, or says nothing, or says something else, is doubt: `trouble` tells.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from drills.check_index import ROOT, node_ids
from drills.sweeps import Collector, Rhythm, Sweep

GENTLE_S = 1.0
STOP_BOUND_S = 3.0
KILL_BOUND_S = 2.0
_TAIL_CHARS = 600


class Detector(Protocol):
    """Where a drill gets its sweeps from."""

    def sweeps(self) -> Sequence[Sweep]:
        """All sweeps so far, oldest first."""
        ...

    def wait(self, more_than: int, until_s: float) -> bool:
        """Wait until there are more sweeps than that, the monotonic clock shows `until_s`, or none will come any more.

        Gives whether there are.
        """
        ...

    def look(self) -> None:
        """Look at once at all that is not watched closely, for what it makes of what has just happened."""
        ...

    def trouble(self) -> str | None:
        """Why what it saw, or did not see, is not to be believed; None where it is."""
        ...


@dataclass(frozen=True)
class WatchPlan:
    """What to watch: `check_ids` every `interval_s`, `steady` once a second, and all others where `wide_s` is given.

    A check that reaches an upstream, or runs a command on the host, is looked at once a second at most (`rest_s` of
    checks.probes). `env` is the whole environment of the process (PATH, secrets, SSL_CERT_FILE). `options` go to the
    watch as they are (--access=http, --max-paid-calls=0, --state=DIR). `held`: nothing is asked before `begin`.
    `silence_s`: a watch from which no sweep came for so long is doubt; longer than one of a black-holed target takes.
    """

    check_ids: tuple[str, ...]
    target: Path
    interval_s: float
    env: Mapping[str, str] = field(repr=False)
    options: tuple[str, ...] = ()
    silence_s: float = 30.0
    steady: tuple[str, ...] = ()
    wide_s: float | None = None
    held: bool = False

    def command(self) -> list[str]:
        """The command line of the watch. Raises UnknownCheck for an id that no check has."""
        nodes = node_ids([*self.check_ids, *self.steady])
        rhythms = [f"--every={self.interval_s:g}:{','.join(self.check_ids)}"]
        rhythms += [f"--every={GENTLE_S:g}:{','.join(self.steady)}"] if self.steady else []
        rhythms += [f"--every={self.wide_s:g}"] if self.wide_s else []
        held = ["--told"] if self.held else []
        return [
            *(sys.executable, "-m", "checks.watch", *rhythms, *held, f"--target={self.target.resolve()}"),
            *self.options,
            *(["checks"] if self.wide_s else nodes),
        ]


class WatchDetector:
    """A running watch. Get it with `watching`."""

    def __init__(self, plan: WatchPlan, process: "subprocess.Popen[str]", errors: IO[str]) -> None:
        self._plan = plan
        self._process = process
        self._errors = errors
        self._news = threading.Condition()
        self._sweeps: list[Sweep] = []
        self._last_s = time.monotonic()
        self._odd: str | None = None
        self._ended = False
        self._rhythms: tuple[Rhythm, ...] = ()
        self._reader = threading.Thread(target=self._read, name=f"watch-{process.pid}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process, and the group that it leads."""
        return self._process.pid

    def begin(self) -> None:
        """Let a watch that is held begin. One that has ended is for `trouble` to tell."""
        self._tell("begin")
        with self._news:
            self._last_s = time.monotonic()

    def look(self) -> None:
        if self._plan.held and self._plan.wide_s:
            self._tell("look")

    def _tell(self, word: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{word}\n")
            self._process.stdin.flush()

    def rhythms(self) -> tuple[Rhythm, ...]:
        """Which checks the target has, and how often each is looked at; none before the first sweep."""
        with self._news:
            return self._rhythms if self._sweeps else ()

    def sweeps(self) -> Sequence[Sweep]:
        with self._news:
            return tuple(self._sweeps)

    def wait(self, more_than: int, until_s: float) -> bool:
        with self._news:
            while len(self._sweeps) <= more_than and not self._ended:
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    break
                self._news.wait(left_s)
            return len(self._sweeps) > more_than

    def trouble(self) -> str | None:
        with self._news:
            silent_s = time.monotonic() - self._last_s
            odd, ended, some = self._odd, self._ended, bool(self._sweeps)
        if odd:
            return odd
        if ended:
            return f"the watch ended by itself{self._said()}"
        if silent_s > self._plan.silence_s:
            since = "since the last sweep" if some else "since its start"
            return f"the watch said nothing for {silent_s:.0f} s {since}{self._said()}"
        return None

    def stop(self) -> None:
        """End the watch: SIGTERM to it, and after 3 s SIGKILL to its group."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_BOUND_S)
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(KILL_BOUND_S)
        self._reader.join(KILL_BOUND_S)

    def _read(self) -> None:
        assert self._process.stdout is not None
        collector = Collector()
        try:
            for line in self._process.stdout:
                received_s = time.monotonic()
                if sweep := collector.add(line, received_s):
                    with self._news:
                        self._rhythms = collector.rhythms
                        self._sweeps.append(sweep)
                        self._last_s = received_s
                        self._news.notify_all()
        except ValueError as error:
            with self._news:
                self._odd = str(error)
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _said(self) -> str:
        # By position: the process writes through a descriptor that shares this one's.
        size = os.fstat(self._errors.fileno()).st_size
        said = os.pread(self._errors.fileno(), _TAIL_CHARS, max(0, size - _TAIL_CHARS)).decode(errors="replace").strip()
        return f"; it said: {said}" if said else "; it said nothing"


@contextlib.contextmanager
def watching(plan: WatchPlan) -> Iterator[WatchDetector]:
    """A watch that is ended on the way out. Raises UnknownCheck before anything is started."""
    command = plan.command()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(plan.env),
            stdin=subprocess.PIPE if plan.held else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        detector = WatchDetector(plan, process, errors)
        try:
            yield detector
        finally:
            detector.stop()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(BrokenPipeError):
                    if pipe:
                        pipe.close()
