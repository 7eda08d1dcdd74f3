"""What is said of a load while it runs."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from load.objectives import read_objectives
from load.plan import RECORDS_FILE, Plan, write_plan
from load.records import RECORD
from load.run import Watching
from tests.load_runs import BEGINS_AT
from tests.locust_runs import plan_for

LOCUST_TOOK_S = 3.0
"""From Locust's start to the moment at which the load began."""


class Watched:
    """A load of 25 requests/s for 40 s, looked at."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self._folder, self._at_s = folder, 0.0
        self._plan: Plan = msgspec.structs.replace(plan_for("http://localhost:1", 25, 40), begins_at=BEGINS_AT)
        self._watching = Watching(
            read_objectives(), folder, self.said.append, stops_early=False, now=lambda: BEGINS_AT + self._at_s
        )

    def at(self, at_s: float, requests: int, yardstick: int = 0) -> None:
        """A look at this second of the run, with so many requests made, and so many of the generator's own."""
        write_plan(self._plan, self._folder)
        records = np.zeros(requests + yardstick, dtype=RECORD)
        records["endpoint"][requests:] = len(self._plan.endpoints)
        (self._folder / RECORDS_FILE).write_bytes(records.tobytes())
        self._at_s = at_s
        self._watching(1e6 * (1 + at_s + LOCUST_TOOK_S))


@pytest.fixture
def load(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_it_counts_what_was_planned_in_seconds_of_the_run(load: Watched) -> None:
    load.at(9.9, 240, 50)
    load.at(10.2, 255, 51)
    load.at(10.7, 267, 53)
    load.at(20.0, 500, 100)
    load.at(40.4, 1000, 140)
    assert load.said == [
        "10 s: 255 of 1,000 requests",
        "20 s: 500 of 1,000 requests",
        "40 s: 1,000 of 1,000 requests",
    ]


def test_nothing_is_said_before_it_began(load: Watched) -> None:
    load.at(-1.0, 0, 0)
    load.at(-0.2, 0, 3)
    assert load.said == []
