"""What users got under a fault that a load went through, and how long it took until they were served again. Pure.

A user is served who gets the answer that was asked for, and no later than the objective of its call allows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from checks.target import Objectives
from load.drill_events import Moments
from load.judged import Judgement, Verdict
from load.offered import fewest, judged
from load.plan import Plan, PlannedStage
from load.records import Answered, Records, failed, latency_s

SETTLED_S = 5.0
"""So long without a bad answer, and users are served again."""
RTO_S = Objectives().rto_s
"""Where the drill did not come to say its own."""


@dataclass(frozen=True)
class Users:
    """The records of users, in the order in which each was due: its moment, its end, and whether that was not good.

    What was cut off before anybody could tell is not among them. `allowed`: which share may be bad on any day.
    """

    due_at: npt.NDArray[np.float64]
    end_at: npt.NDArray[np.float64]
    bad: npt.NDArray[np.bool_]
    allowed: float = 0.0

    def within(self, from_at: float, to_at: float) -> "Users":
        """Those who were due in this time."""
        inside = (self.due_at >= from_at) & (self.due_at < to_at)
        return Users(self.due_at[inside], self.end_at[inside], self.bad[inside], self.allowed)

    @property
    def n(self) -> int:
        return len(self.due_at)

    @property
    def n_bad(self) -> int:
        return int(self.bad.sum())

    @property
    def is_hurt(self) -> bool:
        """Whether more got no good answer than may on any day: one stray one is no fault that was felt."""
        return self.n_bad > self.allowed * self.n

    def served_at(self, until_at: float) -> float | None:
        """When the first good answer came from which on users were served for good; None: none had come by then.

        That is: nobody due in `SETTLED_S` got a bad one, and to the end no more did than are allowed anyhow. Who is due
        while a server starts may wait for it, so the moment is that of the answer.
        """
        bad = np.flatnonzero(self.bad)
        for count, index in enumerate(bad, 1):
            following = self.due_at[index + 1 :]
            ends_at = self.due_at[bad[count]] if count < len(bad) else until_at
            settled = len(following) and ends_at - following[0] >= SETTLED_S
            if settled and len(bad) - count <= self.allowed * len(following):
                good = ~self.bad[index + 1 :]
                return float(self.end_at[index + 1 :][good].min())
        return None


def users_of(plan: Plan, records: Records, objectives: Iterable[Judgement]) -> Users:
    """The users of a run. `objectives`: judged or not, their limits say from when on an answer is too late."""
    objectives = list(objectives)
    limits_s = np.full(len(plan.endpoints) + 1, np.inf)
    latencies = [one for one in objectives if one.unit == "s"]
    for number, endpoint in enumerate(plan.endpoints):
        own = [one.limit for one in latencies if one.endpoint in (endpoint.name, "api")]
        limits_s[number] = max(own, default=np.inf)
    mine = np.sort(judged(plan, records), order="intended")
    late = latency_s(mine) > limits_s[mine["endpoint"]]
    known = (mine["answered"] != Answered.CUT_OFF) | late
    allowed = next((one.limit for one in objectives if (one.endpoint, one.measure) == ("api", "error_rate")), 0.0)
    due_at, end_at = (mine[name][known].astype(float) for name in ("intended", "end"))
    return Users(due_at, end_at, (failed(mine) | late)[known], allowed)


def fault_felt(moments: Moments, users: Users, stopped_at: float) -> Judgement:
    """Whether users felt the fault at all: one that nobody felt says nothing about how users get over it."""
    seen = users.within(moments.injected_at or stopped_at, moments.recovered_at or stopped_at)
    why = f"{seen.n_bad} of {seen.n} requests between the fault and the recovery got no good answer."
    code = "" if seen.is_hurt else "load.fault_not_felt" if seen.n else "load.no_traffic"
    return Judgement(
        objective="users.fault_felt",
        endpoint="users",
        measure="felt",
        verdict=Verdict.INCONCLUSIVE if code else Verdict.PASS,
        n=seen.n,
        bad=seen.n_bad,
        limit=users.allowed,
        unit="ratio",
        measured=seen.n_bad / seen.n if seen.n else None,
        code=code,
        why=f"{why} A fault that no user felt does not show how users get over one: take another drill."
        if code
        else why,
    )


def time_to_recover(moments: Moments, plan: Plan, records: Records, users: Users, stopped_at: float) -> Judgement:
    """From the beginning of the step until users were served again for good, and the drill's own figure beside it."""
    injected_at, step_at = moments.injected_at or stopped_at, moments.step_at or stopped_at
    seen, after = users.within(injected_at, stopped_at), users.within(step_at, stopped_at)
    rto_s = (moments.end and moments.end.rto_s) or RTO_S
    served_at = seen.served_at(stopped_at)
    measured = None if served_at is None else max(served_at - step_at, 0.0)
    verdict, code, why = _judged(moments, seen, stopped_at, rto_s)
    if missed := _missed_rate(plan, records, injected_at, stopped_at):
        verdict, code, why = Verdict.INCONCLUSIVE, "load.rate_missed", missed
    drill_s = moments.end and moments.end.time_to_recover_s
    beside = "the checks saw no recovery" if drill_s is None else f"the checks were green after {drill_s:.1f} s"
    return Judgement(
        objective="users.time_to_recover",
        endpoint="users",
        measure="time_to_recover",
        verdict=verdict,
        n=after.n,
        bad=after.n_bad,
        limit=rto_s,
        unit="s",
        measured=measured,
        code=code,
        why=f"{why}; {beside}.",
    )


