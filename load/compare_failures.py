"""Does the new build fail more often than the old one? Over all calls of a comparison. Pure.

A burst of failures in one block is many failures and one event: so both tests must agree, Fisher's, for which each
request is on its own, and the sign-flip test, for which each pair of blocks is.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from load.block_figures import CallBlocks, silent
from load.blocks import PAIRS
from load.compared import Change, Row
from load.offered import API
from load.sign_flip import sign_flip

MORE_MAX = 0.01
"""By how much the share of failures may at most be higher for "no regression", with 95 % confidence."""
_SURE = 0.95


def failures_row(calls: Sequence[CallBlocks], alpha: float) -> Row:
    """The share of failed requests of all calls together."""
    n, bad = sum(call.n for call in calls), sum(call.bad for call in calls)
    assert isinstance(n, np.ndarray) and isinstance(bad, np.ndarray)
    whole = (n > 0).all(axis=1)
    (n_a, n_b), (bad_a, bad_b) = n.sum(axis=0).tolist(), bad.sum(axis=0).tolist()
    row = Row(API, "error_rate", Change.CANNOT_TELL, n_a, n_b, bad_a, bad_b, pairs=int(whole.sum()))
    if why := silent(n_a, n_b):
        return replace(row, code="load.no_traffic", why=why)
    row = replace(row, a=bad_a / n_a, b=bad_b / n_b)
    if row.pairs < PAIRS:
        why = f"{row.pairs} pairs are whole, {PAIRS} are needed: let the run come to its end"
        return replace(row, code="load.too_few_pairs", why=why)
    more = bad[whole][:, 1] / n[whole][:, 1] - bad[whole][:, 0] / n[whole][:, 0]
    differ = more[more != 0]  # a pair without failures has no sign to flip
    by_pairs = float(sign_flip(differ).p[0]) if len(differ) else 1.0
    by_requests = float(stats.fisher_exact([[bad_b, n_b - bad_b], [bad_a, n_a - bad_a]], alternative="greater").pvalue)
    row = replace(row, p=max(by_pairs, by_requests))
    what = f"{bad_b} of {n_b} failed at the new build, {bad_a} of {n_a} at the old one"
    if row.p is not None and row.p <= alpha:
        return replace(row, verdict=Change.REGRESS, code="load.more_failures", why=what)
    highest = _highest(bad_b, n_b) - _lowest(bad_a, n_a)
    if highest >= MORE_MAX:
        why = f"{what}: that may be up to {highest * 100:.1f} % of all more; more pairs would tell"
        return replace(row, code="load.too_few", why=why)
    return replace(row, verdict=Change.NO_REGRESSION, why=what)


def _highest(bad: int, n: int) -> float:
    """The exact (Clopper-Pearson) upper limit of a share."""
    return float(stats.beta.ppf(_SURE, bad + 1, n - bad)) if bad < n else 1.0


def _lowest(bad: int, n: int) -> float:
    return float(stats.beta.ppf(1 - _SURE, bad, n - bad + 1)) if bad else 0.0
