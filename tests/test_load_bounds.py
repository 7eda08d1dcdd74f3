"""The bounds of a share: the reference's table, and what they are worth when the truth is known."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import binomtest

from load.bounds import Blocks, exact, quantile, requests_needed, value_at


@pytest.mark.parametrize(
    ("n", "bad"), [(298, None), (299, 0), (472, 0), (473, 1), (1000, 4), (3000, 20), (10_000, 83), (0, None)]
)
def test_the_most_bad_of_n_for_p99(n: int, bad: int | None) -> None:
    most = -1 if bad is None else bad
    assert bad is None or exact(most, n).high <= 0.01
    assert exact(most + 1, n).high > 0.01


@pytest.mark.parametrize(("bad", "n"), [(0, 10), (1, 10), (10, 10), (7, 1000), (999, 1000)])
def test_the_exact_bounds_are_those_of_clopper_and_pearson(bad: int, n: int) -> None:
    bounds = exact(bad, n)
    above = binomtest(bad, n, alternative="less").proportion_ci(0.95, method="exact").high
    below = binomtest(bad, n, alternative="greater").proportion_ci(0.95, method="exact").low
    assert (bounds.low, bounds.high) == pytest.approx((below, above), abs=1e-9)


def test_of_no_request_nothing_is_known() -> None:
    assert (exact(0, 0).low, exact(0, 0).high) == (0.0, 1.0)
    nothing = Blocks(np.array([]), seed=1).bounds(np.array([], dtype=bool))
    assert (nothing.low, nothing.high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("share", "allowed", "needed"), [(0.0, 0.01, 299), (0.0, 0.05, 59), (0.01, 0.01, None), (0.02, 0.01, None)]
)
def test_how_many_requests_would_be_needed(share: float, allowed: float, needed: int | None) -> None:
    assert requests_needed(share, allowed) == needed


def test_as_many_as_are_needed_would_do() -> None:
    needed = requests_needed(0.005, 0.01)
    assert needed is not None
    assert exact(math.ceil(0.005 * needed), needed).high <= 0.01
    bursts = requests_needed(0.005, 0.01, spread=4.0)
    assert bursts is not None and 3 * needed < bursts < 5 * needed


def test_bursts_widen_the_bounds_and_an_even_spread_does_not() -> None:
    at_s = np.arange(6000) / 50
    even, burst = np.zeros(6000, dtype=bool), np.zeros(6000, dtype=bool)
    even[::150] = True
    for second in (10, 40, 80, 100):
        burst[second * 50 : second * 50 + 10] = True
    blocks = Blocks(at_s, seed=1)
    assert blocks.bounds(even) == exact(40, 6000)
    assert blocks.bounds(burst).high > 1.3 * exact(40, 6000).high
    assert blocks.bounds(burst).low < 0.7 * exact(40, 6000).low


def test_requests_that_nobody_made_count_as_good_ones_of_later() -> None:
    bad = np.arange(600) % 10 == 0
    at_s = np.arange(600) / 50
    alone = Blocks(at_s, seed=1).bounds(bad)
    with_others = Blocks(at_s, seed=1, later_s=12 + np.arange(5400) / 50).bounds(bad)
    assert alone.low > 0.05
    assert with_others.low < 0.01


def test_a_run_of_hours_has_no_more_blocks_than_can_be_drawn() -> None:
    assert Blocks(np.arange(0.0, 8 * 3600, 2.0), seed=1).count <= 3600


def test_the_same_seed_gives_the_same_bounds() -> None:
    at_s, bad = np.arange(3000) / 50, np.arange(3000) % 90 < 3
    assert Blocks(at_s, seed=7).bounds(bad) == Blocks(at_s, seed=7).bounds(bad)


def test_the_bound_of_a_quantile_is_the_value_at_which_the_share_is_proven() -> None:
    values = np.sort(np.arange(1, 1001) / 1000)
    upper = value_at(values, lambda limit: exact(int((values > limit).sum()), 1000).high <= 0.05)
    bad = max(bad for bad in range(100) if exact(bad, 1000).high <= 0.05)
    assert upper == values[1000 - bad - 1]
    assert value_at(values[:10], lambda limit: False) == math.inf
    assert quantile(values, 0.95) == 0.95


def _independent(random: np.random.Generator, n: int, share: float) -> npt.NDArray[np.bool_]:
    return random.random(n) < share


def _bursts(random: np.random.Generator, n: int, share: float, long: int) -> npt.NDArray[np.bool_]:
    """Bursts of `long` bad ones in a row, at moments that are independent of each other."""
    begins = random.random(n + long) < -math.log(1 - share) / long
    begun = np.cumsum(begins)
    return np.asarray(begun[long:] - begun[:-long] > 0)


@pytest.mark.parametrize(
    ("long", "n", "share"),
    [(1, 3000, 0.01), (1, 6000, 0.05), (5, 6000, 0.01), (10, 6000, 0.05), (25, 6000, 0.05)],
)
def test_at_the_very_limit_hardly_a_run_passes_and_hardly_one_fails(long: int, n: int, share: float) -> None:
    random = np.random.default_rng(20261127)
    runs, passed, failed = 500, 0, 0
    for run in range(runs):
        bad = _bursts(random, n, share, long) if long > 1 else _independent(random, n, share)
        bounds = Blocks(np.arange(n) / 50, seed=run).bounds(bad)
        passed += bounds.high <= share
        failed += bounds.low > share
    # 5 % and two standard errors of 500 runs
    assert passed / runs <= 0.07, (passed, failed)
    assert failed / runs <= 0.07, (passed, failed)
