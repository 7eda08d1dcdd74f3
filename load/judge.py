"""Judges one objective by the records of a run. Pure.

What can never lie comes first. Records that are not all there may lack the worst, so they give no verdict. Nor do none,
nor another load than the one that was asked for. A generator that was late measured something else than a user feels:
no verdict on a latency. Its own error only ever adds to one: what passes passes, and what fails must fail without it
too. Only then is there a pass or a fail, and either only where the bound, not the figure, is on that side of the limit.
"""

from dataclasses import dataclass

import numpy as np

from load import figures
from load.bounds import Blocks, Bounds, quantile, requests_needed, value_at
from load.doubts import Doubt, doubt_of_run
from load.judged import GeneratorError, Judgement, Verdict
from load.objectives import QUANTILES, Objective
from load.offered import asked_s, due_s, expected, fewest, records_of, stopped_at_s
from load.plan import Ended, Plan
from load.records import Answered, Records, failed, latency_s

LAG_MAX = 0.05
"""A generator whose lag p99 is a greater share of a latency's limit cannot judge that (reference: load)."""
_RELIEF = "ask for a lower rate, or give it more processes, or a machine of its own"


def judge(
    objective: Objective,
    records: Records,
    plan: Plan,
    generator: GeneratorError,
    ended: Ended | None,
) -> Judgement:
    """What these records say of an objective. `records`: all of the run, those of the generator's endpoint too.

    A run that was ended before its time is judged as if every request still planned had been good: it can fail, and
    cannot pass. Its figures are of what was sent.
    """
    if doubt := doubt_of_run(records, plan, ended):
        return unjudged(objective, plan, doubt)
    return judge_part(objective, records, plan, generator)


def judge_part(objective: Objective, records: Records, plan: Plan, generator: GeneratorError) -> Judgement:
    """The same of a part of a run, such as one stage, with a plan and a generator's error of its own."""
    stopped = stopped_at_s(plan, records)
    doubt = None
    if generator.made < fewest(plan) and stopped is None:
        doubt = Doubt(
            "load.rate_missed",
            f"the generator made {generator.made:,} of {generator.planned:,} planned requests, and 99 % are needed; "
            f"{_RELIEF}",
        )
    return judge_so_far(objective, records, plan, generator, until_s=stopped, doubt=doubt)


def judge_so_far(
    objective: Objective,
    records: Records,
    plan: Plan,
    generator: GeneratorError,
    *,
    until_s: float | None,
    doubt: Doubt | None = None,
) -> Judgement:
    """The same where the plan was followed until that second only (None: to its end). `doubt`: one about the run."""
    mine = records_of(plan, records, objective.endpoint)
    mine = mine[objective.known(mine)]
    if not len(mine):
        none = Doubt("load.no_traffic", f"there was no request to {objective.endpoint} to judge by; ask for some")
        return unjudged(objective, plan, none)
    seen = _Seen.of(objective, mine, plan, until_s)
    found = doubt or _doubt_of_generator(objective, generator, seen) or _doubt_of_bounds(objective, plan, seen)
    if found:
        return seen.judgement(Verdict.INCONCLUSIVE, found.code, found.why)
    if seen.passes:
        return seen.judgement(Verdict.PASS, "", "")
    return seen.judgement(Verdict.FAIL, "load.exceeded", f"{seen.said}; {_allowance(objective)}")


def unjudged(objective: Objective, plan: Plan, doubt: Doubt) -> Judgement:
    """Nobody can tell, and nothing was measured."""
    return Judgement(
        objective=objective.name,
        endpoint=objective.endpoint,
        measure=objective.measure,
        verdict=Verdict.INCONCLUSIVE,
        n=0,
        bad=0,
        limit=_scaled(objective, objective.limit, plan),
        unit=objective.unit,
        code=doubt.code,
        why=doubt.why,
    )


