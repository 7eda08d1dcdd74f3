"""What one run of the generator is to do, as the file that Locust's processes read: no secrets in it.

Written by whoever starts the run; `locust -f` without one makes its own from a target file. With workers on other
machines the master sends it to them, so that all keep one schedule.
"""

from pathlib import Path
from typing import Literal

import msgspec

PLAN_FILE = "plan.json"
RECORDS_FILE = "records.bin"
ENDED_FILE = "ended.json"
PLAN_ENV = "FINCHAT_LOAD_PLAN"
"""The environment variable that holds the plan's path."""

YARDSTICK = "yardstick"
"""The endpoint of known latency, in the records and in the picture of the generator's own error."""

Wants = Literal["answer", "health", "ready", "yardstick"]
Side = Literal["a", "b"]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of call at one deployment. `bodies`: one is drawn each time; in them {nonce} and {ticker} are filled in.

    `token_env`: the environment variable that holds the bearer token. `fraction`: of the load of its side.
    """

    name: str
    side: Side = "a"
    method: Literal["GET", "POST"] = "GET"
    url: str
    bodies: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    token_env: str | None = None
    wants: Wants = "answer"
    healthy: tuple[str, ...] = ()
    """What /health may say."""
    fraction: float = 0.0


class PlannedStage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the run: from, to (seconds of the run), its rate, and on which side it asks."""

    from_s: float
    to_s: float
    rate_per_s: float
    side: Side = "a"
    name: str = ""

    @property
    def lasts_s(self) -> float:
        return self.to_s - self.from_s


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run. `begins_at`: seconds since the epoch; 0 until the generator has its users.

    The users share each stage's rate. Between stages there may be pauses. The order of `endpoints` is that of their
    numbers in the records.
    """

    profile: str
    seed: int
    users: int
    timeout_s: float
    endpoints: tuple[Endpoint, ...]
    stages: tuple[PlannedStage, ...]
    yardstick_per_s: float = 5.0
    """How often each process of the generator asks its endpoint of known latency; 0: never."""
    begins_at: float = 0.0

    @property
    def lasts_s(self) -> float:
        return self.stages[-1].to_s

    @property
    def planned(self) -> float:
        """How many requests the stages ask for."""
        return sum(stage.rate_per_s * stage.lasts_s for stage in self.stages)


class Ended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the generator says of itself at its end. Without it the generator did not come to its end."""

    begins_at: float
    made: int
    """Records that its processes made."""
    written: int
    """Records that are in the file."""
    processes: int
    finished: int
    """Of these, how many said that they had sent their last."""
    cpu_s: float = 0.0
    """Processor time of all of them."""


def write_plan(plan: Plan, folder: Path) -> Path:
    """The plan's file in this folder."""
    path = folder / PLAN_FILE
    path.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1))
    return path


def read_plan(path: Path) -> Plan:
    """The plan in this file. Raises ValueError or OSError."""
    return msgspec.json.decode(path.read_bytes(), type=Plan)
