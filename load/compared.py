"""What a comparison says: one line a call, and one for the failures. A is the old build, B the new one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from load.judged import GeneratorError


class Change(StrEnum):
    """Whether B is worse than A. Doubt is never "no regression"."""

    REGRESS = "regress"
    NO_REGRESSION = "no regression"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Row:
    """One measure of one call in A and in B. None where there was nothing to measure.

    For the p95, `a` and `b` are the medians of the blocks' p95s in seconds, and `ratio` is the middle of those of the
    pairs. For the error rate they are shares of all requests, and there is no ratio. `lower`: 95 % sure for all lines
    together that the ratio is not below; `upper`: 95 % sure that it is not above.
    """

    endpoint: str
    """The call, or "api" for all of them."""
    measure: Literal["p95", "error_rate"]
    verdict: Change
    n_a: int
    n_b: int
    bad_a: int
    bad_b: int
    pairs: int
    """Pairs of blocks that could be used."""
    a: float | None = None
    b: float | None = None
    ratio: float | None = None
    lower: float | None = None
    upper: float | None = None
    p: float | None = None
    """How often chance alone makes B look this much worse."""
    scarce: bool = False
    """So few requests in a block that their p95 can only be found worse; the comparison's verdict leaves it aside."""
    code: str = ""
    """Why it is not "no regression"; stable: "load.slower", "load.more_failures", "load.too_few", "load.too_few_pairs",
    "load.no_traffic", "load.failures", "load.lag", and those of a whole comparison."""
    why: str = ""


@dataclass(frozen=True)
class Comparison:
    """One run that asked two builds in turn. `code` and `why`: what makes all of it doubtful ("": nothing)."""

    a: str
    """Where the old build is."""
    b: str
    """Where the new build is."""
    rows: tuple[Row, ...]
    pairs: int
    block_s: float
    rate_per_s: float
    generator: GeneratorError
    code: str = ""
    """Stable: "load.generator_died", "load.records_lost", "load.rate_missed", "load.ran_over"."""
    why: str = ""

    @property
    def verdict(self) -> Change:
        """The worst of the rows; a scarce one counts only where B is worse."""
        if any(row.verdict is Change.REGRESS for row in self.rows):
            return Change.REGRESS
        counted = [row for row in self.rows if not row.scarce]
        well = all(row.verdict is Change.NO_REGRESSION for row in counted)
        timed = any(row.measure == "p95" for row in counted)
        return Change.NO_REGRESSION if well and timed else Change.CANNOT_TELL

    @property
    def words(self) -> str:
        """The verdict as a sentence that names the builds."""
        if self.why:
            return f"cannot tell whether the new build ({self.b}) is worse than the old one ({self.a}): {self.why}"
        worse = [f"{row.endpoint} {row.measure}" for row in self.rows if row.verdict is Change.REGRESS]
        open_ = [f"{row.endpoint} {row.measure}" for row in self.rows if row.verdict is Change.CANNOT_TELL]
        match self.verdict:
            case Change.REGRESS:
                said = f"the new build ({self.b}) is worse than the old one ({self.a}): {', '.join(worse)}"
            case Change.NO_REGRESSION:
                said = f"the new build ({self.b}) is not worse than the old one ({self.a})"
            case Change.CANNOT_TELL:
                said = f"cannot tell whether the new build ({self.b}) is worse than the old one ({self.a})"
        return f"{said}; nobody can tell: {', '.join(open_)}" if open_ else said
