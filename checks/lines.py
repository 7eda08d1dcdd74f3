"""A run of checks in plain text: one line a check, and for each failure one sentence to act on."""

from collections.abc import Iterable

from checks.outcome import ExitCode, Outcome
from checks.result import CheckResult

_TEXT_MAX = 400


def one_line(text: str) -> str:
    """`text` fit for a line of a terminal, a JSON file or a page, whatever a target put into it."""
    line = "".join(c if c.isprintable() else "?" for c in text[: _TEXT_MAX + 1])
    return line if len(line) <= _TEXT_MAX else f"{line[:_TEXT_MAX]}..."


def safe_text(error: BaseException) -> str:
    """What the exception says; a class that cannot say it is no reason to end the run."""
    try:
        return str(error)
    except Exception as unsayable:
        return f"(no text: {type(unsayable).__name__})"


def check_line(result: CheckResult) -> str:
    """The one line of a check."""
    head = f"{result.outcome.upper():<8} {result.severity}  {result.title}"
    if result.reason is None:
        return f"{head}  ({result.note})" if result.note else head
    if result.reason.caused_by:
        return f"{head}: because of {result.reason.caused_by.replace('_', ' ')} [{result.reason.code}]"
    where = f' Open the runbook at "{result.section}".' if result.section else ""
    return f"{head}: {result.reason.text}.{where} [{result.reason.code}]"


def closing_line(results: Iterable[CheckResult], code: ExitCode) -> str:
    """What the run comes to."""
    counts = dict.fromkeys(Outcome, 0)
    for result in results:
        counts[result.outcome] += 1
    said = f"{counts[Outcome.PASS]} pass, {counts[Outcome.FAIL]} fail, {counts[Outcome.UNKNOWN]} unknown"
    meaning = {
        ExitCode.ALL_PASS: "healthy",
        ExitCode.FAILED: "not healthy",
        ExitCode.UNKNOWN: "cannot tell" if any(counts.values()) else "cannot tell: no check ran",
        ExitCode.USAGE: "not run",
    }[code]
    return f"{meaning}: {said} (exit {code:d})"
