"""A drill as a process of its own, and a load that goes through it: a command line, for load imports no drills.

The drill waits twice: before its steady state is proven until the load has run for a while, and after its steps, before
the cure, until the load has ended. So what was before the fault and after the recovery is measured on the same bench.
"""

import contextlib
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from checks.progress import Say
from load.child import log_tail, running
from load.drill_events import EVENTS_FILE, DrillEvent, read_events
from load.plan import PLAN_FILE, RECORDS_FILE, read_plan

WORDS_FILE = "load.said"
LOG_FILE = "drill.log"

BEFORE_S = 30.0
TAIL_S = 30.0
"""At 30 requests/s these are 900 requests: 99.5 % of availability take 598 to be proven, and more with a bad one."""


@dataclass(frozen=True)
class Bounds:
    """How long each part may take. A bench whose images are not there has to make them first: 20 minutes."""

    stands_s: float = 1500.0
    load_starts_s: float = 90.0
    tried_s: float = 600.0
    ends_s: float = 240.0
    removed_s: float = 60.0
    """After SIGTERM: the bench is removed on the way out."""
    look_s: float = 0.1


class DrillFailed(Exception):
    """The drill did not get as far as its bench, so no load was sent; the text says what it said last."""


@dataclass(frozen=True)
class Standing:
    """The bench on which the drill is about to happen. `environ`: its secrets, and whom to trust."""

    target_file: Path
    api_url: str
    environ: Mapping[str, str]


class Load(Protocol):
    """A load that runs; the context that gives it ends it."""

    def begun(self) -> bool:
        """Whether requests have been answered."""
        ...

    def trouble(self) -> str | None:
        """Why it does not run any more; None where it does."""
        ...


StartLoad = Callable[[Standing], AbstractContextManager[Load]]


@dataclass(frozen=True)
class Went:
    """How it went. `stopped_at`: when the load was told to end, seconds since the epoch.

    `trouble`: why what came of it is in doubt; "" where it is not. `exit_code`: the drill's.
    """

    events: tuple[DrillEvent, ...]
    stopped_at: float
    exit_code: int | None
    trouble: str = ""


def drill_command(drill: str, folder: Path, more: Sequence[str] = ()) -> list[str]:
    """The command line of a drill that announces itself in `folder`. `more`: further options (--api-image=IMAGE)."""
    files = ["--announce", str(folder / EVENTS_FILE), "--wait-for", str(folder / WORDS_FILE)]
    named = ["--drill", drill, "--evidence", "none", *files]
    return [sys.executable, "-m", "pytest", "drills", *named, "-n", "0", "-p", "no:cacheprovider", *more]


def load_through(
    command: Sequence[str],
    folder: Path,
    start_load: StartLoad,
    say: Say = lambda text: None,
    *,
    before_s: float = BEFORE_S,
    tail_s: float = TAIL_S,
    bounds: Bounds | None = None,
) -> Went:
    """Runs the drill of this command line with a load through it, and ends both whatever happens.

    Raises DrillFailed where there was nothing that a load could be sent to.
    """
    bounds = bounds or Bounds()
    for name in (EVENTS_FILE, WORDS_FILE):
        (folder / name).unlink(missing_ok=True)
    with running(command, folder / LOG_FILE, bounds.removed_s) as process:
        through = _Through(process, folder, say, bounds)
        bench = through.bench()
        say(f"a bench stands: {bench.api_url}")
        with contextlib.ExitStack() as stack:
            load = stack.enter_context(start_load(bench))
            went_through = through.load_until_tried(load, before_s, tail_s)
            stopped_at = time.time()
        if went_through:  # else the drill is ended: it would wait for a load in vain
            through.tell("unloaded")
            if not through.until(lambda: process.poll() is not None, bounds.ends_s):
                through.note("the drill did not end in time")
    return Went(through.events(), stopped_at, process.returncode, through.trouble)