def _judged(moments: Moments, seen: Users, stopped_at: float, rto_s: float) -> tuple[Verdict, str, str]:
    """Verdict, code and the beginning of a sentence."""
    doubt, step_at, served_at = Verdict.INCONCLUSIVE, moments.step_at, seen.served_at(stopped_at)
    if step_at is None or moments.injected_at is None:
        return doubt, "load.no_step", "No step was run, so nothing brought the service back: take a drill with a step"
    if not seen.n:
        return doubt, "load.no_traffic", "Nobody asked from the fault on"
    if not (seen.is_hurt or seen.within(moments.injected_at, moments.recovered_at or stopped_at).is_hurt):
        return doubt, "load.fault_not_felt", "No user felt the fault"
    watched_s = stopped_at - step_at
    if served_at is None:
        said = f"Users were not served again for good when the load ended, {watched_s:.1f} s after the step"
        if watched_s > rto_s + SETTLED_S:
            return Verdict.FAIL, "load.exceeded", f"{said} began; {rto_s:.0f} s are allowed"
        return doubt, "load.too_short", f"{said} began; let the load go on for longer"
    if served_at < step_at:
        return doubt, "load.served_before", "Users were served again before the step began: it is not what helped them"
    took_s = served_at - step_at
    said = f"Users were served again for good {took_s:.1f} s after the step began"
    if took_s > rto_s:
        return Verdict.FAIL, "load.exceeded", f"{said}; {rto_s:.0f} s are allowed"
    return Verdict.PASS, "", said


def _missed_rate(plan: Plan, records: Records, from_at: float, to_at: float) -> str:
    """Why the load was not the one that was planned; "" where it was."""
    rate_per_s = max(stage.rate_per_s for stage in plan.stages)
    due = judged(plan, records)["intended"]
    made, planned = int(((due >= from_at) & (due < to_at)).sum()), rate_per_s * (to_at - from_at)
    stretch = PlannedStage(from_s=0.0, to_s=to_at - from_at, rate_per_s=rate_per_s)
    if made >= fewest(msgspec.structs.replace(plan, stages=(stretch,))):
        return ""
    return f"The generator made {made} of {planned:.0f} planned requests from the fault on, so some users were not seen"
