"""What happened in a drill, as measured, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from drills.events import Event
from drills.scenario import Limits, Scenario
from drills.step_runner import StepRun


@dataclass(frozen=True)
class Detection:
    """How the fault was looked for. `code` None: the check never went red for a reason that counts.

    `time_to_detect_s`: from the witness. `other_codes`: reasons for which it went red that do not count. `sweeps` and
    `unknown`: how often it was looked at, and how often the check could not tell. `window_s`: for how long.
    """

    code: str | None
    time_to_detect_s: float | None
    window_s: float
    sweeps: int
    unknown: int = 0
    other_codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Control:
    """The fault without the step. `held_s`: from the detection to the start of the last sweep that was still not green.

    `spared`: watched checks that stayed green throughout, which a step can only make worse.
    """

    declared_s: float
    held_s: float
    sweeps: int
    stayed_red: bool
    turned_green: bool = False
    unknown: int = 0
    spared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recovery:
    """What followed the steps. `time_to_recover_s`: from their start to the first sweep of the green run, if one came.

    `red`, `unknown`: required checks that were, in the last sweep. `worse`: spared ones, red in the last three.
    `sweeps`: how many began after the last step. `watched_s`: from the steps' start to the start of the last sweep.
    """

    time_to_recover_s: float | None
    sweeps: int
    watched_s: float
    red: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()


@dataclass(frozen=True)
class History:
    """One drill. None: it did not come to that, or there was none. `witnessed`, `_held`, `_recovered`, `_cured`: the
    evidence that the fault was in force after the injection, before the steps (or the cure, where there are none),
    after recovery, and after the cure. `troubles`: what is lost, failed or raised. `data_lost` None: not measured.
    """

    scenario: Scenario
    limits: Limits
    deployment: str
    declared: Mapping[str, str]
    started_at: datetime
    finished_at: datetime
    steady_before: bool
    injected: bool = False
    witnessed: str | None = None
    witnessed_held: str | None = None
    detection: Detection | None = None
    control: Control | None = None
    steps: tuple[StepRun, ...] = ()
    recovery: Recovery | None = None
    witnessed_recovered: str | None = None
    witnessed_cured: str | None = None
    steady_after: bool = False
    impact: tuple[str, ...] = ()
    data_lost: bool | None = None
    troubles: tuple[str, ...] = ()
    timeline: tuple[Event, ...] = ()
