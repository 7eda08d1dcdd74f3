"""What a drill takes as parameters."""

import copy
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import allure
import pytest

from checks.progress import Say, say_of
from drills.parameters import Diagnose, Drill
from drills.plugin import RUN
from drills.properties import NOT_HERE_PROPERTY, PROPERTY, RED_PROPERTY, STEPS_PROPERTY

if TYPE_CHECKING:
    from drills.events import Phase
    from drills.faults.fault import Fault
    from drills.scenario import Scenario
    from drills.session import DrillSession


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault_name" in metafunc.fixturenames:
        from drills.proving import looks

        metafunc.parametrize("fault_name", sorted(looks(metafunc.config.stash[RUN].subject)))


@pytest.fixture(scope="session")
def drill_session(request: pytest.FixtureRequest) -> Iterator["DrillSession"]:
    """This process's bench, started when the first drill wants it."""
    from drills.bench.process import BenchError
    from drills.session import DrillSession

    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    run = request.config.stash[RUN]
    session = DrillSession(run.choice, run.subject, _say(request.config), f"-{worker}" if worker else "")
    try:
        yield session
    finally:
        try:
            session.end()
        except BenchError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture
def drill(drill_session: "DrillSession", request: pytest.FixtureRequest) -> Drill:
    """Runs a scenario with its fault on the bench, records it, and fails unless it ends as the scenario expects.

    An inconclusive drill raises what is no AssertionError: doubt is neither a pass nor a failure. So is a bench that
    does not come up, which is told in its own sentence and no traceback.
    """
    say = _say(request.config)
    asked = request.config.stash[RUN].asked

    def run(scenario: "Scenario", fault: "Fault") -> None:
        from drills.announcing import Announcer
        from drills.bench.process import BenchError
        from drills.record import as_json, record_of
        from drills.session import NotProvable

        if asked.dry_run:
            return _tell(request.config, scenario, fault)

        def tell(phase: "Phase", elapsed_s: float) -> None:
            say(f"{scenario.id}: {phase} ({elapsed_s:.1f} s)")

        announced = Announcer(asked.announce, asked.wait_for, say)

        def tell_all(phase: "Phase", elapsed_s: float) -> None:
            tell(phase, elapsed_s)
            announced.phase(phase)

        untouched = copy.deepcopy(fault)
        try:
            history = drill_session.drill(scenario, fault, tell_all, announced)
            answers = drill_session.ablate(scenario, untouched, history, tell) if asked.ablate else ()
        except NotProvable as error:  # which is no pass either: see the exit codes
            request.node.user_properties.append((NOT_HERE_PROPERTY, json.dumps(scenario.id)))
            pytest.skip(drill_session.redact(str(error)))
        except BenchError as error:
            raise pytest.fail.Exception(drill_session.redact(str(error)), pytrace=False) from None
        proven = as_json(record_of(history, f"{scenario.id}-{uuid.uuid4().hex[:8]}"))
        ablation = [asdict(answer) for answer in answers]
        written = json.dumps({**proven, "ablation": ablation, "proof": drill_session.proof()})
        record = json.loads(drill_session.redact(written))
        announced.ended(history, record)
        request.node.user_properties.append((PROPERTY, json.dumps(record)))
        allure.dynamic.label("drill", record["id"])  # type: ignore[no-untyped-call]  # by it reports find the result
        sentence = f"{record['verdict']}, expected {record['expected']}: {record['why']}"
        if record["verdict"] == "inconclusive":
            raise Inconclusive(sentence)
        if record["verdict"] != record["expected"]:
            raise AssertionError(sentence)

    return run


@pytest.fixture
def diagnose(drill_session: "DrillSession", request: pytest.FixtureRequest) -> Diagnose:
    """Proves the runbook's diagnostics about a fault. What they are worth is a finding: see --fail-on."""

    def run(fault_name: str) -> None:
        from drills.bench.process import BenchError
        from drills.diagnosis import NoProof
        from drills.faults.registry import make
        from drills.proving import looks
        from drills.verified import text_hash

        blocks = looks(request.config.stash[RUN].subject)[fault_name]
        if request.config.stash[RUN].asked.dry_run:
            commands = sum(len(block.looks) for block in blocks)
            said = f"{commands} command{'s' * (commands != 1)}, 3 times healthy and 3 times broken"
            _say(request.config)(f"diagnostics about {fault_name}: {said}")
            return
        try:
            proven = drill_session.diagnose(make(fault_name), blocks)
        except BenchError as error:
            raise pytest.fail.Exception(drill_session.redact(str(error)), pytrace=False) from None
        except NoProof as error:
            raise Inconclusive(drill_session.redact(str(error))) from None
        proof = drill_session.proof()
        lines = [
            {**asdict(one), "drill": fault_name, "proof": {**proof, "text": text_hash(one.command)}}
            for one in proven.verdicts
        ]
        red = {"fault": fault_name, "red": proven.red}
        request.node.user_properties.append((STEPS_PROPERTY, drill_session.redact(json.dumps(lines))))
        request.node.user_properties.append((RED_PROPERTY, json.dumps(red)))

    return run


def _tell(config: pytest.Config, scenario: "Scenario", fault: "Fault") -> None:
    """Says what a drill would do. A step that the runbook has not got fails the test, in a sentence."""
    from drills.bench.process import BenchError
    from drills.preview import preview
    from drills.steps import RunbookError

    try:
        lines = preview(scenario, fault, config.stash[RUN].subject)
    except (BenchError, RunbookError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    for line in lines:
        _say(config)(line)


class Inconclusive(Exception):
    """The drill could not tell."""


def _say(config: pytest.Config) -> Say:
    """Says what is being done, on the terminal of whoever started the run."""
    return say_of(config, os.environ.get("PYTEST_XDIST_WORKER", ""))
