"""The test of pairs: its chances and limits, and with 2,000 simulated runs its false alarms and what it sees."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from load.compare import ALPHA, ALPHA_UPPER, judged_ratio
from load.compared import Change
from load.sign_flip import sign_flip
from tests.compare_fakes import simulated_log_ratios

RUNS = 2000
WELL, WORSE = Change.NO_REGRESSION, Change.REGRESS


def by_every_flip(differences: Sequence[float]) -> float:
    """The p-value of the signed-rank test by its definition: every way to set the signs."""
    ranks = np.argsort(np.argsort(np.abs(differences))) + 1
    seen = sum(rank for rank, one in zip(ranks, differences, strict=True) if one > 0)
    ways = list(itertools.product((0, 1), repeat=len(differences)))
    return sum(bool(np.dot(way, ranks) >= seen) for way in ways) / len(ways)


@pytest.mark.parametrize("seed", range(5))
def test_the_chance_is_that_of_every_way_to_flip_the_signs(seed: int) -> None:
    differences = np.random.default_rng(seed).normal(0.1, 0.2, 8)
    assert sign_flip(differences).p[0] == pytest.approx(by_every_flip(differences.tolist()))


@pytest.mark.parametrize("pairs", [8, 11, 20])
@pytest.mark.parametrize("alpha", [0.05, 0.0083])
def test_the_limits_are_where_the_test_turns(pairs: int, alpha: float) -> None:
    differences = np.random.default_rng(pairs).normal(0.1, 0.2, pairs)
    found = sign_flip(differences, alpha, alpha)
    for limit, towards in ((found.lower[0], 1), (-found.upper[0], -1)):
        assert sign_flip(towards * differences - limit + 1e-6).p[0] <= alpha
        assert sign_flip(towards * differences - limit - 1e-6).p[0] > alpha


def test_differences_that_are_all_nothing_are_no_evidence() -> None:
    assert sign_flip(np.zeros(8)).p[0] == 1.0


def test_too_few_pairs_exclude_nothing() -> None:
    found = sign_flip(np.array([0.5, 0.6, 0.7, 0.8]))
    assert found.lower[0] == -np.inf and found.upper[0] == np.inf


LOG_MAX = np.log(1.1)


def test_the_ranks_see_what_a_burst_hides_from_the_sums() -> None:
    differences = simulated_log_ratios(RUNS, 0.2, pairs=16, seed=3)
    subsets = np.random.default_rng(1).integers(0, 2, (4095, 16))
    members = subsets[subsets.any(axis=1)]
    means = np.sort(differences @ (members / members.sum(axis=1, keepdims=True)).T, axis=1)
    by_sums = (means[:, int(ALPHA / 2 * 4096) - 1] > 0) & (differences.mean(axis=1) > LOG_MAX)
    assert by_sums.mean() + 0.15 < shares(0.2, 16)[WORSE]


def test_the_simulated_runs_would_fool_a_judge_that_looks_at_the_middle_alone() -> None:
    alike = sign_flip(simulated_log_ratios(RUNS, 0.0, pairs=8, seed=3))
    assert (alike.middle > LOG_MAX).mean() > shares(0.0, 8)[WORSE] * 3
    slower = sign_flip(simulated_log_ratios(RUNS, 0.1, pairs=8, seed=3))
    assert (slower.middle < LOG_MAX).mean() > 0.4


def shares(slower: float, pairs: int) -> Mapping[Change, float]:
    """How often each verdict falls in 2,000 simulated runs of a mix of one call."""
    found = sign_flip(simulated_log_ratios(RUNS, slower, pairs=pairs, seed=3), ALPHA / 2, ALPHA_UPPER)
    verdicts = [judged_ratio(found, run) for run in range(RUNS)]
    return {change: verdicts.count(change) / RUNS for change in Change}


@pytest.mark.parametrize("pairs", [8, 16, 32])
def test_false_alarms_are_at_most_one_in_twenty(pairs: int) -> None:
    assert shares(0.0, pairs)[WORSE] <= 0.05


@pytest.mark.parametrize("pairs", [8, 16, 32])
def test_what_is_slower_by_just_a_tenth_passes_at_most_once_in_twenty(pairs: int) -> None:
    assert shares(0.10, pairs)[WELL] <= 0.05


def test_more_pairs_see_more_in_both_directions() -> None:
    alike, slower = ([shares(by, pairs) for pairs in (8, 16, 32)] for by in (0.0, 0.2))
    assert alike[0][WELL] < alike[1][WELL] < alike[2][WELL]
    assert slower[0][WORSE] < slower[1][WORSE] < slower[2][WORSE]
    assert alike[2][WELL] > 0.9 and slower[1][WORSE] > 0.8
    assert slower[0][WELL] < 0.01
