"""Real benches for the tests that need one: a run, and a bench that the tests of a module share."""

from collections.abc import Iterator

import pytest

from drills.bench.bench import Bench
from drills.bench.options import Choice
from drills.bench.run import Run, running
from drills.bench.spec import Spec, prepare
from drills.bench.start import start_bench


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "live" in item.path.parts:
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """A run; what it made is gone at the end of the module."""
    with running(print) as begun:
        yield begun


@pytest.fixture(scope="module")
def reference(run: Run) -> Spec:
    """What a bench with the reference FinChat is made of."""
    return prepare(run, Choice())


@pytest.fixture(scope="module")
def bench(run: Run, reference: Spec) -> Bench:
    """A bench with the reference FinChat."""
    return start_bench(run, reference)
