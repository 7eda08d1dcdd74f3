"""What a drill's fault did to users: requests that failed, the slowest answer, the error budget spent. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """What a user got. `DEGRADED`: an answer that is labelled as a fallback. `UNSENT`: too many others still waited.

    `CUT_OFF`: nobody knows what would have come, because the drill ended, or this machine could not ask.
    """

    ANSWERED = "answered"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNSENT = "unsent"
    CUT_OFF = "cut off"


@dataclass(frozen=True)
class UserAnswer:
    """One question of a user and what came of it.

    `intended_s`: when the schedule has it, monotonic. `latency_s`: from there to the end of the answer, so that a
    question which had to wait for its turn is as late as its user found it.
    """

    intended_s: float
    latency_s: float
    via: str
    result: Result
    said: str

    @property
    def failed(self) -> bool:
        return self.result in (Result.FAILED, Result.UNSENT)


@dataclass(frozen=True)
class ErrorBudget:
    """How much may fail: 1 - `availability` of the requests of `period_s`."""

    availability: float
    period_s: float

    def spent(self, failed: int, requests: int, window_s: float) -> float | None:
        """The share of the budget that a window costs, at an even rate of requests; None without a request.

        failed / requests x window_s / (period_s x (1 - availability)): a minute in which all fails costs
        60 s / (30 d x 0.5 %) = 0.46 % of it. 1 is all of it.
        """
        if not requests:
            return None
        return failed / requests * window_s / (self.period_s * (1 - self.availability))


DOCUMENTED = ErrorBudget(availability=0.995, period_s=30 * 86_400.0)
"""99.5 % uptime is the documented objective of the 2.0 release; over 30 days, the usual period, for it names none."""


@dataclass(frozen=True)
class UserImpact:
    """What the users of a window got.

    `requests`: those that are known to have ended well or badly; `cut_off` ones are counted apart. `failed`: of these,
    with the `unsent` ones. `degraded`: answered, by a labelled fallback. `slowest_s`: of the answers. `first_failure_s`
    and `last_failure_s`: when the first and last user asked in vain, from the window's beginning. `budget_spent`: see
    ErrorBudget.spent. None: there was none, or nobody asked.
    """

    window_s: float
    requests: int
    failed: int
    degraded: int
    unsent: int
    cut_off: int
    slowest_s: float | None
    first_failure_s: float | None
    last_failure_s: float | None
    budget_spent: float | None

    @property
    def sentence(self) -> str:
        """The same for a person."""
        if not self.requests:
            return f"no user asked anything in {self.window_s:.0f} s"
        parts = [f"{self.failed} of {self.requests} questions failed in {self.window_s:.0f} s"]
        parts += [f"{self.unsent} of them were never sent, too many others waited"] if self.unsent else []
        parts += [f"{self.degraded} answers were a fallback"] if self.degraded else []
        parts += [f"{self.cut_off} were cut off by the end"] if self.cut_off else []
        parts += [f"slowest answer {self.slowest_s:.1f} s"] if self.slowest_s is not None else []
        parts += [f"{self.budget_spent:.2%} of the error budget of 30 days"] if self.budget_spent else []
        return "; ".join(parts)


def impact_of_users(
    answers: Sequence[UserAnswer], from_s: float, until_s: float, budget: ErrorBudget = DOCUMENTED
) -> UserImpact:
    """What came of the questions that were to be asked in from_s <= t < until_s (monotonic), whenever that came."""
    asked = [one for one in answers if from_s <= one.intended_s < until_s]
    told = [one for one in asked if one.result is not Result.CUT_OFF]
    failed_at = [one.intended_s - from_s for one in told if one.failed]
    window_s = max(0.0, until_s - from_s)
    return UserImpact(
        window_s=window_s,
        requests=len(told),
        failed=len(failed_at),
        degraded=sum(one.result is Result.DEGRADED for one in told),
        unsent=sum(one.result is Result.UNSENT for one in told),
        cut_off=len(asked) - len(told),
        slowest_s=max((one.latency_s for one in told if not one.failed), default=None),
        first_failure_s=min(failed_at, default=None),
        last_failure_s=max(failed_at, default=None),
        budget_spent=budget.spent(len(failed_at), len(told), window_s),
    )
