"""Where a process of the generator keeps its records until they are written or sent to the master."""

import os
import time

from load.records import PACK, Answered


class Recorder:
    """The records of one process, packed. Times go in as readings of `time.perf_counter`.

    `clock_ahead_s`: by how much this machine's clock is ahead of the master's, on which the records are.
    """

    def __init__(self, clock_ahead_s: float = 0.0) -> None:
        self._base_s = time.time() - time.perf_counter() - clock_ahead_s
        self._packed = bytearray()
        self._process = os.getpid() & 0xFFFF
        self.made = 0

    def counter_at(self, epoch_s: float) -> float:
        """The reading of `time.perf_counter` at that moment of the master's clock."""
        return epoch_s - self._base_s

    def add(
        self,
        endpoint: int,
        intended_s: float,
        start_s: float,
        end_s: float,
        lag_s: float,
        answered: Answered,
        status: int = 0,
        size_bytes: int = 0,
    ) -> None:
        """Keeps one record."""
        base_s = self._base_s
        at = (intended_s + base_s, start_s + base_s, end_s + base_s)
        self._packed += PACK.pack(*at, lag_s, size_bytes, endpoint, status, answered, self._process)
        self.made += 1

    def take(self) -> bytes:
        """What was kept since the last time."""
        taken, self._packed = bytes(self._packed), bytearray()
        return taken
