"""The timeline of a drill: what happened when, monotonic for durations and by the wall clock for people."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol


class Phase(StrEnum):
    """Where a drill is."""

    STEADY = "steady"
    INJECT = "inject"
    WITNESS = "witness"
    DETECT = "detect"
    CONTROL = "control"
    STEP = "step"
    RECOVER = "recover"
    CURE = "cure"
    STEADY_AGAIN = "steady again"


@dataclass(frozen=True)
class Event:
    """One thing that happened. `elapsed_s`: since the drill began, monotonic. `at`: wall clock, UTC."""

    phase: Phase
    text: str
    elapsed_s: float
    at: datetime


class Clock(Protocol):
    """Time, and the only place where a drill lets it pass."""

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...

    def now(self) -> datetime:
        """The time of day, in UTC."""
        ...

    def pause(self, duration_s: float) -> None:
        """Let so much time pass, between two looks at a condition that has a bound."""
        ...


class SystemClock:
    """The clock of this machine."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pause(self, duration_s: float) -> None:
        time.sleep(duration_s)


class Timeline:
    """Collects events as they happen. Begins when it is made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: list[Event] = []
        self.began_s = clock.monotonic()
        self.began_at = clock.now()

    @property
    def events(self) -> tuple[Event, ...]:
        """All so far, oldest first."""
        return tuple(self._events)

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return self._clock.monotonic() - self.began_s

    def add(self, phase: Phase, text: str) -> None:
        """Something happened just now."""
        self._events.append(Event(phase, text, self.elapsed_s, self._clock.now()))
