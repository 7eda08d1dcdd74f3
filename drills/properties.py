"""Under which names what a test found out travels in its report, and so from a worker of xdist too."""

import json
from collections.abc import Iterator, Mapping

import pytest

PROPERTY = "finchat-drill"
"""A drill's record."""
STEPS_PROPERTY = "finchat-steps"
"""The verdicts on lines of the runbook."""
RED_PROPERTY = "finchat-red"
"""The checks that were red under a fault."""


def said_in(report: pytest.TestReport, name: str) -> Iterator[object]:
    """What the report holds under this name."""
    yield from (json.loads(str(value)) for key, value in report.user_properties if key == name)


def record_in(report: pytest.TestReport) -> Mapping[str, object] | None:
    """The record of the drill that the test ran, if it ran one to its end."""
    found = next(said_in(report, PROPERTY), None)
    return found if isinstance(found, dict) else None
