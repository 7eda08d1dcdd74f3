"""What happened in a drill, as measured, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drills.events import Event
from drills.impact import UserImpact
from drills.lanes import Lane
from drills.noticed import Noticed
from drills.scenario import Limits, Scenario
from drills.step_runner import StepRun


@dataclass(frozen=True)
class Detection:
    """How the fault was looked for. `code` None: the check never went red for a reason that counts.

    `time_to_detect_s`: from the witness. `faded`: once that was seen, the check was green. `other_codes`: reasons for
    which it went red that do not count. `sweeps` and `unknown`: how often it was looked at, and how often the check
    could not tell. `window_s`: for how long.
    """

    code: str | None
    time_to_detect_s: float | None
    window_s: float
    sweeps: int
    unknown: int = 0
    other_codes: tuple[str, ...] = ()
    faded: bool = False


@dataclass(frozen=True)
class Control:
    """The fault without the step. `held_s`: from the detection to the start of the last sweep; where the check turned
    green, three times in a row to the last, to the start of the first of these.

    `stayed_red`: to the end and never green, and no three looks in a row could not tell. `spared`: watched checks that
    stayed green throughout, which a step can only make worse.
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
class Difference:
    """What became of the host from before the steps to after them. `changes`: what they changed, by what it is.
    `lost`: the files that were there, and that the steps were not to lose."""

    changes: Mapping[str, object] = field(default_factory=dict)
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """One mitigation as it was tried. `witnessed`: the evidence that the fault was in force after it. `amiss`: what is
    not as the steps should have left it, though all is green. `difference` None: nobody looked. `red_before`: the
    required checks that were red when the steps began; None: nobody looked."""

    steps: tuple[StepRun, ...] = ()
    recovery: Recovery | None = None
    witnessed: str | None = None
    amiss: str | None = None
    difference: Difference | None = None
    red_before: tuple[str, ...] | None = None

    def came_back(self, rto_s: float) -> bool:
        """Whether all is well after it: green within the RTO, nothing worse, nothing lost."""
        if self.recovery is None or self.recovery.time_to_recover_s is None:
            return False
        harmed = self.recovery.worse or self.amiss or (self.difference and self.difference.lost)
        return self.recovery.time_to_recover_s <= rto_s and not harmed


@dataclass(frozen=True)
class History:
    """One drill. None: it did not come to that, or there was none. `witnessed`, `_held`, `_cured`: the evidence that
    the fault was in force after the injection, before the steps (or the cure, where there are none), and after the
    cure. `documented`, `corrected`: the steps as the runbook has them, and ours. `calibrated`: what the fault did, as
    it was measured. `impact`: the watched checks that were red. `troubles`: what is lost, failed or raised.
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
    documented: Attempt | None = None
    corrected: Attempt | None = None
    witnessed_cured: str | None = None
    steady_after: bool = False
    calibrated: Mapping[str, str] = field(default_factory=dict)
    impact: tuple[str, ...] = ()
    noticed: Mapping[str, Noticed] = field(default_factory=dict)
    """What each check that was looked at made of the fault, before any step."""
    window_s: tuple[float, float] | None = None
    """From the injection until all was well again, or until the cure; monotonic."""
    users: UserImpact | None = None
    """What users got in that time."""
    prepared_s: float | None = None
    """What it took to bring the bench into its first state before the drill."""
    lanes: tuple[Lane, ...] = ()
    """What the watched checks said over the time of the drill."""
    logs: Mapping[str, str] = field(default_factory=dict)
    """What containers said around the fault, by container."""
    troubles: tuple[str, ...] = ()
    timeline: tuple[Event, ...] = ()

    @property
    def decisive(self) -> Attempt | None:
        """The mitigation that was tried last: on it hangs whether there is a way back."""
        return self.corrected or self.documented
