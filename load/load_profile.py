"""What a load profile is: stages of a rate, and the mix of calls that makes it up. Pure; imports no Locust.

The file of a profile is a Locust file and a plain module alike: whoever plans or judges a run imports it for its
`PROFILE` only, for Locust patches sockets and threads wherever it is imported.
"""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

JudgedBy = Literal["objectives", "knee", "drift", "settles"]
RECOVERY = "recovery"
"""The profile that goes through a drill, to a bench of its own."""
PROFILES = ("smoke", "baseline", "stress", "spike", "soak", RECOVERY)


class CallName(StrEnum):
    """What a user does. The objectives name them, and "api" for all of them together."""

    QUESTION = "question"
    """A question that was asked before, word for word."""
    QUESTION_FRESH = "question_fresh"
    """One that no cache holds: it reaches OpenAI."""
    QUESTION_EDGAR = "question_edgar"
    """One about a company that nobody asks about: it reaches EDGAR."""
    HEALTH = "health"
    READY = "ready"


@dataclass(frozen=True)
class Share:
    """How much of the load one call is: a fraction of all."""

    call: CallName
    fraction: float


@dataclass(frozen=True)
class Stage:
    """A stretch of the run with one rate. `name`: what the pictures call it beside its rate, where it begins."""

    rate_per_s: float
    lasts_s: float
    name: str = ""


QUESTIONS = (
    Share(CallName.QUESTION, 0.74),
    Share(CallName.QUESTION_FRESH, 0.10),
    Share(CallName.QUESTION_EDGAR, 0.02),
    Share(CallName.HEALTH, 0.10),
    Share(CallName.READY, 0.04),
)
"""The mix of all profiles: people ask, monitors look. EDGAR allows 10 requests/s, and a question costs it three."""


@dataclass(frozen=True)
class Profile:
    """One load. `period_s`: how often one user asks at the highest rate, so that users = rate x period.

    `stops_early`: the run ends as soon as nothing that could still come would let an objective hold.
    `judged_by`: what is asked of such a run. A load that grows until the service gives way is judged by where that is,
    not by objectives over the whole of it.
    """

    name: str
    stages: tuple[Stage, ...]
    mix: tuple[Share, ...] = QUESTIONS
    period_s: float = 2.0
    stops_early: bool = True
    judged_by: tuple[JudgedBy, ...] = ("objectives",)

    @property
    def lasts_s(self) -> float:
        return sum(stage.lasts_s for stage in self.stages)

    @property
    def rate_max_per_s(self) -> float:
        return max(stage.rate_per_s for stage in self.stages)

    def scaled(self, rate_max_per_s: float = 0.0, lasts_s: float = 0.0) -> "Profile":
        """The same profile with this highest rate and this length in all (0: as it is)."""
        rate = rate_max_per_s / self.rate_max_per_s if rate_max_per_s else 1.0
        time = lasts_s / self.lasts_s if lasts_s else 1.0
        stages = tuple(replace(s, rate_per_s=s.rate_per_s * rate, lasts_s=s.lasts_s * time) for s in self.stages)
        return replace(self, stages=stages)

    def begins_s(self) -> Iterator[tuple[float, Stage]]:
        """Each stage with the second of the run in which it begins."""
        at_s = 0.0
        for stage in self.stages:
            yield at_s, stage
            at_s += stage.lasts_s


def profile_named(name: str) -> Profile:
    """The profile of this name. KeyError where there is none."""
    if name not in PROFILES:
        raise KeyError(name)
    found = importlib.import_module(f"load.{name}").PROFILE
    assert isinstance(found, Profile)
    return found


def in_locust() -> bool:
    """Whether Locust is what imports the profile's file."""
    return "locust" in sys.modules
