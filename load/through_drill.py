"""What a load says of a drill that it went through: were users served before, did they feel it, were they served after.

Each stretch is judged as a run of its own, by the judge that is given; what that one cannot know is added here: doubt
about the drill is doubt about all that hangs on it. Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import msgspec
import numpy as np

from load.drill_events import DrillEvent, Moments, moments_of
from load.judged import Judgement, Verdict
from load.load_file import LoadMark, MarkKind
from load.part import part
from load.plan import Plan, PlannedStage
from load.records import Answered, Records
from load.users_served import RTO_S, fault_felt, time_to_recover, users_of

JudgeRun = Callable[[Plan, Records], Sequence[Judgement]]
"""Judges the objectives on these records as those of a whole run of this plan."""

GUARD_S = 2.0
"""What was due so shortly before the fault may have met it: it is not part of the time before."""
_UNRECOVERED = ("harmful", "not recovered", "not detected")


def marks_of(events: Sequence[DrillEvent], begins_at: float, stopped_at: float) -> tuple[LoadMark, ...]:
    """The fault, each step, the recovery and the end of the load; what came after that end is in no picture."""
    moments = moments_of(events)
    found: list[tuple[str, float | None, MarkKind]] = [("fault", moments.injected_at, "fault")]
    found += [(f"step {one.step}", one.at, "step") for one in events if one.phase == "step"]
    found += [("recovered", moments.recovered_at, "recovered"), ("load ends", stopped_at, "stop")]
    return tuple(
        LoadMark(label=label, at_s=at - begins_at, kind=kind)
        for label, at, kind in found
        if at is not None and at <= stopped_at
    )


def judged_through(
    events: Sequence[DrillEvent],
    plan: Plan,
    records: Records,
    stopped_at: float,
    judge: JudgeRun,
    *,
    trouble: str = "",
) -> tuple[Judgement, ...]:
    """The judgements: "drill.time_to_recover", "before.*" and "after.*" for each objective, "users.*".

    `stopped_at`: when the load was ended. `trouble`: what went wrong between load and drill, or with the records; it
    makes all doubtful but the drill's own verdict.
    """
    moments = moments_of(events)
    before = _before(moments, plan, records, stopped_at, judge)
    after = _after(moments, plan, records, stopped_at, judge, before)
    users = users_of(plan, records, before)
    felt = fault_felt(moments, users, stopped_at)
    recovery = time_to_recover(moments, plan, records, users, stopped_at)
    drill, judged = _drill(moments), (*before, felt, recovery, *after)
    if why := trouble or _missing(moments):
        return (drill, *(_doubted(one, "load.events_missing", f"{_sentence(why)} ") for one in judged))
    if moments.end and moments.end.verdict == "inconclusive":
        why = f"The drill is inconclusive: {_sentence(moments.end.why)} "
        return (drill, *(_doubted(one, "load.drill_doubtful", why) for one in judged))
    return (drill, *judged)


def cut(plan: Plan, records: Records, from_at: float, to_at: float, known_until: float) -> tuple[Plan, Records]:
    """A stretch as a run of its own: what was due in it. What had no end by `known_until` is cut off there."""
    rate_per_s = max(stage.rate_per_s for stage in plan.stages)
    stage = PlannedStage(from_s=0.0, to_s=max(to_at - from_at, 0.0), rate_per_s=rate_per_s)
    inside, alone = part(records, msgspec.structs.replace(plan, begins_at=from_at), stage)
    late = inside["end"] > known_until
    inside["answered"][late] = Answered.CUT_OFF
    inside["end"][late] = np.maximum(known_until, inside["intended"][late])
    return alone, inside


def _drill(moments: Moments) -> Judgement:
    """The drill's own verdict, by the production checks."""
    end = moments.end
    seconds, rto_s = (end.time_to_recover_s, end.rto_s or RTO_S) if end else (None, RTO_S)
    if end is None or end.verdict == "inconclusive":
        verdict, code = Verdict.INCONCLUSIVE, "load.drill_doubtful"
    elif end.verdict in _UNRECOVERED or end.verdict != end.expected:
        verdict, code = Verdict.FAIL, "load.not_recovered"
    elif end.verdict != "recovered":
        verdict, code = Verdict.INCONCLUSIVE, "load.no_recovery"
    else:
        verdict, code = Verdict.PASS, ""
    return Judgement(
        objective="drill.time_to_recover",
        endpoint="drill",
        measure="time_to_recover",
        verdict=verdict,
        n=1 if end else 0,
        bad=int(verdict is Verdict.FAIL),
        limit=rto_s,
        unit="s",
        measured=seconds,
        code=code,
        why=f"The drill ended {end.verdict}: {_sentence(end.why)}" if end else "The drill did not come to its end.",
    )


