"""One run of load: the ground, the plan, Locust, the judgement."""

import os
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from checks.progress import Say
from checks.sweep import Ground
from checks.target import Target
from load.announced import announced
from load.asked import AskedLoad
from load.blocks import compared_plan_of
from load.done import COMPARISON, Done, done
from load.early import hopeless
from load.guard import Limits
from load.load_profile import RECOVERY, Profile, profile_named
from load.locust_process import Fleet, run_locust
from load.objectives import Objectives
from load.offered import API, judged
from load.plan import PLAN_FILE, RECORDS_FILE, Plan, Side, read_plan
from load.planning import endpoints_of, plan_of
from load.records import Records, read_records
from load.recovery_run import names_through_drill, run_through_drill

SAYS_EVERY_S = 10.0
LOOKS_SHARE_MAX = 0.05
"""Of the time: a look at a million records takes half a second of the processor that the generator needs."""
Targets = Mapping[Side, Target | None]
"""What the load goes to; None: it stands only when the load is sent."""
Grounds = Callable[[AskedLoad, Targets], AbstractContextManager[Mapping[Side, Ground]]]
"""Starts what has to stand, and gives what the load goes to, by side."""


def planned(asked: AskedLoad, targets: Mapping[Side, Target], *, seed: int) -> Plan:
    """The plan for these targets. Raises LoadRefused, and ValueError where they have nothing to ask."""
    profile = _profile(asked)
    if "b" in targets:
        limits = {side: Limits.of(target) for side, target in targets.items()}
        return compared_plan_of(profile, targets, limits, seed=seed, pairs=asked.pairs)
    (target,) = targets.values()
    return plan_of(profile, target, Limits.of(target), seed=seed)


def refuse_unsendable(asked: AskedLoad, targets: Mapping[Side, Target | None]) -> None:
    """Raises LoadRefused or ValueError for what can be known to be no use before anything stands."""
    profile = _profile(asked)
    if profile.name == RECOVERY and any(targets.values()):
        raise ValueError("profile recovery goes to a bench that its drill starts: leave out --target and --api-url")
    if asked.image and any(targets.values()):
        raise ValueError("two images are compared on benches of their own: leave out --target and --api-url")
    for target in targets.values():
        limits = Limits.of(target) if target else Limits.of_loopback()
        limits.allow(profile.rate_max_per_s, profile.lasts_s)
        if target:
            endpoints_of(profile, target, "a")


def names_of(asked: AskedLoad, objectives: Objectives, target: Target | None) -> tuple[str, ...]:
    """The objectives that such a load is judged by. `target` None: one that has all the calls."""
    if asked.compares:
        return (COMPARISON,)
    profile = _profile(asked)
    has = [one.name for one in endpoints_of(profile, target, "a")] if target else [share.call for share in profile.mix]
    calls = {API, *has}
    names = [one.name for one in objectives.all if one.endpoint in calls] if "objectives" in profile.judged_by else []
    if profile.name == RECOVERY:
        return names_through_drill(names)
    return (*names, *(f"{API}.{one}" for one in profile.judged_by if one != "objectives"))


def run_load(
    asked: AskedLoad, objectives: Objectives, given: Targets, grounds: Grounds, folder: Path, say: Say
) -> Done:
    """Sends the load, and judges it. Raises LoadRefused, LocustFailed, ValueError, and what the grounds raise."""
    seed = secrets.randbelow(1 << 32) if asked.seed is None else asked.seed
    if asked.profile == RECOVERY:
        return run_through_drill(asked, _profile(asked), objectives, folder, seed, dict(os.environ), say)
    with grounds(asked, given) as by_side:
        targets = {side: ground.target for side, ground in by_side.items()}
        plan = planned(asked, targets, seed=seed)
        profile = _profile(asked)
        for line in announced(plan, profile, targets):
            say(line)
        environ = {key: value for ground in by_side.values() for key, value in ground.environ.items()}
        watch = Watching(objectives, folder, say, stops_early=_stops_early(asked, profile))
        run_locust(plan, folder, Fleet(asked.processes, asked.workers), environ, watch)
    return done(folder, objectives, targets)


class Watching:
    """Looks at a running load: says how far it is, and ends it when nothing that comes could let an objective hold."""

    def __init__(
        self,
        objectives: Objectives,
        folder: Path,
        say: Say,
        *,
        stops_early: bool,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._stops_early = stops_early
        self._objectives, self._folder, self._say, self._now = objectives, folder, say, now
        self._says_next_s = SAYS_EVERY_S
        self._looks_next_s = 0.0

    def __call__(self, elapsed_s: float) -> str | None:
        if elapsed_s < self._looks_next_s or not (self._folder / RECORDS_FILE).exists():
            return None
        began_s = time.monotonic()
        records = read_records(self._folder / RECORDS_FILE)
        if not len(records):  # the plan's file may be half written as yet
            return None
        # As the generator has it, with the moment at which it began.
        plan = read_plan(self._folder / PLAN_FILE)
        self._say_how_far(plan, records)
        hopeless_one = self._hopeless(plan, records) if self._stops_early else None
        self._looks_next_s = elapsed_s + (time.monotonic() - began_s) / LOOKS_SHARE_MAX
        return hopeless_one

    def _say_how_far(self, plan: Plan, records: Records) -> None:
        at_s = min(self._now() - plan.begins_at, plan.lasts_s)
        if at_s >= self._says_next_s:
            self._says_next_s = (at_s // SAYS_EVERY_S + 1) * SAYS_EVERY_S
            self._say(f"{at_s:.0f} s: {len(judged(plan, records)):,} of {plan.planned:,.0f} requests")

    def _hopeless(self, plan: Plan, records: Records) -> str | None:
        found = hopeless(self._objectives.all, records, plan)
        if found:
            self._say(f"{found.objective} cannot hold any more: {found.why}")
        return found.objective if found else None


def _stops_early(asked: AskedLoad, profile: Profile) -> bool:
    may = profile.stops_early and not asked.to_the_end
    return may and "objectives" in profile.judged_by and not asked.compares


def _profile(asked: AskedLoad) -> Profile:
    return profile_named(asked.profile).scaled(asked.rate_per_s, asked.lasts_s)
