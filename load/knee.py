"""Where the service gives way: the stages of a load that grows, each judged by itself. Pure.

A stage holds where its p95 is proven to, and nothing else that is asked of "api" is proven not to: ten seconds are too
few to prove a p99 or a share of 1 %, and a p95 that holds leaves at most 5 % for what failed. Its rate is no objective
there: who asks later than others has less time for an answer.
"""

from dataclasses import dataclass

import numpy as np

from load.bounds import quantile
from load.doubts import doubt_of_run, generator_error
from load.judge import judge_part
from load.judged import Judgement, Verdict
from load.objectives import Objectives
from load.offered import API, records_of
from load.part import part
from load.plan import Ended, Plan, PlannedStage
from load.records import Answered, Records, failed, latency_s

_NO_P95 = "a stage holds where its p95 does, and [api] asks for none; give it a p95_s"


@dataclass(frozen=True)
class StageSeen:
    """One stage. `achieved_per_s`: good answers that came while it lasted.

    A percentile is infinite where so many failed, and None where nobody asked.
    """

    from_s: float
    asked_per_s: float
    achieved_per_s: float
    n: int
    bad: int
    p95_s: float | None
    p99_s: float | None
    error_share: float | None
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Knee:
    """The stages, and what they come to. `held_per_s`: the highest rate that held before one did not; None: none."""

    stages: tuple[StageSeen, ...]
    held_per_s: float | None
    broke_per_s: float | None
    judgement: Judgement


def knee_of(objectives: Objectives, records: Records, plan: Plan, ended: Ended | None) -> Knee:
    """Up to which rate these objectives hold, against the limit of [knee]."""
    limit_per_s = objectives.knee.rate_min_per_s
    if doubt := doubt_of_run(records, plan, ended):
        return Knee((), None, None, _judgement(limit_per_s, (), None, Verdict.INCONCLUSIVE, doubt.code, doubt.why))
    seen = tuple(_seen(objectives, records, plan, stage, ended) for stage in plan.stages)
    broke = next((n for n, one in enumerate(seen) if one.verdict is Verdict.FAIL), len(seen))
    held_per_s = max((one.asked_per_s for one in seen[:broke] if one.verdict is Verdict.PASS), default=None)
    broke_per_s = seen[broke].asked_per_s if broke < len(seen) else None
    verdict, code, why = _verdict(seen, held_per_s, broke_per_s, limit_per_s)
    return Knee(seen, held_per_s, broke_per_s, _judgement(limit_per_s, seen, held_per_s, verdict, code, why))


def _seen(objectives: Objectives, records: Records, plan: Plan, stage: PlannedStage, ended: Ended | None) -> StageSeen:
    mine, alone = part(records, plan, stage)
    generator = generator_error(mine, alone, ended)
    asked = [one for one in objectives.all if one.endpoint == API and one.measure != "rate"]
    found = [judge_part(one, mine, alone, generator) for one in asked]
    p95 = next((one for one in found if one.measure == "p95"), None)
    broken = next((one for one in found if one.verdict is Verdict.FAIL), None)
    if broken or p95 is None:
        verdict, why = (Verdict.FAIL, broken.why) if broken else (Verdict.INCONCLUSIVE, _NO_P95)
    else:
        verdict, why = p95.verdict, p95.why
    judged = records_of(alone, mine, API)
    taken_s = np.sort(np.where(failed(judged), np.inf, latency_s(judged)))
    ends = records_of(plan, records, API)
    ends = ends[ends["answered"] == Answered.WELL]["end"] - plan.begins_at
    answers = int(((ends >= stage.from_s) & (ends < stage.to_s)).sum())
    return StageSeen(
        from_s=stage.from_s,
        asked_per_s=stage.rate_per_s,
        achieved_per_s=answers / stage.lasts_s,
        n=len(judged),
        bad=p95.bad if p95 else 0,
        p95_s=quantile(taken_s, 0.95) if len(taken_s) else None,
        p99_s=quantile(taken_s, 0.99) if len(taken_s) else None,
        error_share=float(failed(judged).mean()) if len(judged) else None,
        verdict=verdict,
        why=why,
    )


def _verdict(
    seen: tuple[StageSeen, ...], held_per_s: float | None, broke_per_s: float | None, limit_per_s: float
) -> tuple[Verdict, str, str]:
    if held_per_s is not None and held_per_s >= limit_per_s:
        return Verdict.PASS, "", ""
    if broke_per_s is not None and broke_per_s <= limit_per_s:
        why = next(one.why for one in seen if one.verdict is Verdict.FAIL)
        return Verdict.FAIL, "load.exceeded", f"it gave way at {broke_per_s:g}/s: {why}"
    held = "no rate was proven to hold" if held_per_s is None else f"it held up to {held_per_s:g}/s"
    if broke_per_s is not None:
        mend = f"gave way at {broke_per_s:g}/s, and between the two lies {limit_per_s:g}/s; ask at that rate too"
        return Verdict.INCONCLUSIVE, "load.too_few", f"{held}, {mend}"
    doubt = next((one for one in seen if one.verdict is Verdict.INCONCLUSIVE), None)
    mend = f"at {doubt.asked_per_s:g}/s nobody can tell: {doubt.why}" if doubt else f"ask at {limit_per_s:g}/s too"
    return Verdict.INCONCLUSIVE, "load.too_few", f"{held}; {mend}"


def _judgement(
    limit_per_s: float,
    seen: tuple[StageSeen, ...],
    held_per_s: float | None,
    verdict: Verdict,
    code: str,
    why: str,
) -> Judgement:
    return Judgement(
        objective="api.knee",
        endpoint=API,
        measure="knee",
        verdict=verdict,
        n=sum(one.n for one in seen),
        bad=sum(one.bad for one in seen),
        limit=limit_per_s,
        unit="per_s",
        measured=held_per_s,
        code=code,
        why=why,
    )
