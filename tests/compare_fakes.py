"""Records of comparisons that never ran, and what the pairs of a real one say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from load.block_figures import call_blocks
from load.plan import RECORDS_FILE, read_plan
from load.records import read_records

BEGINS_AT = 1_700_000_000.0
Latencies = Callable[[int, str, int], npt.NDArray[np.float64]]
"""Of the number of a block, a side and how many requests: their latencies in seconds."""


def log_ratios(folder: Path) -> list[float]:
    """The log of B's p95 over A's, pair by pair, of the first call of a run."""
    plan, records = read_plan(folder / "plan.json"), read_records(folder / RECORDS_FILE)
    p95_s = call_blocks(plan, records, plan.begins_at)[0].p95_s
    logs = np.log(p95_s[:, 1] / p95_s[:, 0])
    return [float(log) for log in logs[np.isfinite(logs)]]
