"""Whether a run is worth going on with: not where an objective fails whatever still comes. Pure.

A run is looked at again and again, and hardly more of them fail by that: every request that is still planned counts as
good, so that what is too many bad ones by the exact bound now is so at the end.
"""

from collections.abc import Sequence

from load.bounds import exact
from load.doubts import generator_error
from load.judge import LAG_MAX, judge_so_far
from load.judged import GeneratorError, Judgement, Verdict
from load.objectives import Objective
from load.offered import due_s, expected, judged, records_of
from load.plan import Plan
from load.records import Records

LAG_SHARE_MAX = 0.5
"""Of the lag that the judge allows: with more a run goes on, for by its end nobody may believe its latencies."""


def hopeless(objectives: Sequence[Objective], records: Records, plan: Plan) -> Judgement | None:
    """How the first objective that can only fail does so, by the records so far. None: each may still hold.

    Cheap where all is well: only what fails by the exact bound is judged, bursts and all.
    """
    generator: GeneratorError | None = None
    of_endpoint: dict[str, Records] = {}
    for objective in objectives:
        if objective.endpoint not in of_endpoint:
            of_endpoint[objective.endpoint] = records_of(plan, records, objective.endpoint)
        mine = of_endpoint[objective.endpoint]
        bad = int((objective.bad(mine, plan) & objective.known(mine)).sum())
        planned = max(len(mine), round(expected(plan, objective.endpoint)))
        if not bad or exact(bad, planned).low <= objective.allowed:
            continue
        generator = generator or generator_error(records, plan, None)
        if objective.is_latency and not _in_time(generator, objective):
            continue
        now_s = float(due_s(plan, judged(plan, records)).max())
        found = judge_so_far(objective, records, plan, generator, until_s=now_s)
        if found.verdict is Verdict.FAIL:
            return found
    return None


def _in_time(generator: GeneratorError, objective: Objective) -> bool:
    """Whether the generator is so far from being late that the judge is not likely to doubt it at the end.

    What is in flight has yet to be counted, and a lag grows: a run that was stopped for nothing tells nobody anything.
    """
    return generator.lag_p99_s is not None and generator.lag_p99_s <= LAG_SHARE_MAX * LAG_MAX * objective.limit
