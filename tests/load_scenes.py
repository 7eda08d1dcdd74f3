"""Runs of load that the pictures are looked at with: one of each kind that a report has to show."""

import numpy as np

from load.load_file import LoadFile, LoadMark
from load.plan import PlannedStage
from load.records import Answered
from tests.load_runs import Calls, Times, calls, frozen, judged, plan_for, written

FIVE = ("question", "question_fresh", "question_edgar", "health", "ready")


def healthy() -> LoadFile:
    """Two minutes of 50 a second, all within the objective."""
    judgements = [
        judged("question", "p95", 5.0),
        judged("question", "p99", 8.0),
        judged("question", "error_rate", 0.01),
    ]
    return written(plan_for(["question"], 120.0), [calls(50, 0, 120)], judgements=judgements)


def freeze() -> LoadFile:
    """The service does nothing for five seconds."""
    judgements = [judged("question", "p95", 1.0, "fail"), judged("question", "p99", 2.0, "fail")]
    judgements += [judged("api", "p50", 0.1)]
    one = calls(100, 0, 60).after(frozen(30, 5))
    return written(plan_for(["question"], 60.0), [one], judgements=judgements)


def staircase() -> LoadFile:
    """Twelve stages, each faster; from the ninth on the service cannot follow."""
    stages = [
        PlannedStage(from_s=20.0 * n, to_s=20.0 * n + 20, rate_per_s=50.0 * (n + 1), name=f"stage {n + 1}")
        for n in range(12)
    ]
    parts = [calls(stage.rate_per_s, stage.from_s, stage.to_s, seed=n) for n, stage in enumerate(stages)]
    one = Calls(
        np.concatenate([part.at_s for part in parts]),
        np.concatenate([part.took_s for part in parts]),
        np.concatenate([part.answered for part in parts]),
        np.concatenate([part.status for part in parts]),
    )

    def late(at_s: Times, took_s: Times) -> Times:
        slower: Times = took_s * (1 + np.exp((at_s - 150) / 12))
        return slower

    random = np.random.default_rng(3)
    one = one.after(late)
    one = one.failing(
        (one.took_s > 15) | (random.random(len(one.at_s)) < (one.at_s - 190) / 200), Answered.TIMED_OUT, 0, 15
    )
    one = one.failing(random.random(len(one.at_s)) < (one.at_s - 170) / 300, Answered.WRONG_STATUS, 503)
    judgements = [judged("question", "p95", 1.0, "fail"), judged("api", "knee", 400.0, "pass", unit="per_s")]
    return written(plan_for(["question"], 240.0, stages=stages), [one], judgements=judgements)


def recovery() -> LoadFile:
    """A fault under load: calls fail, the runbook's steps are run, all is well again."""
    marks = [
        LoadMark(label="fault: the API's container is killed", at_s=40.0, kind="fault"),
        LoadMark(label="noticed: api_is_reachable", at_s=41.5, kind="step"),
        LoadMark(label="step: restart-api", at_s=55.0, kind="step"),
        LoadMark(label="step: verify", at_s=58.0, kind="step"),
        LoadMark(label="recovered", at_s=61.0, kind="recovered"),
        LoadMark(label="settled", at_s=64.0, kind="recovered"),
    ]
    one = calls(40, 0, 120)
    dead = (one.at_s >= 40) & (one.at_s < 60)
    one = one.failing(dead, Answered.NO_ANSWER).failing(dead & (one.at_s < 42), Answered.TIMED_OUT, 0, 15.0)
    one = one.failing((one.at_s >= 60) & (one.at_s < 62) & (np.arange(len(one.at_s)) % 3 == 0), Answered.FALLBACK, 200)
    judgements = [judged("question", "p95", 5.0, "fail"), judged("question", "settles", 30.0, unit="s")]
    return written(plan_for(["question"], 120.0), [one], judgements=judgements, marks=marks)


def many() -> LoadFile:
    """Five endpoints, each another pace."""
    each = [
        *(calls(30, 0, 120, seed=1), calls(10, 0, 120, median_s=0.05, seed=2), calls(5, 0, 120, median_s=0.4, seed=3)),
        *(calls(5, 0, 120, median_s=0.0008, seed=4), calls(3, 0, 120, median_s=0.002, seed=5)),
    ]
    judgements = [judged("api", "p95", 5.0)]
    judgements += [judged(name, measure, limit) for name in FIVE[:2] for measure, limit in (("p95", 5.0), ("p99", 8.0))]
    judgements += [judged("question_edgar", "p95", 10.0, "inconclusive"), judged("health", "p95", 0.1)]
    judgements += [judged("ready", "p95", 0.1)]
    return written(plan_for(FIVE, 120.0), each, judgements=judgements)


def comparison() -> LoadFile:
    """Two builds by turns, ABBA; the second is slower."""
    turns = "ABBAABBAABBA"
    each = []
    for side, median_s in (("A", 0.020), ("B", 0.032)):
        parts = [
            calls(50, 10.0 * n, 10.0 * n + 10, median_s=median_s, seed=n)
            for n, turn in enumerate(turns)
            if turn == side
        ]
        each.append(
            Calls(
                np.concatenate([part.at_s for part in parts]),
                np.concatenate([part.took_s for part in parts]),
                np.concatenate([part.answered for part in parts]),
                np.concatenate([part.status for part in parts]),
            )
        )
    each[1] = each[1].failing(np.arange(len(each[1].at_s)) % 100 == 0, Answered.WRONG_STATUS, 500)
    plan = plan_for(["question"], 120.0, sides=("a", "b"))
    return written(plan, each, judgements=[judged("question", "p95", 5.0)], target="reference:1.0 and reference:1.1")


def nothing() -> LoadFile:
    """No call was made."""
    return written(plan_for(["question"], 30.0), [], judgements=[judged("question", "p95", 5.0, "inconclusive", n=0)])


SCENES = {one.__name__: one for one in (healthy, freeze, staircase, recovery, many, comparison, nothing)}