def _before(
    moments: Moments, plan: Plan, records: Records, stopped_at: float, judge: JudgeRun
) -> tuple[Judgement, ...]:
    injected_at = moments.injected_at or stopped_at
    judged = judge(*cut(plan, records, plan.begins_at, injected_at - GUARD_S, injected_at))
    why = "Before the fault it did not hold: the load was too much for a healthy service; ask for a lower rate. "
    return tuple(
        _doubted(named, "load.sick_before", why) if named.verdict is Verdict.FAIL else named
        for named in (_named(one, "before") for one in judged)
    )


def _after(
    moments: Moments,
    plan: Plan,
    records: Records,
    stopped_at: float,
    judge: JudgeRun,
    before: Sequence[Judgement],
) -> tuple[Judgement, ...]:
    recovered_at = moments.recovered_at
    from_at = min(recovered_at or moments.step_at or plan.begins_at, stopped_at)
    judged = [_named(one, "after") for one in judge(*cut(plan, records, from_at, stopped_at, stopped_at))]
    if recovered_at is None:
        why = "The drill saw no recovery, so there is no time after one. "
        return tuple(_doubted(one, "load.no_recovery", why) for one in judged)
    earlier = {_bare(one): one for one in before}
    return tuple(_in_view_of(one, earlier.get(_bare(one))) for one in judged)


def _in_view_of(after: Judgement, before: Judgement | None) -> Judgement:
    """What did not hold before is not the recovery's to answer for; nor is a failure of what was not shown to hold."""
    if before is None or before.code == "load.sick_before":
        return _doubted(after, "load.sick_before", "It did not hold before the fault either. ")
    if after.verdict is Verdict.FAIL and before.verdict is not Verdict.PASS:
        return _doubted(after, "load.sick_before", "Nobody knows whether it held before the fault. ")
    return after


def _missing(moments: Moments) -> str:
    """Which events did not come, without which nothing can be said."""
    if moments.missed:
        return f"the drill waited in vain until the load was {moments.missed}, and went on without it"
    named = {"its end": moments.end, "its fault": moments.injected_at}
    missing = [name for name, found in named.items() if found is None]
    if not missing and moments.end and moments.end.verdict == "recovered":
        missing = ["its recovery"] if moments.recovered_at is None else []
        missing += ["its step"] if moments.step_at is None else []
    return f"the drill did not announce {' and '.join(missing)}; run it again" if missing else ""


def _named(judgement: Judgement, stretch: Literal["before", "after"]) -> Judgement:
    return replace(judgement, objective=f"{stretch}.{judgement.objective}")


def _bare(judgement: Judgement) -> str:
    return judgement.objective.partition(".")[2]


def _doubted(judgement: Judgement, code: str, why: str) -> Judgement:
    """The same, for which nobody can vouch. What was measured stays; what is doubtful already keeps its own code."""
    kept = judgement.code if judgement.verdict is Verdict.INCONCLUSIVE and judgement.code else code
    return replace(judgement, verdict=Verdict.INCONCLUSIVE, code=kept, why=f"{why}{judgement.why}".strip())


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."
