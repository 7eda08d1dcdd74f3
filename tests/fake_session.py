"""A pytest plugin (-p tests.fake_session): drills run in no time on a world without Docker, whatever their scenario."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from drills.announcing import SILENT, Announcer
from drills.drill import Progress, run_drill
from drills.faults.fault import Fault
from drills.history import History
from drills.scenario import DetectedBy, Scenario, Verdict
from tests.drill_fakes import API, LIMITS, WEBAPP, FakeFault, World, hands


class FakeSession:
    """What the fixtures take for the bench of their process. Its service can do no more than be reachable or not."""

    def __init__(self, *given: object) -> None:
        pass

    def drill(self, scenario: Scenario, fault: Fault, progress: Progress, announced: Announcer = SILENT) -> History:
        steps = ("restart-api",) if scenario.expect is Verdict.RECOVERED else ()
        faked = replace(
            scenario,
            detected_by=DetectedBy(API, ("api.refused",)),
            recover=(API,) if steps else (),
            steady=(WEBAPP,),
            steps=steps,
            corrected=(),
            outside=False,
            ttr_declared_s=4.0,
        )
        world = World()
        announced.bench(Path("target.toml"), Path("environment"), "http://127.0.0.1:8000")
        told = announced.told(hands(world))
        return run_drill(faked, FakeFault(world), told, LIMITS, progress)

    def diagnose(self, fault: Fault, blocks: Sequence[object]) -> object:
        raise AssertionError("no diagnostics are proven on a world without Docker")

    def proof(self) -> dict[str, str]:
        return {"compose": "c", "images": "i", "suite": "s", "at": "2026-11-24T09:00:00.000+00:00"}

    def redact(self, text: str) -> str:
        return text

    def end(self) -> None:
        pass


def pytest_configure(config: pytest.Config) -> None:
    import drills.session

    drills.session.DrillSession = FakeSession  # type: ignore[assignment,misc]
