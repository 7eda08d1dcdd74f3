"""One run of load: the ground, the plan, Locust, the judgement. Done once, when the first test wants it."""

import secrets
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from checks.sweep import Ground
from load.asked import AskedLoad
from load.early import hopeless
from load.guard import Limits
from load.judged import Judgement
from load.load_profile import Profile, profile_named
from load.locust_process import Fleet, Watch, run_locust
from load.objectives import Objectives
from load.plan import RECORDS_FILE, Plan, Side
from load.planning import plan_of
from load.records import read_records
from load.verdict import JudgedRun, judged_run

SAYS_EVERY_S = 10.0

Say = Callable[[str], None]
Grounds = Callable[[], AbstractContextManager[Mapping[Side, Ground]]]
"""Starts what has to stand, and gives what the load goes to, by side."""


def run_load(asked: AskedLoad, objectives: Objectives, grounds: Grounds, folder: Path, say: Say) -> JudgedRun:
    """Sends the load, and judges it. Raises LoadRefused, LocustFailed, and what the grounds raise."""
    profile = profile_named(asked.profile).scaled(asked.rate_per_s, asked.lasts_s)
    seed = secrets.randbelow(1 << 32) if asked.seed is None else asked.seed
    with grounds() as by_side:
        target = by_side["a"].target
        plan = plan_of(profile, {"a": target}, Limits.of(target), seed=seed)
        say(announced(plan, profile, target.description or target.name))
        environ = {key: value for ground in by_side.values() for key, value in ground.environ.items()}
        watch = Watching(profile, plan, objectives, folder / RECORDS_FILE, say)
        stopped = run_locust(plan, folder, Fleet(asked.processes, asked.workers), environ, watch)
        return judged_run(folder, objectives, stopped)


def announced(plan: Plan, profile: Profile, target: str) -> str:
    """What is about to be sent, where to, and for how long."""
    return (
        f"load {profile.name}: up to {profile.rate_max_per_s:g} requests/s for {plan.lasts_s:.0f} s, {plan.planned:.0f} "
        f"in all, by {plan.users} users, to {target} (seed {plan.seed})"
    )


class Watching:
    """Looks at a running load: says how far it is, and ends it when no objective of it can hold any more."""

    def __init__(self, profile: Profile, plan: Plan, objectives: Objectives, records: Path, say: Say) -> None:
        self._profile, self._plan, self._objectives = profile, plan, objectives
        self._records, self._say = records, say
        self._says_next_s = SAYS_EVERY_S

    def __call__(self, elapsed_s: float) -> str | None:
        if not self._records.exists():
            return None
        records = read_records(self._records)
        if elapsed_s >= self._says_next_s:
            self._says_next_s += SAYS_EVERY_S
            self._say(f"{elapsed_s:.0f} s: {len(records)} requests")
        if not self._profile.stops_early:
            return None
        return hopeless(self._objectives, records, self._plan)
