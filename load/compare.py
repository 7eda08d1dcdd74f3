"""Is the new build worse than the old one? Judges the records of a run that asked both in turn.

    compared_run(folder)        # plan.json, records.bin and ended.json of one run

SOURCE of the rule (reference: load): B regresses if its p95 is surely higher (the lower limit is above 0) and higher by
more than 10 %; it does not if the upper limit is below 10 %; in between nobody can tell.
"""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from load.block_figures import CallBlocks, call_blocks, ran_over, silent
from load.blocks import PAIRS, SETTLES_S, pairs_of
from load.compare_failures import failures_row
from load.compared import Change, Comparison, Row
from load.doubts import doubt_of_run, generator_error
from load.offered import fewest, judged
from load.plan import YARDSTICK, Ended, Plan, Side
from load.records import Records
from load.sign_flip import SignFlip, sign_flip
from load.verdict import read_run

ALPHA = 0.05
ALPHA_UPPER = 0.04
"""A fifth of that 5 % is kept for what the test does not know: that blocks are like their neighbours."""
WORSE_MAX = 0.10
"""What a p95 may be higher by."""
REQUESTS_MIN = 20
"""In a block: of fewer, the p95 is the slowest one (1 / (1 - 0.95))."""
FAILED_S = 1e9
"""Stands for a p95 that is of failures: later than any that was answered."""
RATIO_MAX = 1000.0
"""Beyond, the ratio is one of failures."""
LAG_SHARE_MAX = 0.10
"""Of a call's p95: what the generator adds to both sides makes +10 % look like +9 %, and not less."""
MORE_PAIRS_MAX = 200

_LOG_MAX = float(np.log1p(WORSE_MAX))


def compared_run(folder: Path) -> Comparison:
    """What the run in this folder says. Raises RunError where there is none, and ValueError for one of another kind."""
    run = read_run(folder)
    return compare(run.plan, run.records, run.ended)


def compare(plan: Plan, records: Records, ended: Ended | None) -> Comparison:
    """Judges these records. `ended` is None where the generator did not come to its end.

    Raises ValueError for the plan of another kind of run.
    """
    if {stage.side for stage in plan.stages} != {"a", "b"}:
        raise ValueError(f"this run of profile {plan.profile!r} asked one target: there is nothing to compare")
    calls = call_blocks(plan, records)
    alpha = ALPHA / (len(calls) + 1)  # one false alarm in twenty for all the rows together
    rows = (*(_row(call, plan, alpha) for call in calls), failures_row(calls, alpha))
    code, why = _doubt(plan, records, ended, worse=any(row.verdict is Change.REGRESS for row in rows))
    if code:
        rows = tuple(replace(row, verdict=Change.CANNOT_TELL, code=code, why=why) for row in rows)
    return Comparison(
        a=_where(plan, "a"),
        b=_where(plan, "b"),
        rows=rows,
        pairs=len(pairs_of(plan)),
        block_s=plan.stages[-1].lasts_s,
        rate_per_s=plan.stages[-1].rate_per_s,
        generator=generator_error(records, plan, ended),
        code=code,
        why=why,
    )


def judged_ratio(found: SignFlip, row: int = 0) -> Change:
    """The rule, for log ratios of the blocks' p95s."""
    if found.lower[row] > 0 and found.middle[row] > _LOG_MAX:
        return Change.REGRESS
    return Change.NO_REGRESSION if found.upper[row] < _LOG_MAX else Change.CANNOT_TELL


