"""Comparisons that never ran: their plan, their records; and what the pairs of a real one say."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from checks.target import Api, OpenAI, Target
from load.block_figures import call_blocks
from load.blocks import PAIRS, compared_plan_of
from load.compare import compare
from load.compared import Comparison, Row
from load.guard import Limits
from load.load_profile import CallName, Profile, Share, Stage
from load.plan import RECORDS_FILE, Ended, Plan, Side, read_plan
from load.records import RECORD, Answered, Records, read_records
from load.yardstick import HOLDS_S

BEGINS_AT = 1_700_000_000.0
FRESH = (Share(CallName.QUESTION_FRESH, 1.0),)
OLD = Target(name="old", api=Api(url="http://127.0.0.1:8000", query="/q"), openai=OpenAI(paid=False))
NEW = Target(name="new", api=Api(url="http://127.0.0.1:9000", query="/q"), openai=OpenAI(paid=False))
Floats = npt.NDArray[np.float64]
Alter = Callable[[Records, int, Side], None]
"""Changes the records of a block in place: of its number (from 0; the warm-ups: below) and its side."""
WARM_UPS = 2


def plan_for(
    mix: tuple[Share, ...] = FRESH,
    rate_per_s: float = 30.0,
    *,
    targets: Mapping[Side, Target] | None = None,
    pairs: int = PAIRS,
    block_s: float = 5.0,
    gap_s: float = 1.0,
) -> Plan:
    """The plan of a comparison of OLD with NEW."""
    sides: Mapping[Side, Target] = targets or {"a": OLD, "b": NEW}
    limits = {side: Limits.of(target) for side, target in sides.items()}
    profile = Profile("baseline", (Stage(rate_per_s, 60),), mix=mix)
    plan = compared_plan_of(profile, sides, limits, seed=1, pairs=pairs, block_s=block_s, gap_s=gap_s)
    return msgspec.structs.replace(plan, begins_at=BEGINS_AT)


def records_for(plan: Plan, alter: Alter = lambda block, number, side: None, *, seed: int = 1) -> Records:
    """What such a plan leaves where every call takes about 80 ms: lognormal, a little drift, all answered."""
    random = np.random.default_rng(seed)
    blocks = [_own_error(plan)]
    for number, stage in enumerate(plan.stages):
        n = round(stage.rate_per_s * stage.lasts_s)
        block = np.zeros(n, dtype=RECORD)
        block["intended"] = block["start"] = BEGINS_AT + np.linspace(stage.from_s, stage.to_s, n, endpoint=False)
        block["end"] = block["intended"] + random.lognormal(np.log(0.08) + 0.002 * number, 0.15, n)
        numbers = [k for k, one in enumerate(plan.endpoints) if one.side == stage.side]
        shares = np.array([plan.endpoints[k].fraction for k in numbers])
        block["endpoint"] = random.permuted(np.repeat(numbers, np.ceil(shares * n).astype(int))[:n])
        block["answered"], block["status"] = Answered.WELL, 200
        alter(block, number - WARM_UPS, stage.side)
        blocks.append(block)
    return np.concatenate(blocks)


def slower_by(share: float, side: Side = "b", *, endpoint: int | None = None) -> Alter:
    """Makes what one side answers later by this share."""

    def alter(block: Records, number: int, asked: Side) -> None:
        if asked == side:
            mine = block["endpoint"] == endpoint if endpoint is not None else np.full(len(block), True)
            latency_s = (block["end"] - block["intended"])[mine]
            block["end"][mine] = block["intended"][mine] + latency_s * (1 + share)

    return alter


def ended_for(plan: Plan, records: Records, **other: int) -> Ended:
    """What a healthy generator says of these."""
    said = {"made": len(records), "written": len(records), "processes": 1, "finished": 1, **other}
    return Ended(begins_at=BEGINS_AT, **said)


def judged(plan: Plan, records: Records, **ended: int) -> Comparison:
    """What is said of these, of a generator that is healthy but for what is given."""
    return compare(plan, records, ended_for(plan, records, **ended))


def rows_of(found: Comparison) -> Mapping[str, Row]:
    """By call and measure: "health.p95"."""
    return {f"{row.endpoint}.{row.measure}": row for row in found.rows}


def log_ratios(folder: Path) -> list[float]:
    """The log of B's p95 over A's, pair by pair, of the first call of a run."""
    plan, records = read_plan(folder / "plan.json"), read_records(folder / RECORDS_FILE)
    p95_s = call_blocks(plan, records)[0].p95_s
    logs = np.log(p95_s[:, 1] / p95_s[:, 0])
    return [float(log) for log in logs[np.isfinite(logs)]]


def simulated_log_ratios(runs: int, slower: float, *, pairs: int, seed: int, requests: int = 120) -> Floats:
    """Runs x pairs of log ratios of p95s, as real machines make them.

    Latencies are lognormal; their level drifts over the run by up to 20 % and wanders from block to block (AR(1), 0.5);
    in one block of twenty, half of the requests take three times as long.
    """
    random = np.random.default_rng(seed)
    blocks = 2 * pairs
    level = random.uniform(-0.2, 0.2, (runs, 1)) * np.linspace(0, 1, blocks)
    wander = np.zeros((runs, blocks))
    shocks = random.normal(0, 0.05, (runs, blocks))
    wander[:, 0] = shocks[:, 0] / np.sqrt(1 - 0.5**2)
    for block in range(1, blocks):
        wander[:, block] = 0.5 * wander[:, block - 1] + shocks[:, block]
    latency = random.normal(0, 0.3, (runs, blocks, requests)) + (level + wander)[..., None]
    burst = (random.random((runs, blocks)) < 0.05)[..., None] & (random.random(latency.shape) < 0.5)
    p95 = np.quantile(latency + burst * np.log(3), 0.95, axis=-1, method="inverted_cdf")
    first, second = p95[:, 0::2], p95[:, 1::2]
    sign = np.where(np.arange(pairs) % 2 == 0, 1, -1)
    ratios: Floats = (second - first) * sign + np.log1p(slower)
    return ratios


def _own_error(plan: Plan) -> Records:
    block = np.zeros(round(plan.lasts_s * plan.yardstick_per_s), dtype=RECORD)
    block["intended"] = block["start"] = BEGINS_AT + np.linspace(0, plan.lasts_s, len(block), endpoint=False)
    block["end"], block["endpoint"], block["status"] = block["start"] + HOLDS_S + 0.001, len(plan.endpoints), 200
    return block
