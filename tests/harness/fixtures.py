"""One embedded bench a process of the tests, handed to each test in good health."""

from collections.abc import Iterator

import pytest

from drills.bench import embedded
from drills.bench.embedded import Embedded
from tests.harness import faults

# No breaker opens by itself: how many questions an earlier test has made fail would else decide when.
_STEADY = {"CIRCUIT_BREAKER_THRESHOLD": "1000"}


@pytest.fixture(scope="session")
def standing_bench() -> Iterator[Embedded]:
    with embedded.running(_STEADY) as bench:
        yield bench


@pytest.fixture
def healthy(standing_bench: Embedded) -> Embedded:
    """The bench: its services run, its stand-ins are reset, its logs are empty, and it answers."""
    faults.mend(standing_bench)
    return standing_bench