def _row(call: CallBlocks, plan: Plan, alpha: float) -> Row:
    of_failures = np.isinf(call.p95_s)
    asked = (call.n > 0).all(axis=1) & (call.cut_off == 0).all(axis=1)
    whole = asked & ~of_failures.all(axis=1)
    (n_a, n_b), (bad_a, bad_b) = call.n.sum(axis=0).tolist(), call.bad.sum(axis=0).tolist()
    row = Row(call.name, "p95", Change.CANNOT_TELL, n_a, n_b, bad_a, bad_b, pairs=int(whole.sum()))
    if why := silent(n_a, n_b):
        return replace(row, code="load.no_traffic", why=why)
    in_block = float(call.n.mean())
    row = replace(row, scarce=in_block < REQUESTS_MIN)
    a, b = (float(np.median(side)) for side in call.p95_s[asked].T) if asked.any() else (np.nan, np.nan)
    many = f"in {int(of_failures.any(axis=1).sum())} pairs the p95 is of failures: see the line of the failures"
    if np.isinf((a, b)).any() or (asked.sum() >= PAIRS > row.pairs):
        return replace(row, code="load.failures", why=many)
    row = replace(row, a=a, b=b) if asked.any() else row
    if row.pairs < PAIRS:
        why = f"{row.pairs} pairs are whole, {PAIRS} are needed: let the run come to its end"
        scarce = replace(row, code="load.too_few", why=_too_few(plan, in_block))
        return scarce if row.scarce else replace(row, code="load.too_few_pairs", why=why)
    logs = np.log(np.where(of_failures, FAILED_S, call.p95_s)[whole])
    found = sign_flip(logs[:, 1] - logs[:, 0], alpha, ALPHA_UPPER)
    if abs(found.middle[0]) > np.log(RATIO_MAX):
        return replace(row, code="load.failures", why=many)
    ratio, lower, upper = (float(np.exp(log[0])) for log in (found.middle, found.lower, found.upper))
    row = replace(row, ratio=ratio, lower=lower, upper=upper, p=float(found.p[0]))
    lag_share = call.lag_p95_s / a
    if lag_share > LAG_SHARE_MAX:
        why = f"the generator was late by {lag_share * 100:.0f} % of the p95: ask at a lower rate or give it cores"
        return replace(row, code="load.lag", why=why)
    return _judged(row, found, plan, in_block)


def _judged(row: Row, found: SignFlip, plan: Plan, in_block: float) -> Row:
    verdict = judged_ratio(found)
    slower = f"{np.expm1(found.middle[0]) * 100:+.1f} %"
    if verdict is Change.REGRESS:
        why = f"the new build's p95 is {slower}, and surely above the old one's; allowed: +10 %"
        return replace(row, verdict=verdict, code="load.slower", why=why)
    if row.scarce:
        return replace(row, code="load.too_few", why=_too_few(plan, in_block))
    if verdict is Change.NO_REGRESSION:
        return replace(row, verdict=verdict, why=f"the new build's p95 is {slower}, surely less than +10 %")
    return replace(row, code="load.too_few", why=f"{slower} so far; {more_pairs(found, row.pairs)}")


def more_pairs(found: SignFlip, pairs: int) -> str:
    """What it would take to tell: the limits close in with the root of the number of pairs."""
    middle, lower, upper = float(found.middle[0]), float(found.lower[0]), float(found.upper[0])
    if middle > _LOG_MAX:
        needed = pairs * ((middle - lower) / middle) ** 2
    else:
        needed = pairs * ((upper - middle) / (_LOG_MAX - middle)) ** 2 if middle < _LOG_MAX else np.inf
    if not needed < MORE_PAIRS_MAX:
        return f"too near to +10 % or too unsteady: more than {MORE_PAIRS_MAX} pairs would be needed; make it steadier"
    return f"about {max(pairs + 2, 2 * int(np.ceil(needed / 2)))} pairs would tell (these were {pairs})"


def _too_few(plan: Plan, in_block: float) -> str:
    stage = plan.stages[-1]
    block_s = (stage.lasts_s - SETTLES_S) * REQUESTS_MIN / in_block + SETTLES_S if in_block else np.inf
    what = f"{in_block:.0f} in a block; the p95 of a block takes {REQUESTS_MIN}"
    return f"{what}: blocks of {np.ceil(block_s):.0f} s" if np.isfinite(block_s) else what


def _doubt(plan: Plan, records: Records, ended: Ended | None, *, worse: bool) -> tuple[str, str]:
    if doubt := doubt_of_run(records, plan, ended):
        return doubt.code, doubt.why
    made = len(judged(plan, records))
    if made and made < fewest(plan):
        return "load.rate_missed", f"{made} requests of {plan.planned:.0f} were made: ask at a lower rate"
    over, worst_s = ran_over(plan, records)
    # What runs over from the new build makes the old one look slow: a regression that is found in spite of it stands.
    if over and not (worse and {plan.stages[number].side for number in over} == {"b"}):
        why = f"{len(over)} blocks ran into the next one, by up to {worst_s:.1f} s: ask for a longer pause"
        return "load.ran_over", why
    return "", ""


def _where(plan: Plan, side: Side) -> str:
    url = next((one.url for one in plan.endpoints if one.side == side and one.name != YARDSTICK), "")
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))
