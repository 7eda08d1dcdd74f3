"""What a drill is to prove: the scenario, the limits that it is held to, and the verdicts that there are."""

from dataclasses import dataclass
from enum import StrEnum

from checks.outcome import Severity


class ScenarioError(Exception):
    """The scenario contradicts itself; the text says where and what to change."""


class Verdict(StrEnum):
    """What a drill proved, worst first (DESIGN, Drill)."""

    HARMFUL = "harmful"
    NOT_RECOVERED = "not recovered"
    NOT_DETECTED = "not detected"
    INCONCLUSIVE = "inconclusive"
    SELF_HEALED = "self-healed"
    DETECTED = "detected"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class DetectedBy:
    """The check that has to go red, and the stable codes of the reasons that count."""

    check: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Scenario:
    """One fault, how it is noticed, and what brings the service back.

    `steps`: ids of the mitigation's steps as the runbook has them, in order; empty for a variant that claims no
    mitigation. `corrected`: ids of ours, run in a new shell where those did not bring the service back, or where the
    runbook has none. `recover`: the checks that have to be green after either. `steady`: checks that are watched
    besides, green before and after. `outside`: the fault is not the step's to remove, so its witness must hold after
    recovery. `ttr_declared_s`: the control holds the fault for twice that. `may_lose`: patterns of the files below the
    operator's home that the steps remove on purpose ("~/.cache/finchat_sec_qa/*.joblib"); any other file that they lose
    is harm.
    """

    id: str
    title: str
    severity: Severity
    fault: str
    detected_by: DetectedBy
    noticed_within_s: float
    recover: tuple[str, ...]
    ttr_declared_s: float
    steps: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    steady: tuple[str, ...] = ()
    outside: bool = False
    may_lose: tuple[str, ...] = ()
    expect: Verdict = Verdict.RECOVERED

    def __post_init__(self) -> None:
        """Raises ScenarioError for a scenario that could prove nothing."""
        if not self.detected_by.codes:
            raise ScenarioError(
                f"{self.id}: any failure would be detection: name the codes of {self.detected_by.check}."
            )
        if self.noticed_within_s <= 0 or self.ttr_declared_s <= 0:
            raise ScenarioError(f"{self.id}: noticed_within_s and ttr_declared_s are more than 0 seconds.")
        if self.mitigated and not self.recover:
            raise ScenarioError(f"{self.id}: nothing would have to recover: name the checks that the steps turn green.")
        if self.expect is Verdict.INCONCLUSIVE:
            raise ScenarioError(
                f"{self.id}: doubt cannot be expected: it would be read as a pass. Expect what is proven."
            )
        if not self.mitigated and self.expect is Verdict.RECOVERED:
            raise ScenarioError(f"{self.id}: without steps nothing recovers: name steps, or expect 'detected'.")

    @property
    def mitigated(self) -> bool:
        """Whether there are steps that are to bring the service back."""
        return bool(self.steps or self.corrected)

    @property
    def held(self) -> bool:
        """Whether the fault is held without a step for a while: to see it stay, or to see it heal by itself."""
        return self.mitigated or self.expect is Verdict.SELF_HEALED

    @property
    def watched(self) -> tuple[str, ...]:
        """The checks that the detector has to watch: green before the drill, and after it."""
        return tuple(dict.fromkeys([self.detected_by.check, *self.recover, *self.steady]))


@dataclass(frozen=True)
class Limits:
    """How long a drill waits for what, in seconds; no wait is without a bound. `rto_s`: the limit for TTR."""

    rto_s: float
    steady_within_s: float = 60.0
    witness_within_s: float = 15.0
    sweep_within_s: float = 15.0
    """For the sweep that ends a wait, and the three that confirm a recovery."""
    cure_within_s: float = 60.0
