"""EDGAR's limit on requests, as a sliding window. Pure: the caller gives the time."""

from collections import deque
from enum import Enum, auto


class Verdict(Enum):
    ADMITTED = auto()
    SLOW_DOWN = auto()
    BLOCKED = auto()


class RateWindow:
    """At most `limit` requests in any `window_s` seconds, for all callers together.

    A request beyond is told to slow down. When more than `patience` requests have been refused, each within `window_s`
    of the one before, the caller goes on regardless and is blocked: nothing is admitted until `window_s` has passed
    without a request.
    """

    def __init__(self, limit: int = 10, window_s: float = 1.0, patience: int = 10) -> None:
        self._limit = limit
        self._window_s = window_s
        self._patience = patience
        self._admitted_at_s: deque[float] = deque()
        self._refused = 0
        self._refused_at_s = 0.0

    def admit(self, now_s: float) -> Verdict:
        """Judges a request that arrives at `now_s`, in seconds of a clock that does not go back."""
        while self._admitted_at_s and now_s - self._admitted_at_s[0] >= self._window_s:
            self._admitted_at_s.popleft()
        if now_s - self._refused_at_s >= self._window_s:
            self._refused = 0
        if self._refused <= self._patience and len(self._admitted_at_s) < self._limit:
            self._admitted_at_s.append(now_s)
            return Verdict.ADMITTED
        self._refused += 1
        self._refused_at_s = now_s
        return Verdict.BLOCKED if self._refused > self._patience else Verdict.SLOW_DOWN

    def reset(self) -> None:
        self._admitted_at_s.clear()
        self._refused = 0
