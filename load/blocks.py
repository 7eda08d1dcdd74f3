"""The plan of a comparison: two targets asked in turn, in blocks A B B A, so that drift meets both alike. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from checks.target import Target
from load.guard import Limits
from load.load_profile import Profile
from load.plan import Plan, PlannedStage, Side
from load.planning import TIMEOUT_S_MIN, endpoints_of
from load.schedule import users_for

PAIRS = 8
"""The fewest (reference: load): chance alone makes all eight differ to one side once in 256 runs."""
PAIRS_MAX = 200
BLOCK_S = 12.0
"""So that at 50/s of everyday's mix a block counts 55 fresh questions and 22 looks at /ready: a p95 takes 20 at least.

Eight pairs with their pauses last 215 s: less than two runs of the baseline, one for each build.
"""
SETTLES_S = 1.0
"""The first second of a block is asked and not counted: connections, and what the machine did for the other side."""
WARM_S = 3.0
WARM_UP = "warm-up"
"""Each side is asked for so long before the first block: the side that is asked first would pay for what is cold."""
GAP_S = 1.0
"""The pause after a block: what was asked there is answered before the other side is asked. Objectives are <= 2 s."""


def compared_plan_of(
    profile: Profile,
    targets: Mapping[Side, Target],
    limits: Mapping[Side, Limits],
    *,
    seed: int,
    pairs: int = PAIRS,
    block_s: float = BLOCK_S,
    gap_s: float = GAP_S,
) -> Plan:
    """The plan that compares side "b", the new one, with side "a", the old one, at the profile's highest rate.

    Only calls that both have are asked. Raises LoadRefused, and ValueError where there is nothing to compare.
    """
    if not PAIRS <= pairs <= PAIRS_MAX:
        raise ValueError(f"a comparison takes {PAIRS} to {PAIRS_MAX} pairs of blocks, not {pairs}")
    if block_s < 2 * SETTLES_S:
        raise ValueError(f"a block lasts {2 * SETTLES_S:g} s or more, not {block_s:g}: its first second is not counted")
    if gap_s < 0:
        raise ValueError(f"the pause between two blocks is 0 s or more, not {gap_s:g}")
    rate_per_s = profile.rate_max_per_s
    stages = _blocks(pairs, block_s, gap_s, rate_per_s)
    for side in targets:
        limits[side].allow(rate_per_s, stages[-1].to_s)
    both = _of_both(profile, targets)
    return Plan(
        profile=profile.name,
        seed=seed,
        users=users_for(rate_per_s, profile.period_s),
        timeout_s=max(TIMEOUT_S_MIN, *(target.timeout_s for target in targets.values())),
        endpoints=tuple(one for side, target in targets.items() for one in endpoints_of(both, target, side)),
        stages=stages,
    )


def pairs_of(plan: Plan) -> tuple[tuple[int, int], ...]:
    """The blocks that belong together: the numbers of the stages on side "a" and "b", pair after pair."""
    blocks = [number for number, stage in enumerate(plan.stages) if stage.name != WARM_UP]
    pairs = zip(blocks[::2], blocks[1::2], strict=False)
    return tuple((m, n) if plan.stages[m].side == "a" else (n, m) for m, n in pairs)


def _blocks(pairs: int, block_s: float, gap_s: float, rate_per_s: float) -> tuple[PlannedStage, ...]:
    order: list[Side] = ["a", "b"]
    for pair in range(pairs):
        order += ("a", "b") if pair % 2 == 0 else ("b", "a")
    stages, at_s = list[PlannedStage](), 0.0
    for number, side in enumerate(order):
        lasts_s, name = (WARM_S, WARM_UP) if number < 2 else (block_s, "")
        stages.append(PlannedStage(from_s=at_s, to_s=at_s + lasts_s, rate_per_s=rate_per_s, side=side, name=name))
        at_s += lasts_s + gap_s
    return tuple(stages)


def _of_both(profile: Profile, targets: Mapping[Side, Target]) -> Profile:
    names = [{one.name for one in endpoints_of(profile, target, side)} for side, target in targets.items()]
    if len(names) != 2:
        raise ValueError("a comparison is between two targets, an old one and a new one")
    if not (common := names[0] & names[1]):
        raise ValueError(f"the two targets have none of the calls of profile {profile.name!r} in common")
    return replace(profile, mix=tuple(share for share in profile.mix if share.call in common))
