"""The faults that a stand-in was told to show, and which of them applies to a request. Pure: no clock, no network."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

DELAY_MAX_S = 600.0

Body = Literal["normal", "malformed", "truncated", "empty"]


class Fault(BaseModel):
    """What the next requests under a path shall meet. What is left out is as it would be without the fault.

    `match` is a path prefix. `status` and `error` replace the answer; `delay_s` (seconds) comes before any answer;
    `body` spoils the answer's body. `count` is the number of requests that meet the fault; None: all, until the rules
    are deleted.
    """

    model_config = ConfigDict(extra="forbid")

    match: str = ""
    status: int | None = Field(default=None, ge=400, le=599)
    error: str | None = Field(default=None, min_length=1, max_length=100)
    delay_s: float = Field(default=0.0, ge=0.0, le=DELAY_MAX_S, allow_inf_nan=False)
    body: Body = "normal"
    count: int | None = Field(default=None, ge=1)

    @field_validator("match")
    @classmethod
    def _is_a_path(cls, match: str) -> str:
        if match and not match.startswith("/"):
            raise ValueError("must be empty (all paths) or begin with '/', like '/v1/models'")
        return match

    @property
    def replaces_answer(self) -> bool:
        return self.status is not None or self.error is not None


class Rule(Fault):
    """A fault in force. `count` is what is left of it."""

    id: int


class RuleBook:
    """The rules in force, oldest first. The oldest one that matches a request applies, and no other.

    So two rules with a count, added one after the other, play one after the other.
    """

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._last_id = 0

    @property
    def rules(self) -> list[Rule]:
        return [rule.model_copy() for rule in self._rules]

    def add(self, fault: Fault) -> Rule:
        self._last_id += 1
        rule = Rule(id=self._last_id, **fault.model_dump())
        self._rules.append(rule)
        return rule.model_copy()

    def take(self, path: str) -> Rule | None:
        """The rule for a request to `path`, one request of its count used up; None: the request is served as always."""
        for rule in self._rules:
            if path.startswith(rule.match):
                taken = rule.model_copy()
                if rule.count is not None:
                    rule.count -= 1
                    if rule.count == 0:
                        self._rules.remove(rule)
                return taken
        return None

    def clear(self) -> None:
        self._rules.clear()
