"""The raw record of every request: 40 bytes each, in the order of their ends.

Times are seconds since the epoch on the clock of the process that asked; differences between them are exact, for each
process counts on from one reading of that clock.
"""

import struct
from enum import IntEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt


class Answered(IntEnum):
    """What came of a request."""

    WELL = 0
    WRONG_STATUS = 1
    WRONG_BODY = 2
    """A good status, and not what was asked for."""
    NO_ANSWER = 3
    """Refused, reset, or cut off."""
    TIMED_OUT = 4
    UNSTARTED = 5
    """Its turn came, and the generator did not get to it before the run was over."""
    FALLBACK = 6
    """An answer that calls itself a fallback: not the one that was asked for."""
    CUT_OFF = 7
    """The run was stopped before its time while this was still waiting: nobody knows what would have come of it."""


RECORD = np.dtype(
    [
        ("intended", "<f8"),
        ("start", "<f8"),
        ("end", "<f8"),
        ("lag_s", "<f4"),
        ("bytes", "<u4"),
        ("endpoint", "<u2"),
        ("status", "<u2"),
        ("answered", "<u2"),
        ("process", "<u2"),
    ]
)
"""`lag_s` is the generator's own lateness: start - intended. `status` 0: none came."""

PACK = struct.Struct("<dddfIHHHH")
assert PACK.size == RECORD.itemsize

Records = npt.NDArray[np.void]


def read_records(path: Path) -> Records:
    """The whole records in this file; what a killed generator left of one at its end is not read. Raises OSError."""
    data = path.read_bytes()
    return np.frombuffer(data[: len(data) - len(data) % RECORD.itemsize], dtype=RECORD)


def latency_s(records: Records) -> npt.NDArray[np.float64]:
    """Seconds from the intended start to the end."""
    latency: npt.NDArray[np.float64] = records["end"] - records["intended"]
    return latency


def failed(records: Records) -> npt.NDArray[np.bool_]:
    """Which got no answer, or not the one that was asked for."""
    bad: npt.NDArray[np.bool_] = (records["answered"] != Answered.WELL) & (records["answered"] != Answered.CUT_OFF)
    return bad


def down(records: Records) -> npt.NDArray[np.bool_]:
    """Which found the service down: no answer in time, or its own failure (5xx)."""
    unanswered = (Answered.NO_ANSWER, Answered.TIMED_OUT, Answered.UNSTARTED)
    bad: npt.NDArray[np.bool_] = np.isin(records["answered"], unanswered) | (records["status"] >= 500)
    return bad
