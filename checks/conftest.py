"""What a check takes as parameters: what the sweep observed, by the names of `checks.probes`."""

from collections.abc import Callable

import pytest

from checks.exchange import Exchange
from checks.marks import get_probes
from checks.run import RUN
from checks.target import Objectives, Target


def _observed(name: str) -> Callable[..., object]:
    @pytest.fixture(name=name)
    def observed(request: pytest.FixtureRequest) -> object:
        return request.config.stash[RUN].observed(name)

    return observed


api_tokenless = _observed("api_tokenless")
webapp_tokenless = _observed("webapp_tokenless")
webapp_with_token = _observed("webapp_with_token")
page_form = _observed("page_form")
fresh_question = _observed("fresh_question")
uncached_question = _observed("uncached_question")
known_question = _observed("known_question")
traffic = _observed("traffic")
edgar_from_here = _observed("edgar_from_here")
openai_from_here = _observed("openai_from_here")
api_certificate = _observed("api_certificate")
webapp_certificate = _observed("webapp_certificate")
engine = _observed("engine")
engine_usage = _observed("engine_usage")
api_output = _observed("api_output")
webapp_output = _observed("webapp_output")
host = _observed("host")
app_log = _observed("app_log")
access_log = _observed("access_log")
debug_log = _observed("debug_log")


@pytest.fixture
def answers(request: pytest.FixtureRequest) -> list[Exchange]:
    """What the check's `get` marks fetched, in the order in which they stand above it."""
    run = request.config.stash[RUN]
    seen = [run.observed(probe.name) for probe in get_probes(request.node)]
    return [exchange for exchange in seen if isinstance(exchange, Exchange)]


@pytest.fixture
def got(answers: list[Exchange]) -> Exchange:
    """What the check's one `get` mark fetched."""
    return answers[0]


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    """The deployment that is checked."""
    return request.config.stash[RUN].target


@pytest.fixture
def objectives(target: Target) -> Objectives:
    """The limits that the target file sets."""
    return target.objectives
