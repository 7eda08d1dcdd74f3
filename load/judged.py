"""What the judge says of a run: one line an objective, and what the generator was worth."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Measure = Literal[
    "p50",
    "p90",
    "p95",
    "p99",
    "p99.9",
    "error_rate",
    "availability",
    "rate",
    "knee",
    "drift",
    "settles",
    "time_to_recover",
    "regression",
    "felt",
]
Unit = Literal["s", "ratio", "per_s"]


class Verdict(StrEnum):
    """Held, not held, or nobody can tell. Doubt is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Judgement:
    """One objective of one run. `measured` and `bound` are None where there was nothing to measure.

    `bound` is the end of the 95 % interval that the verdict hangs on: the upper one for what may not be exceeded, the
    lower one for what may not be fallen short of. `bad` of `n` requests did not meet the objective.
    """

    objective: str
    """Stable: endpoint and measure, "question.p95". The endpoint "api" is all of them together."""
    endpoint: str
    measure: Measure
    verdict: Verdict
    n: int
    bad: int
    limit: float
    unit: Unit
    measured: float | None = None
    bound: float | None = None
    code: str = ""
    """Why it is not a pass; stable: "load.exceeded", "load.too_few", "load.no_traffic", "load.lag", "load.rate_missed",
    "load.own_error", "load.records_lost", "load.generator_died", "load.stopped"; of a comparison those of
    load.compared.Row; of a load through a drill "load.sick_before", "load.no_recovery", "load.not_recovered",
    "load.drill_doubtful", "load.events_missing", "load.no_step", "load.fault_not_felt", "load.too_short",
    "load.served_before"."""
    why: str = ""
    """One sentence for a person: what was measured against what; for doubt, what would be needed."""


@dataclass(frozen=True)
class GeneratorError:
    """The generator's own error, measured in the same run. Seconds; None: not measured.

    `lag`: how late requests that could have been sent were sent. `own_error`: what was measured at the endpoint of
    known latency, less that latency.
    """

    processes: int
    planned: int
    made: int
    lag_p50_s: float | None
    lag_p99_s: float | None
    own_error_p50_s: float | None
    own_error_p99_s: float | None
    cpu_s: float = 0.0

    @property
    def achieved(self) -> float:
        """Share of the planned requests that were made."""
        return self.made / self.planned if self.planned else 0.0
