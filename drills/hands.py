"""What a drill works with."""

from collections.abc import Callable
from dataclasses import dataclass

from drills.bench.interface import BenchView
from drills.detector import Detector
from drills.events import Clock
from drills.history import History
from drills.step_runner import StepRun
from drills.surroundings import Surroundings

RunStep = Callable[[str], StepRun]
"""Runs the step with this id on the host."""


@dataclass(frozen=True)
class Hands:
    """What a drill works with; a test gives it a fake bench, a fake clock, and a script of sweeps.

    `tried`: gets what there is when the steps were run, before the cure, and may take its time: whoever sends a load
    through the drill measures it after the recovery.
    """

    bench: BenchView
    detector: Detector
    documented: RunStep
    corrected: RunStep
    surroundings: Surroundings
    clock: Clock
    tried: Callable[[History], None] = lambda history: None
