"""What the sweeps of a phase amount to: detection, control, recovery, impact. Pure."""

from collections.abc import Sequence

from checks.outcome import Outcome
from drills.history import Control, Detection, Recovery
from drills.scenario import DetectedBy, Scenario
from drills.sweeps import IN_A_ROW, Sweep, begun_within, green_to_the_end, is_red


def detection_of(
    sweeps: Sequence[Sweep], by: DetectedBy, found: Sweep | None, witnessed_s: float, ended_s: float
) -> Detection:
    """How the check looked from the witness (`witnessed_s`) on. `found`: the sweep in which it was red as named."""
    seen = [sweep.of(by.check) for sweep in begun_within(sweeps, witnessed_s) if sweep.received_s <= ended_s]
    other = [one.code or "" for one in seen if one.outcome is Outcome.FAIL and not is_red(one, by.codes)]
    return Detection(
        code=found.of(by.check).code if found else None,
        time_to_detect_s=max(0.0, found.received_s - witnessed_s) if found else None,
        window_s=ended_s - witnessed_s,
        sweeps=len(seen),
        unknown=sum(one.outcome is Outcome.UNKNOWN for one in seen),
        other_codes=tuple(dict.fromkeys(other)),
    )


def control_over(sweeps: Sequence[Sweep], check_id: str, from_s: float, until_s: float) -> bool:
    """Whether the control need be held no longer: its time is up, or the check turned green."""
    held = begun_within(sweeps, from_s)
    return bool(held) and (held[-1].started_s >= until_s or any(sweep.green([check_id]) for sweep in held))


def control_of(sweeps: Sequence[Sweep], scenario: Scenario, from_s: float) -> Control:
    """What became of the check since `from_s`, while the fault was held and no step run."""
    held = begun_within(sweeps, from_s)
    outcomes = [sweep.of(scenario.detected_by.check).outcome for sweep in held]
    return Control(
        declared_s=scenario.ttr_declared_s,
        held_s=held[-1].started_s - from_s if held else 0.0,
        sweeps=len(held),
        stayed_red=set(outcomes) == {Outcome.FAIL},
        turned_green=Outcome.PASS in outcomes,
        unknown=outcomes.count(Outcome.UNKNOWN),
        spared=tuple(name for name in scenario.watched if held and all(sweep.green([name]) for sweep in held)),
    )


def recovered_at(sweeps: Sequence[Sweep], required: Sequence[str], began_s: float, ended_s: float) -> Sweep | None:
    """The sweep from which on all is green, for steps that began and ended then.

    A run of green that was over before the last step was proves nothing: the last of it began later.
    """
    after = begun_within(sweeps, began_s)
    return green_to_the_end(after, required) if after and after[-1].started_s >= ended_s else None


def recovery_of(
    sweeps: Sequence[Sweep],
    scenario: Scenario,
    found: Sweep | None,
    began_s: float,
    ended_s: float,
    spared: Sequence[str],
) -> Recovery:
    """What followed the steps, which began and ended then. `spared`: the checks that the fault had left green."""
    after = begun_within(sweeps, ended_s)
    last = after[-1:]
    return Recovery(
        time_to_recover_s=found.received_s - began_s if found else None,
        sweeps=len(after),
        watched_s=after[-1].started_s - began_s if after else 0.0,
        red=tuple(name for sweep in last for name in sweep.with_outcome(Outcome.FAIL, scenario.recover)),
        unknown=tuple(name for sweep in last for name in sweep.with_outcome(Outcome.UNKNOWN, scenario.recover)),
        worse=worse_of(after, spared),
    )


def worse_of(sweeps: Sequence[Sweep], spared: Sequence[str]) -> tuple[str, ...]:
    """Those of `spared` that failed in all of the last three sweeps."""
    three = sweeps[-IN_A_ROW:]
    enough = len(three) == IN_A_ROW
    return tuple(name for name in spared if enough and all(sweep.of(name).outcome is Outcome.FAIL for sweep in three))


def impact_of(sweeps: Sequence[Sweep], scenario: Scenario, from_s: float) -> tuple[str, ...]:
    """The watched checks that failed in any sweep since then."""
    held = begun_within(sweeps, from_s)
    red = {name for sweep in held for name in sweep.with_outcome(Outcome.FAIL, scenario.watched)}
    return tuple(name for name in scenario.watched if name in red)
