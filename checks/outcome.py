"""The three outcomes of a check, the reason behind one that is not a pass, and the exit code of a run."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import NoReturn


class Severity(StrEnum):
    """How the runbook ranks the failure ("Severity Levels"): respond within 15 min, 1 h, 4 h, 24 h."""

    P0 = "p0"
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"


class Outcome(StrEnum):
    """A check passed, failed, or could not tell. Doubt is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


class ExitCode(IntEnum):
    """What a run of checks ends with; 2 is left to an interrupt (Ctrl-C)."""

    ALL_PASS = 0
    FAILED = 1
    UNKNOWN = 3
    USAGE = 4


@dataclass(frozen=True)
class Reason:
    """Why a check did not pass: a stable code for machines, and what a person on call needs.

    `code` is stable and names the subject first ("api.refused"). `expected` and `seen` are parts of one sentence.
    """

    code: str
    expected: str
    seen: str
    caused_by: str | None = None

    @property
    def text(self) -> str:
        return f"expected {self.expected}; saw {self.seen}"

    def with_cause(self, check_id: str) -> "Reason":
        return replace(self, caused_by=check_id)


class CheckFailed(AssertionError):
    """The target is not as it should be."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"[{reason.code}] {reason.text}")
        self.reason = reason


class CheckUnknown(Exception):
    """The check could not tell: the prober is sick, or there is too little to judge by."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"[{reason.code}] {reason.text}")
        self.reason = reason


def fail(code: str, *, expected: str, seen: str) -> NoReturn:
    """End the check as failed."""
    raise CheckFailed(Reason(code, expected, seen))


def unknown(code: str, *, expected: str, seen: str) -> NoReturn:
    """End the check as unknown."""
    raise CheckUnknown(Reason(code, expected, seen))


def require(condition: bool, code: str, *, expected: str, seen: str) -> None:
    """Fail the check with a coded reason unless `condition` holds."""
    if not condition:
        fail(code, expected=expected, seen=seen)


def judge_run(outcomes: Collection[Outcome]) -> ExitCode:
    """The exit code of a run: a failure outweighs doubt, and a run without a single check is doubt."""
    if Outcome.FAIL in outcomes:
        return ExitCode.FAILED
    if Outcome.UNKNOWN in outcomes or not outcomes:
        return ExitCode.UNKNOWN
    return ExitCode.ALL_PASS
