"""How bad a share of requests may really be, given what was seen: exact bounds, and those that allow for bursts. Pure.

Every bound is one-sided, 95 %. The exact one (Clopper and Pearson) takes requests to be independent. They are not: what
is slow comes in bursts. So blocks of a second are drawn anew (bootstrap), and the wider bound counts. What a run did
not meet no bound can show: where the bursts are so rare that many a run has none, such a run passes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, norm
from scipy.stats import t as student

CONFIDENCE = 0.95
RESAMPLES = 2000
BLOCK_S = 1.0
BLOCKS_MAX = 3600
"""A run of more than an hour has longer blocks, so that drawing them stays cheap."""
REQUESTS_MAX = 10**9

Bad = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Bounds:
    """The share of bad requests is at least `low`, and at most `high`: each with 95 % confidence."""

    low: float
    high: float

    def wider(self, other: "Bounds") -> "Bounds":
        return Bounds(min(self.low, other.low), max(self.high, other.high))


def exact(bad: float, n: float) -> Bounds:
    """Of `bad` independent ones of `n` (Clopper-Pearson; `n` may be an effective number). Nothing known of none."""
    if n <= 0:
        return Bounds(0.0, 1.0)
    low = float(beta.ppf(1 - CONFIDENCE, bad, n - bad + 1)) if bad > 0 else 0.0
    high = float(beta.ppf(CONFIDENCE, bad + 1, n - bad)) if bad < n else 1.0
    return Bounds(low, high)


def requests_needed(share: float, allowed: float, spread: float = 1.0) -> int | None:
    """How many requests prove it if this share of them is bad. None: no number does.

    `spread`: by how much the bursts of this run inflate the variance (`Blocks.spread`).
    """
    if share >= allowed:
        return None

    def too_few(n: int) -> bool:
        return exact(math.ceil(share * n) / spread, n / spread).high > allowed

    least = 1
    while too_few(least):
        least *= 2
        if least > REQUESTS_MAX:
            return None
    return 1 + (_last(lambda n: too_few(n + least // 2), least // 2) or 0) + least // 2 if least > 1 else 1


class Blocks:
    """The blocks of a run, and how often each came up in each of the draws: the same ones for all that is asked."""

    def __init__(self, at_s: npt.NDArray[np.float64], *, seed: int, later_s: npt.ArrayLike = ()) -> None:
        """`at_s`: when each request was due. `later_s`: when those are that nobody made, and that count as good."""
        later = np.asarray(later_s, dtype=float)
        every = np.concatenate([at_s, later])
        first = float(every.min()) if len(every) else 0.0
        span_s = float(every.max()) - first if len(every) else 0.0
        block_s = max(BLOCK_S, math.ceil(span_s / BLOCKS_MAX))
        _, number = np.unique(((every - math.floor(first)) // block_s).astype(int), return_inverse=True)
        self._block = number[: len(at_s)]
        self._n = np.bincount(number)
        self.n = len(every)
        self.count = len(self._n)
        self._drawn = _drawn(self.count, np.random.default_rng(seed))
        self._drawn_n = self._drawn @ self._n.astype(np.float32)

    def bounds(self, bad: Bad) -> Bounds:
        """Of the share of bad ones, `bad` in the order of `at_s`: the widest of exact, drawn, and exact at spread."""
        total = int(bad.sum())
        bounds = exact(total, self.n)
        if 0 < total < self.n and self.count > 1:
            shares = self._shares(bad)
            bounds = bounds.wider(Bounds(*map(float, np.quantile(shares, [1 - CONFIDENCE, CONFIDENCE]))))
            spread = self._spread(total, shares)
            bounds = bounds.wider(exact(total / spread, self.n / spread))
        return bounds

    def spread(self, bad: Bad) -> float:
        """By how much bursts inflate the variance of the share: 1 for independent requests, never less."""
        total = int(bad.sum())
        return self._spread(total, self._shares(bad)) if 0 < total < self.n and self.count > 1 else 1.0

    def _shares(self, bad: Bad) -> npt.NDArray[np.float64]:
        per_block = np.bincount(self._block, weights=bad, minlength=self.count)
        return ((self._drawn @ per_block.astype(np.float32)) / self._drawn_n).astype(np.float64)

    def _spread(self, total: int, shares: npt.NDArray[np.float64]) -> float:
        """The design effect, as Korn and Graubard use it (Survey Methodology 24, 1998).

        The quantiles of the draws alone are too narrow where few blocks are bad.
        """
        share = total / self.n
        plain = share * (1 - share) / self.n
        few = float(student.ppf(CONFIDENCE, self.count - 1) / norm.ppf(CONFIDENCE)) ** 2
        return max(1.0, float(shares.var()) * self.count / (self.count - 1) / plain * few)


def value_at(values: npt.NDArray[np.float64], holds: Callable[[float], bool]) -> float:
    """The smallest of the sorted values at which `holds` (which stays true from there on); infinite: at none."""
    index = _last(lambda n: n == 0 or not holds(float(values[n - 1])), len(values)) or 0
    return float(values[index]) if index < len(values) else math.inf


def quantile(values: npt.NDArray[np.float64], q: float) -> float:
    """The q-quantile of the sorted values: the least that at least a share q of them does not exceed."""
    return float(values[max(0, math.ceil(round(q * len(values), 6)) - 1)])


def _drawn(blocks: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """How often each block came up: one row for each draw of as many blocks as there are."""
    if not blocks:
        return np.zeros((RESAMPLES, 0), np.float32)
    rows = np.arange(RESAMPLES)[:, None] * blocks
    picked = random.integers(0, blocks, (RESAMPLES, blocks)) + rows
    return np.bincount(picked.ravel(), minlength=RESAMPLES * blocks).reshape(RESAMPLES, blocks).astype(np.float32)


def _last(holds: Callable[[int], bool], most: int) -> int | None:
    """The largest number from 0 to `most` for which `holds`, which is true up to there. None: not even for 0."""
    if not holds(0):
        return None
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