@dataclass(frozen=True)
class LocustLoad:
    """Locust, running on a plan whose files are in `folder`."""

    process: "subprocess.Popen[bytes]"
    folder: Path

    def begun(self) -> bool:
        """Once its plan has a beginning: the records of an older run in the folder are gone then."""
        records = self.folder / RECORDS_FILE
        try:
            return read_plan(self.folder / PLAN_FILE).begins_at > 0 and records.stat().st_size > 0
        except (OSError, ValueError):  # not there yet, or being written
            return False

    def trouble(self) -> str | None:
        code = self.process.poll()
        return None if code is None else f"the generator ended by itself (exit code {code})"


class _Through:
    """Follows one drill, and tells it when it may go on."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path, say: Say, bounds: Bounds) -> None:
        self._process, self._folder, self._say, self._bounds = process, folder, say, bounds
        self.trouble = ""

    def note(self, trouble: str) -> None:
        """The first trouble counts: what follows comes of it."""
        self.trouble = self.trouble or trouble
        self._say(trouble)

    def events(self) -> tuple[DrillEvent, ...]:
        try:
            return read_events(self._folder / EVENTS_FILE)
        except ValueError as error:
            self.trouble = self.trouble or f"the drill announced what is no event ({error})"
            return ()

    def tell(self, word: str) -> None:
        """A word to the drill, whole: it reads no line without its end."""
        with (self._folder / WORDS_FILE).open("ab", buffering=0) as file:
            file.write(f"{word}\n".encode())

    def until(self, happened: Callable[[], bool], within_s: float) -> bool:
        """Waits for it; gives whether it came in time."""
        until_s = time.monotonic() + within_s
        while not (found := happened()) and time.monotonic() < until_s:
            time.sleep(self._bounds.look_s)
        return found

    def bench(self) -> Standing:
        """The bench, as soon as the drill waits for its load. Raises DrillFailed."""
        self.until(lambda: self._waits("loaded") or self._over(), self._bounds.stands_s)
        found = [one for one in self.events() if one.event == "bench"]
        if not self._waits("loaded") or not found or self._process.poll() is not None:
            why = self.trouble or log_tail(self._folder / LOG_FILE, 4)
            raise DrillFailed(f"the drill did not come as far as its steady state: {why}")
        try:
            environ = read_environment(Path(found[-1].environment_file))
        except OSError as error:
            raise DrillFailed(f"the bench's environment cannot be read: {error}") from None
        return Standing(Path(found[-1].target_file), found[-1].api_url, environ)

    def load_until_tried(self, load: Load, before_s: float, tail_s: float) -> bool:
        """Lets the drill go on with the load there, and comes back when the time after its steps was seen.

        Gives whether there is any more to come of the drill.
        """

        def amiss() -> bool:
            return self._over() or load.trouble() is not None

        self.until(lambda: load.begun() or amiss(), self._bounds.load_starts_s)
        if not load.begun():
            self.note(load.trouble() or "the load did not begin in time")
            return False
        self._say(f"the load runs; the fault comes in {before_s:.0f} s")
        if self.until(amiss, before_s):
            self.note(load.trouble() or "the drill went on before the load was ready")
            return False
        self.tell("loaded")
        tried = self.until(lambda: self._waits("unloaded") or amiss(), self._bounds.tried_s)
        if self._waits("unloaded") and not amiss():
            self._say(f"the steps are done; the load goes on for {tail_s:.0f} s")
            self.until(amiss, tail_s)
        elif not tried:
            self.note("the drill's steps did not end in time")
            return False
        if said := load.trouble():
            self.note(said)
        return True

    def _waits(self, word: str) -> bool:
        return any(one.event == "waits" and one.until == word for one in self.events())

    def _over(self) -> bool:
        """Whether the drill is over, or has gone on without us, or is in no shape to be followed."""
        told = {one.event for one in self.events()}
        return bool(told & {"end", "waited in vain"} or self.trouble) or self._process.poll() is not None


def read_environment(file: Path) -> dict[str, str]:
    """What a bench's environment file sets: a line NAME=value each, quoted as a shell wants it. Raises OSError."""
    settings = (one for line in file.read_text().splitlines() for one in shlex.split(line))
    return {name: value for name, _, value in (setting.partition("=") for setting in settings)}