@dataclass(frozen=True)
class _Seen:
    """What the records say, before anybody doubts it."""

    objective: Objective
    records: Records
    plan: Plan
    until_s: float | None
    blocks: Blocks
    bad: int
    bounds: Bounds
    spread: float

    @classmethod
    def of(cls, objective: Objective, records: Records, plan: Plan, until_s: float | None) -> "_Seen":
        missing = 0
        if until_s is not None:
            missing = max(0, round(expected(plan, objective.endpoint)) - len(records))
        later_s = np.linspace(until_s or 0.0, plan.lasts_s, missing)
        blocks = Blocks(due_s(plan, records), seed=plan.seed, later_s=later_s)
        bad = objective.bad(records, plan)
        return cls(objective, records, plan, until_s, blocks, int(bad.sum()), blocks.bounds(bad), blocks.spread(bad))

    @property
    def n(self) -> int:
        """The requests that were made. Of a run that was stopped the blocks hold the planned ones too."""
        return len(self.records)

    @property
    def passes(self) -> bool:
        return self.until_s is None and self.bounds.high <= self.objective.allowed

    @property
    def fails(self) -> bool:
        return self.bounds.low > self.objective.allowed

    def fails_with(self, spared_s: float) -> bool:
        """Whether it fails even if every request was faster by so much."""
        bad = self.objective.bad(self.records, self.plan, spared_s=spared_s)
        return self.blocks.bounds(bad).low > self.objective.allowed

    @property
    def said(self) -> str:
        how = {"error_rate": "failed", "availability": "found the service down"}.get(self.objective.measure)
        how = how or (
            f"failed or took longer than {figures.time(self.objective.limit)}"
            if self.objective.is_latency
            else "had no good answer when the load was over"
        )
        if self.until_s is not None:
            stopped = f"stopped after {figures.duration(self.until_s)}"
            return f"{stopped}: {self.bad:,} of the planned {self.blocks.n:,} {how}"
        return f"{self.bad:,} of {self.n:,} requests {how} ({figures.share(self.bad / self.n)})"

    def judgement(self, verdict: Verdict, code: str, why: str) -> Judgement:
        measured, bound = self._latencies(verdict) if self.objective.is_latency else self._shares(verdict)
        # Of what was never sent nobody knows how it would have gone: that it went well is only the kindest guess.
        guessed = self.until_s is not None and verdict is not Verdict.FAIL
        return Judgement(
            objective=self.objective.name,
            endpoint=self.objective.endpoint,
            measure=self.objective.measure,
            verdict=verdict,
            n=self.n,
            bad=self.bad,
            limit=_scaled(self.objective, self.objective.limit, self.plan),
            unit=self.objective.unit,
            measured=measured,
            bound=None if guessed else bound,
            code=code,
            why=why,
        )

    def _latencies(self, verdict: Verdict) -> tuple[float, float]:
        """The quantile, and the end of its interval: the value at which the share of what is above it is proven."""
        lost = failed(self.records) | (self.records["answered"] == Answered.CUT_OFF)
        taken_s = np.where(lost, np.inf, latency_s(self.records))
        in_order, allowed, limit_s = np.sort(taken_s), self.objective.allowed, self.objective.limit
        measured = quantile(in_order, QUANTILES[self.objective.measure])
        if verdict is Verdict.FAIL:
            bound = value_at(in_order, lambda value: self.blocks.bounds(taken_s > value).low <= allowed)
            return measured, max(bound, limit_s)
        bound = value_at(in_order, lambda value: self.blocks.bounds(taken_s > value).high <= allowed)
        return measured, min(bound, limit_s) if self.bounds.high <= allowed else max(bound, limit_s)

    def _shares(self, verdict: Verdict) -> tuple[float, float]:
        share, bound = self.bad / self.n, self.bounds.low if verdict is Verdict.FAIL else self.bounds.high
        if self.objective.measure == "error_rate":
            return share, bound
        return _scaled(self.objective, 1 - share, self.plan), _scaled(self.objective, 1 - bound, self.plan)


def _scaled(objective: Objective, value: float, plan: Plan) -> float:
    """A share of the rate that is asked for, as that rate; anything else as it is."""
    if objective.measure != "rate":
        return value
    lasts_s = asked_s(plan)
    return value * expected(plan, objective.endpoint) / lasts_s if lasts_s else 0.0


def _doubt_of_generator(objective: Objective, generator: GeneratorError, seen: _Seen) -> Doubt | None:
    if not objective.is_latency:
        return None
    lag_s, most_s = generator.lag_p99_s, LAG_MAX * objective.limit
    if lag_s is None or lag_s > most_s:
        was = "not known" if lag_s is None else figures.time(lag_s)
        return Doubt(
            "load.lag",
            f"the generator's own lag p99 was {was}, and for {figures.time(objective.limit)} it may be "
            f"{figures.time(most_s)}; {_RELIEF}",
        )
    error_s = generator.own_error_p99_s
    if error_s is None:
        return Doubt("load.own_error", "the generator's own error was not measured; let it ask its own endpoint too")
    if seen.fails and not seen.fails_with(error_s):
        return Doubt(
            "load.own_error",
            f"{seen.said}, but not with the generator's own error of {figures.time(error_s)} (p99) taken off; "
            "ask from a machine that does nothing else",
        )
    return None


def _doubt_of_bounds(objective: Objective, plan: Plan, seen: _Seen) -> Doubt | None:
    if seen.passes or seen.fails:
        return None
    if seen.until_s is not None:
        mend = "the run was stopped before anybody could tell; let it come to its end with --load-to-the-end"
        return Doubt("load.stopped", f"{seen.said}; {mend}")
    share = seen.bad / seen.n
    needed = requests_needed(share, objective.allowed, seen.spread)
    if share >= objective.allowed:
        mend = "if that share stays, no number of requests would do"
    elif needed is None:
        mend = "that is so near to the limit that no number of requests would tell"
    else:
        rate_per_s = expected(plan, objective.endpoint) / asked_s(plan)
        lasts = f": {figures.duration(needed / rate_per_s)} at {rate_per_s:.3g}/s" if rate_per_s else ""
        mend = f"if that share stays, {needed:,} requests would prove it{lasts}"
    return Doubt("load.too_few", f"{seen.said}, {_allowance(objective)}; {mend}")


def _allowance(objective: Objective) -> str:
    return f"{figures.share(objective.allowed)} may"
