"""How long after a spike the p95 of all calls holds again, for good. Pure."""

import numpy as np

from load.bounds import exact
from load.doubts import Doubt, doubt_of_run, generator_error
from load.judge import judge_part
from load.judged import Judgement, Verdict
from load.objectives import Objective, Objectives
from load.offered import API, due_s, records_of
from load.part import part
from load.plan import Ended, Plan, PlannedStage
from load.records import Records

WINDOW_S = 5
"""Over so many seconds it is looked whether it holds: at 20 requests/s, a hundred."""


def settles_of(objectives: Objectives, records: Records, plan: Plan, ended: Ended | None) -> Judgement:
    """How many seconds after the spike it holds again, against the limit of [settles].

    From there on to the end of the run it must be proven to hold; a window counts as missed where that is proven.
    """
    limit_s = objectives.settles.within_s
    p95 = next((one for one in objectives.all if one.name == "api.p95"), None)
    if doubt := doubt_of_run(records, plan, ended) or _doubt_of_plan(plan, p95):
        return _judgement(limit_s, doubt=doubt)
    assert p95 is not None
    spike_ends_s = spike_of(plan).to_s
    planned = sum(stage.rate_per_s * stage.lasts_s for stage in plan.stages if stage.from_s >= spike_ends_s)
    rate_per_s = planned / (plan.lasts_s - spike_ends_s)
    after = PlannedStage(from_s=spike_ends_s, to_s=plan.lasts_s, rate_per_s=rate_per_s)
    mine, alone = part(records, plan, after)
    whole = judge_part(p95, mine, alone, generator_error(mine, alone, ended))
    if whole.code not in ("", "load.exceeded", "load.too_few"):
        return _judgement(limit_s, whole.n, whole.bad, doubt=Doubt(whole.code, whole.why))
    settled_s = _settled_s(p95, mine, alone)
    if settled_s > limit_s:
        seen = f"{settled_s:.0f} s after the spike more than 5 % still failed or took longer than {p95.limit:g} s"
        return _judgement(limit_s, whole.n, whole.bad, settled_s, Verdict.FAIL, Doubt("load.exceeded", seen))
    calm_from_s = spike_ends_s + settled_s
    calm = PlannedStage(from_s=calm_from_s, to_s=plan.lasts_s, rate_per_s=rate_per_s)
    mine, alone = part(records, plan, calm)
    rest = judge_part(p95, mine, alone, generator_error(mine, alone, ended))
    why = f"from {settled_s:.0f} s after the spike on: {rest.why}"
    doubt = None if rest.verdict is Verdict.PASS else Doubt(rest.code, why)
    return _judgement(limit_s, whole.n, whole.bad, settled_s, rest.verdict, doubt)


def spike_of(plan: Plan) -> PlannedStage:
    """The stage with the highest rate."""
    return max(plan.stages, key=lambda stage: stage.rate_per_s)


def _settled_s(p95: Objective, records: Records, plan: Plan) -> float:
    """The whole second from which on no window is proven to miss it."""
    mine = records_of(plan, records, API)
    mine = mine[p95.known(mine)]
    second = np.floor(due_s(plan, mine) - plan.stages[0].from_s).astype(int)
    lasts_s = int(np.ceil(plan.stages[0].lasts_s))
    n = np.bincount(second, minlength=lasts_s)
    bad = np.bincount(second, weights=p95.bad(mine, plan), minlength=lasts_s)
    settled_s = 0
    for begin in range(lasts_s):
        window = slice(begin, begin + WINDOW_S)
        if exact(float(bad[window].sum()), float(n[window].sum())).low > p95.allowed:
            settled_s = begin + int(np.flatnonzero(bad[window])[-1]) + 1
    return float(settled_s)


def _doubt_of_plan(plan: Plan, p95: Objective | None) -> Doubt | None:
    if p95 is None:
        return Doubt("load.too_few", "[api] asks for no p95_s; give it one")
    if spike_of(plan) is plan.stages[-1]:
        return Doubt("load.no_traffic", "nothing was asked after the spike; let the plan end with a lower rate")
    return None


def _judgement(
    limit_s: float,
    n: int = 0,
    bad: int = 0,
    measured_s: float | None = None,
    verdict: Verdict = Verdict.INCONCLUSIVE,
    doubt: Doubt | None = None,
) -> Judgement:
    return Judgement(
        objective="api.settles",
        endpoint=API,
        measure="settles",
        verdict=verdict,
        n=n,
        bad=bad,
        limit=limit_s,
        unit="s",
        measured=measured_s,
        code=doubt.code if doubt else "",
        why=doubt.why if doubt else "",
    )
