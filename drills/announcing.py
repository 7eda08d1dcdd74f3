"""A drill that tells another process how far it is, so that a load can go through it: one JSON line an event.

It tells and, where it is asked to, waits within bounds; what it finds out stays as it was. Times are seconds since the
epoch, for the other process has a clock of its own.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from checks.progress import Say
from drills.events import Phase
from drills.hands import Hands, RunStep
from drills.history import History
from drills.step_runner import StepRun

Word = Literal["loaded", "unloaded"]
"""What the other process writes, a line each: the load has run for a while; it has ended."""

WITHIN_S: Mapping[Word, float] = {"loaded": 180.0, "unloaded": 180.0}
"""A load has a minute to start and a stretch before the fault; then one after the recovery, and an end."""
LOOK_EVERY_S = 0.1
NOTHING: Mapping[str, object] = {}


class AnnounceError(Exception):
    """The file cannot be written; the text says which."""


class Announcer:
    """Writes events into `file`, and waits for words in `wait_for`. Without either it does nothing.

    A line that cannot be written is said, and the drill goes on: whoever reads misses it, and has to doubt.
    """

    def __init__(
        self,
        file: Path | None = None,
        wait_for: Path | None = None,
        say: Say = lambda text: None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file, self._wait_for, self._say = file, wait_for, say
        self._now, self._monotonic, self._pause = now, monotonic, pause
        self._detecting_at: float | None = None
        self._told = False

    def begin(self) -> None:
        """An empty file, so that nobody reads an older run's. Raises AnnounceError."""
        try:
            if self._file is not None:
                self._file.write_bytes(b"")
        except OSError as error:
            raise AnnounceError(f"--announce: {self._file} cannot be written ({error.strerror}).") from None

    def bench(self, target_file: Path, environment_file: Path, api_url: str) -> None:
        """A bench stands, and its service is ready."""
        files = {"target_file": str(target_file.resolve()), "environment_file": str(environment_file.resolve())}
        self._write("bench", {"api_url": api_url, **files})

    def phase(self, phase: Phase) -> None:
        """A phase begins; a step is told with its id, by `told`. Steady is proven when the load is there."""
        if phase is Phase.STEP:
            return
        self._write("phase", {"phase": phase.value})
        if phase is Phase.DETECT:
            self._detecting_at = self._now()
        if phase is Phase.STEADY:
            self._hold("loaded")

    def told(self, hands: Hands) -> Hands:
        """The same hands, which tell of each step that they begin, and of what was found when all were run."""

        def telling(run_step: RunStep) -> RunStep:
            def run(step_id: str) -> StepRun:
                self._write("phase", {"phase": Phase.STEP.value, "step": step_id})
                return run_step(step_id)

            return run

        documented, corrected = telling(hands.documented), telling(hands.corrected)
        return replace(hands, documented=documented, corrected=corrected, tried=self.tried)

    def tried(self, history: History) -> None:
        """The steps are done, the cure is still to come: whoever measures the time after them does it now."""
        if history.decisive is not None:
            self._tell(history)
            self._hold("unloaded")

    def ended(self, history: History, record: Mapping[str, object]) -> None:
        """The drill has its verdict. `record`: as run.json has it."""
        self._tell(history)
        names = ("verdict", "expected", "why", "time_to_detect_s", "time_to_recover_s", "rto_s")
        self._write("end", {name: record[name] for name in names})

    def _tell(self, history: History) -> None:
        """When the fault was noticed, and from when on all was green again: both are known a while later."""
        if self._told:
            return
        self._told = True
        detection, decisive = history.detection, history.decisive
        if self._detecting_at is not None and detection and detection.time_to_detect_s is not None:
            self._write("noticed", at=self._detecting_at + detection.time_to_detect_s)
        recovered = decisive is not None and decisive.recovery and decisive.recovery.time_to_recover_s is not None
        if recovered and history.window_s is not None:
            self._write("recovered", at=self._now() - (self._monotonic() - history.window_s[1]))

    def _hold(self, word: Word) -> None:
        """Returns when the word is there, or the time is up; then the reader is told that nobody came."""
        if self._wait_for is None:
            return
        self._write("waits", {"until": word})
        self._say(f"waiting until the load says {word!r}, at most {WITHIN_S[word]:.0f} s")
        until_s = self._monotonic() + WITHIN_S[word]
        while not _said(self._wait_for, word):
            if self._monotonic() >= until_s:
                self._write("waited in vain", {"until": word})
                self._say("no load came; the drill goes on without" if word == "loaded" else "the load did not end")
                return
            self._pause(LOOK_EVERY_S)

    def _write(self, event: str, more: Mapping[str, object] = NOTHING, at: float | None = None) -> None:
        if self._file is None:
            return
        line = json.dumps({"event": event, "at": self._now() if at is None else at, **more}) + "\n"
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with contextlib.closing(os.fdopen(descriptor, "wb", buffering=0)) as file:
                file.write(line.encode())  # one write a line, so that nobody reads half of one
        except OSError as error:
            self._say(f"{self._file} cannot be written ({error.strerror}): the event {event!r} is lost to its reader")


SILENT = Announcer()


def _said(file: Path, word: Word) -> bool:
    """Whether the word is in the file, with the end of its line."""
    try:
        return f"{word}\n" in file.read_text().splitlines(keepends=True)
    except (OSError, UnicodeDecodeError):
        return False
