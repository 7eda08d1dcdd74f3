"""Whether a long run grows slower: the p95 of its last quarter against that of its first. Pure.

Each quarter is cut into blocks, each block has one p95, and the blocks are drawn anew (bootstrap): requests that are
near to each other are alike, so they are no independent ones. The rule is that for two builds (reference: load): grown
where the interval of the ratio is above 1 and the ratio above the limit; not grown where all of it is below the limit.
"""

import math

import numpy as np
import numpy.typing as npt

from load import figures
from load.bounds import CONFIDENCE, RESAMPLES, quantile
from load.doubts import Doubt, doubt_of_run
from load.judge import LAG_MAX
from load.judged import GeneratorError, Judgement, Verdict
from load.offered import API, due_s, fewest, records_of
from load.plan import Ended, Plan
from load.records import Answered, Records, failed, latency_s

BLOCKS = 40
BLOCKS_MIN = 8
REQUESTS_MIN = 20
"""A p95 of fewer is one value."""


def drift_of(limit: float, records: Records, plan: Plan, generator: GeneratorError, ended: Ended | None) -> Judgement:
    """By how much the p95 grew; `limit`: by how much it may (0.1: a tenth)."""
    if doubt := doubt_of_run(records, plan, ended):
        return _judgement(limit, 0, doubt=doubt)
    mine = records_of(plan, records, API)
    mine = mine[mine["answered"] != Answered.CUT_OFF]
    if not len(mine):
        return _judgement(limit, 0, doubt=Doubt("load.no_traffic", "there was no request to judge by; ask for some"))
    if generator.made < fewest(plan):
        made = f"the generator made {generator.made:,} of {generator.planned:,} planned requests"
        why = f"{made}; let it come to its end with --load-to-the-end"
        return _judgement(limit, len(mine), doubt=Doubt("load.rate_missed", why))
    first, last = (_block_p95s(mine, plan, from_s) for from_s in (0.0, plan.lasts_s * 3 / 4))
    if min(len(first), len(last)) < BLOCKS_MIN:
        needed = math.ceil(4 * BLOCKS_MIN * REQUESTS_MIN * plan.lasts_s / plan.planned)
        why = f"a quarter has too few requests for {BLOCKS_MIN} percentiles; let it last {figures.duration(needed)}"
        return _judgement(limit, len(mine), doubt=Doubt("load.too_few", why))
    return _judged(limit, len(mine), first, last, generator, plan.seed)


def _judged(
    limit: float,
    n: int,
    first: npt.NDArray[np.float64],
    last: npt.NDArray[np.float64],
    generator: GeneratorError,
    seed: int,
) -> Judgement:
    typical_s = float(np.exp(np.log(first).mean()))
    lag_s, error_s = generator.lag_p99_s, generator.own_error_p99_s
    low, point, high = _growth(first, last, seed)
    if lag_s is None or lag_s > LAG_MAX * typical_s:
        late = "not known" if lag_s is None else figures.time(lag_s)
        why = f"the generator's own lag p99 was {late}, more than a twentieth of the p95 of {figures.time(typical_s)}"
        return _judgement(limit, n, point, high, doubt=Doubt("load.lag", f"{why}; let it do nothing else"))
    if error_s is None:
        why = "the generator's own error was not measured; let it ask its own endpoint too"
        return _judgement(limit, n, point, high, doubt=Doubt("load.own_error", why))
    said = f"the p95 of the last quarter is {point:+.1%} against the first ({low:+.1%} to {high:+.1%})"
    if low > 0 and point > limit:
        spared_low, spared, _ = _growth(first, np.maximum(last - error_s, 1e-6), seed)
        if spared_low > 0 and spared > limit:
            why = f"{said}; {limit:+.0%} may be"
            return _judgement(limit, n, point, low, Verdict.FAIL, Doubt("load.exceeded", why))
        why = f"{said}, but not with the generator's own error of {figures.time(error_s)} taken off; run it again"
        return _judgement(limit, n, point, high, doubt=Doubt("load.own_error", why))
    if high < limit:
        return _judgement(limit, n, point, high, Verdict.PASS)
    why = f"{said}: that tells neither that it grew nor that it did not; let the run last longer"
    return _judgement(limit, n, point, high, doubt=Doubt("load.too_few", why))


def _block_p95s(records: Records, plan: Plan, from_s: float) -> npt.NDArray[np.float64]:
    """The p95 of every block of the quarter that begins there. A failed request took as long as anybody waits."""
    quarter_s = plan.lasts_s / 4
    number = np.floor((due_s(plan, records) - from_s) / quarter_s * BLOCKS).astype(int)
    per_block = np.bincount(number[(number >= 0) & (number < BLOCKS)], minlength=BLOCKS)
    fewer = max(1, math.ceil(REQUESTS_MIN / max(per_block.mean(), 1e-9)))
    number = np.where(number >= 0, number // fewer, -1)
    taken_s = np.where(failed(records), np.maximum(latency_s(records), plan.timeout_s), latency_s(records))
    found = (np.sort(taken_s[number == one]) for one in range(BLOCKS // fewer))
    return np.array([max(quantile(values, 0.95), 1e-6) for values in found if len(values) >= REQUESTS_MIN // 2])


def _growth(first: npt.NDArray[np.float64], last: npt.NDArray[np.float64], seed: int) -> tuple[float, float, float]:
    """Lower bound, point and upper bound (one-sided each) of the growth."""
    random = np.random.default_rng(seed)
    before, after = np.log(first), np.log(last)
    drawn = [one[random.integers(0, len(one), (RESAMPLES, len(one)))].mean(axis=1) for one in (after, before)]
    low, high = np.quantile(drawn[0] - drawn[1], [1 - CONFIDENCE, CONFIDENCE])
    return math.expm1(low), math.expm1(after.mean() - before.mean()), math.expm1(high)


def _judgement(
    limit: float,
    n: int,
    measured: float | None = None,
    bound: float | None = None,
    verdict: Verdict = Verdict.INCONCLUSIVE,
    doubt: Doubt | None = None,
) -> Judgement:
    return Judgement(
        objective="api.drift",
        endpoint=API,
        measure="drift",
        verdict=verdict,
        n=n,
        bad=0,
        limit=limit,
        unit="ratio",
        measured=measured,
        bound=bound,
        code=doubt.code if doubt else "",
        why=doubt.why if doubt else "",
    )
