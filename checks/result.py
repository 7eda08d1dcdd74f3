"""What became of each check of a run, and which failure caused which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from checks.outcome import Outcome, Reason, Severity
from checks.runbook import Section


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome. `depends_on`: checks whose failure explains this one's. `note`: what a pass hides."""

    id: str
    severity: Severity
    outcome: Outcome
    duration_s: float
    reason: Reason | None = None
    section: Section | None = None
    depends_on: tuple[str, ...] = ()
    note: str | None = None

    @property
    def title(self) -> str:
        return self.id.replace("_", " ")


def name_causes(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results with `caused_by` filled in: the check furthest up a chain of failed dependencies.

    The outcome of a check is never changed by that of another; only what is said of it is.
    """
    listed = list(results)
    by_id = {result.id: result for result in listed}
    return [_with_cause(result, by_id) for result in listed]


def _with_cause(result: CheckResult, by_id: Mapping[str, CheckResult]) -> CheckResult:
    root = _root(result, by_id, frozenset())
    if root is result or result.reason is None:
        return result
    return replace(result, reason=result.reason.with_cause(root.id))


def _root(result: CheckResult, by_id: Mapping[str, CheckResult], passed: frozenset[str]) -> CheckResult:
    if result.id in passed:
        return result
    for name in result.depends_on:
        cause = by_id.get(name)
        if cause is not None and cause.outcome is not Outcome.PASS and result.outcome is not Outcome.PASS:
            return _root(cause, by_id, passed | {result.id})
    return result
