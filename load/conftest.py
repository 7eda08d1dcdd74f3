"""What an objective's test takes as parameters: what the judge says of it."""

from typing import TYPE_CHECKING

import pytest

from load.plugin import RUN, VERDICT_PROPERTY

if TYPE_CHECKING:
    from load.judged import Judgement


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "objective" in metafunc.fixturenames:
        from load.run import names_of

        run = metafunc.config.stash[RUN]
        metafunc.parametrize("objective", names_of(run.asked, run.objectives, run.target))


@pytest.fixture
def judgement(request: pytest.FixtureRequest, objective: str) -> "Judgement":
    """What the judge says of this objective. The load is sent when the first of them asks."""
    found = request.config.stash[RUN].judgement(objective)
    request.node.user_properties.append((VERDICT_PROPERTY, str(found.verdict)))
    return found
