"""A drill with the real detector and the real clock, on a service of this process that a fault makes unready."""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checks.outcome import Severity
from drills.detector import WatchPlan, watching
from drills.drill import run_drill
from drills.events import SystemClock
from drills.hands import Hands
from drills.record import record_of
from drills.scenario import DetectedBy, Limits, Scenario, Verdict
from drills.step_runner import StepRun
from drills.steps import load_runbook
from tests.drill_fakes import FakeBench, FakeShell, FakeSurroundings, World, ran
from tests.hostile import ROOT, environment, finchat, reply, serve

LIMITS = Limits(rto_s=1.0, steady_within_s=15.0, witness_within_s=2.0, sweep_within_s=1.0, cure_within_s=2.0)
SCENARIO = Scenario(
    id="api-unready",
    title="The API is not ready",
    severity=Severity.P0,
    fault="the API says that it is not ready",
    detected_by=DetectedBy("api_is_ready", ("api.ready_false",)),
    noticed_within_s=10.0,
    recover=("api_is_ready",),
    ttr_declared_s=0.5,
    steps=("restart-api",),
    steady=("api_is_healthy",),
)


@dataclass
class Unready:
    """In force while the list holds anything."""

    sick: list[str]
    name: str = "unready"
    declared: Mapping[str, str] = field(default_factory=dict)

    def inject(self, bench: object) -> None:
        self.sick.append("now")

    def witness(self, bench: object) -> str | None:
        return "sick" if self.sick else None

    def cure(self, bench: object) -> None:
        self.sick.clear()


@pytest.mark.parametrize(
    ("step", "verdict"),
    [(list.clear, Verdict.RECOVERED), (len, Verdict.NOT_RECOVERED)],
    ids=["a step that works", "a step that does nothing"],
)
def test_a_drill_by_the_production_checks(
    step: Callable[[list[str]], object], verdict: Verdict, tmp_path: Path
) -> None:
    sick: list[str] = []
    bench = FakeBench(FakeShell(ran()))

    def behave(connection: socket.socket, head: bytes) -> None:
        finchat({"/ready": reply('{"ready": false}')} if sick else {})(connection, head)

    def act(step_id: str) -> StepRun:
        step(sick)
        asked = load_runbook().step(step_id)
        return StepRun(asked, asked.commands, ran())

    with serve(behave) as url:
        options = (f"--api-url={url}", f"--webapp-url={url}", f"--state={tmp_path}", "--probe-timeout=5")
        target = ROOT / "checks" / "targets" / "runbook.toml"
        began_s = time.monotonic()
        with watching(WatchPlan(SCENARIO.watched, target, 0.1, environment(), options)) as detector:
            hands = Hands(bench, detector, act, act, FakeSurroundings(World()), SystemClock())
            history = run_drill(SCENARIO, Unready(sick), hands, LIMITS)
    record = record_of(history, "d1")
    assert record.verdict is verdict, (record.why, record.doubts)
    assert record.doubts == ()
    assert time.monotonic() - began_s < 20
    assert record.impact == ("api_is_ready",)
    assert record.control is not None
    assert record.control.held_s >= 1.0
