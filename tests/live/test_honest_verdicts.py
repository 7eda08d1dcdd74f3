"""The verdicts of drills on a real bench, each where something in the drill is not as it should be."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from drills.bench.interface import BenchView
from drills.bench.options import Choice
from drills.faults.process_killed import ProcessKilled
from drills.history import History
from drills.judge import judge
from drills.scenario import DetectedBy, Scenario, Verdict
from drills.session import DrillSession
from drills.steps import RUNBOOK, parse_runbook
from drills.test_api_killed import SCENARIO
from drills.verified import Subject

STEP = "docker-compose restart api\n```"


def subject(step: str) -> Subject:
    """Our runbook with another command in the place of the restart."""
    text = RUNBOOK.read_text()
    assert text.count(f"\n{STEP}") == 1
    return Subject(parse_runbook(text.replace(STEP, f"{step}\n```"), "runbook.md"))


class OnlySays(ProcessKilled):
    """A fault that says that it is injected, and does nothing."""

    def inject(self, bench: BenchView) -> None:
        self._container = bench.container("api")


@pytest.fixture
def session(request: pytest.FixtureRequest) -> Iterator[DrillSession]:
    """Drills by a runbook in which the step is the test's parameter."""
    begun = DrillSession(Choice(), subject(request.param), print)
    try:
        yield begun
    finally:
        begun.end()


def drilled(session: DrillSession, scenario: Scenario, fault: ProcessKilled) -> History:
    return session.drill(scenario, fault, lambda phase, elapsed_s: print(phase, round(elapsed_s, 1)))


BLIND = replace(SCENARIO, detected_by=DetectedBy("webapp_is_reachable", ("webapp.refused", "webapp.closed")))


@pytest.mark.parametrize("session", ["true"], indirect=True)
def test_what_is_not_proven_is_not_claimed(session: DrillSession) -> None:
    said = judge(drilled(session, SCENARIO, OnlySays("api")))
    assert said.verdict is Verdict.INCONCLUSIVE, said.why
    assert "Nothing but the injector" in said.why

    said = judge(drilled(session, BLIND, ProcessKilled("api")))
    assert said.verdict is Verdict.NOT_DETECTED, said.why

    said = judge(drilled(session, SCENARIO, ProcessKilled("api")))
    assert said.verdict is Verdict.NOT_RECOVERED, said.why
    assert "red after the step" in said.why


@pytest.mark.parametrize("session", ["docker-compose restart api\ndocker-compose stop webapp"], indirect=True)
def test_a_step_that_makes_it_worse_is_harmful(session: DrillSession) -> None:
    watched = replace(SCENARIO, recover=("api_is_reachable",), steady=("webapp_is_reachable",))
    said = judge(drilled(session, watched, ProcessKilled("api")))
    assert said.verdict is Verdict.HARMFUL, said.why
    assert "webapp_is_reachable stayed green under the fault and went red with the step" in said.why
