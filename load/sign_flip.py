"""The sign-flip permutation test of paired differences, and the confidence limits that follow from it. Pure.

If A and B are alike, each difference could as well have had the other sign. The limits are the ordered means of the
subsets of the differences. SOURCE: J. A. Hartigan, "Using subsample values as typical values", JASA 64 (1969).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

EXACT_PAIRS_MAX = 12
"""Up to here all subsets (4,095) are looked at; beyond, as many that a seed draws."""
DRAWN = 2**EXACT_PAIRS_MAX - 1
_SEED = 7

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SignFlip:
    """What the test says; the arrays have one entry a row of what was tested."""

    mean: Floats
    lower: Floats
    """One-sided: with this confidence the truth is not below; -inf where so few pairs cannot say."""
    upper: Floats
    p: Floats
    """How often a mean as high or higher came of the flipped signs."""


def sign_flip(differences: Floats, lower_alpha: float = 0.05, upper_alpha: float = 0.05) -> SignFlip:
    """Tests whether the mean of paired differences is above 0. The last axis is the pairs; each row is a test."""
    rows = np.atleast_2d(differences)
    subsets = _subsets(rows.shape[-1])
    means = np.sort(rows @ subsets.T, axis=-1)
    outcomes = len(subsets) + 1  # with the subset of none, which is what was seen
    return SignFlip(
        mean=rows.mean(axis=-1),
        lower=_ordered(means, int(lower_alpha * outcomes + 1e-9)),
        upper=-_ordered(-means[:, ::-1], int(upper_alpha * outcomes + 1e-9)),
        p=(1 + (means <= 1e-12).sum(axis=-1)) / outcomes,
    )


def _ordered(means: Floats, rank: int) -> Floats:
    """The mean of this rank, from 1; the test excludes nothing where the rank is 0."""
    return means[:, rank - 1] if rank else np.full(len(means), -np.inf)


@cache
def _subsets(pairs: int) -> Floats:
    """One row a subset, each member weighted so that the sum is its mean."""
    if pairs <= EXACT_PAIRS_MAX:
        members = (np.arange(1, 2**pairs)[:, None] >> np.arange(pairs)) & 1
    else:
        members = np.random.default_rng(_SEED).integers(0, 2, size=(DRAWN, pairs))
        members[members.sum(axis=1) == 0, 0] = 1
    weights: Floats = members / members.sum(axis=1, keepdims=True)
    return weights
