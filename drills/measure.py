"""What the sweeps of a phase amount to: detection, control, recovery, impact. Pure, and check by check."""

from collections.abc import Sequence
from itertools import groupby

from checks.outcome import Outcome
from drills.history import Control, Detection, Recovery
from drills.scenario import DetectedBy, Scenario
from drills.sweeps import IN_A_ROW, Sweep, begun_within, green_to_the_end, holding, is_red, last_of


def detection_of(
    sweeps: Sequence[Sweep], by: DetectedBy, found: Sweep | None, witnessed_s: float, ended_s: float
) -> Detection:
    """How the check looked from the witness (`witnessed_s`) on. `found`: the sweep in which it was red as named."""
    within = holding(begun_within(sweeps, witnessed_s), by.check)
    seen = [sweep.of(by.check) for sweep in within if sweep.received_s <= ended_s]
    other = [one.code or "" for one in seen if one.outcome is Outcome.FAIL and not is_red(one, by.codes)]
    return Detection(
        code=found.of(by.check).code if found else None,
        time_to_detect_s=max(0.0, found.received_s - witnessed_s) if found else None,
        window_s=ended_s - witnessed_s,
        sweeps=len(seen),
        unknown=sum(one.outcome is Outcome.UNKNOWN for one in seen),
        other_codes=tuple(dict.fromkeys(other)),
    )


def faded(sweeps: Sequence[Sweep], check_id: str, witnessed_s: float) -> bool:
    """Whether the check was green whenever it was looked at since the fault was witnessed."""
    return _stayed_green(begun_within(sweeps, witnessed_s), check_id)


def red_of(sweeps: Sequence[Sweep], check_ids: Sequence[str]) -> tuple[str, ...]:
    """Those of the checks that failed when they last could tell, of three looks."""
    told = {name: [one for one in _last_three(sweeps, name) if one is not Outcome.UNKNOWN] for name in check_ids}
    return tuple(name for name, outcomes in told.items() if outcomes[-1:] == [Outcome.FAIL])


def control_over(sweeps: Sequence[Sweep], check_id: str, from_s: float, until_s: float) -> bool:
    """Whether the control need be held no longer: the check turned green, or its time is up, and it is not about to."""
    held = holding(begun_within(sweeps, from_s), check_id)
    up = bool(held) and held[-1].started_s >= until_s and not held[-1].green([check_id])
    return up or green_to_the_end(held, [check_id]) is not None


def control_of(sweeps: Sequence[Sweep], scenario: Scenario, from_s: float) -> Control:
    """What became of the check since `from_s`, while the fault was held and no step run."""
    named, within = scenario.detected_by.check, begun_within(sweeps, from_s)
    held = holding(within, named)
    outcomes = [sweep.of(named).outcome for sweep in held]
    # Once is not enough: what crashes again and again is up for a moment too.
    healed = green_to_the_end(held, [named])
    return Control(
        declared_s=scenario.ttr_declared_s,
        held_s=(healed or held[-1]).started_s - from_s if held else 0.0,
        sweeps=len(held),
        stayed_red=_stayed_red(outcomes),
        turned_green=healed is not None,
        unknown=outcomes.count(Outcome.UNKNOWN),
        spared=tuple(name for name in scenario.watched if _stayed_green(within, name)),
    )


def recovered_at(sweeps: Sequence[Sweep], required: Sequence[str], began_s: float, ended_s: float) -> Sweep | None:
    """The sweep with which all is green, for steps that began and ended then.

    A run of green that was over before the last step was proves nothing: the last of it began later.
    """
    return green_to_the_end(begun_within(sweeps, began_s), required, ended_s)


def recovery_of(
    sweeps: Sequence[Sweep],
    scenario: Scenario,
    began_s: float,
    ended_s: float,
    spared: Sequence[str],
) -> Recovery:
    """What followed the steps, which began and ended then. `spared`: the checks that the fault had left green.

    Of checks that were looked at more or less often the least counts.
    """
    found = recovered_at(sweeps, scenario.recover, began_s, ended_s)
    after = begun_within(sweeps, ended_s)
    looks = [holding(after, name) for name in dict.fromkeys([*scenario.recover, *spared])]
    last = {name: last_of(after, name).outcome for name in scenario.recover}
    return Recovery(
        time_to_recover_s=found.received_s - began_s if found else None,
        sweeps=min(map(len, looks), default=0),
        watched_s=min((own[-1].started_s - began_s if own else 0.0 for own in looks), default=0.0),
        red=tuple(name for name, outcome in last.items() if outcome is Outcome.FAIL),
        unknown=tuple(name for name, outcome in last.items() if outcome is Outcome.UNKNOWN),
        worse=worse_of(after, spared),
    )


def settled(
    sweeps: Sequence[Sweep],
    scenario: Scenario,
    began_s: float,
    ended_s: float,
    spared: Sequence[str],
    rto_s: float,
) -> Recovery | None:
    """What followed the steps, once more sweeps would tell nothing new: all is well, or the RTO is over.

    A step that restarts more than what was broken is no harm where that comes back in time too.
    """
    recovery = recovery_of(sweeps, scenario, began_s, ended_s, spared)
    well = recovery.time_to_recover_s is not None and no_worse(begun_within(sweeps, ended_s), scenario.recover, spared)
    over = recovery.watched_s >= rto_s and recovery.sweeps >= IN_A_ROW
    return recovery if well or over else None


def worse_of(sweeps: Sequence[Sweep], spared: Sequence[str]) -> tuple[str, ...]:
    """Those of `spared` that failed in all of their last three sweeps."""
    return tuple(name for name in spared if _last_three(sweeps, name) == [Outcome.FAIL] * IN_A_ROW)


def no_worse(sweeps: Sequence[Sweep], required: Sequence[str], spared: Sequence[str]) -> bool:
    """Whether each check was looked at often enough to tell, and none of `spared` is worse."""
    enough = all(len(_last_three(sweeps, name)) == IN_A_ROW for name in [*required, *spared])
    return enough and not worse_of(sweeps, spared)


def impact_of(sweeps: Sequence[Sweep], scenario: Scenario, from_s: float) -> tuple[str, ...]:
    """The watched checks that failed in any sweep since then."""
    since = begun_within(sweeps, from_s)
    return tuple(name for name in scenario.watched if any(sweep.of(name).outcome is Outcome.FAIL for sweep in since))


def _stayed_red(outcomes: Sequence[Outcome]) -> bool:
    """Whether it was red to the end and never green. A prober that could not tell once or twice between two reds has
    missed nothing: a service that had healed would not be broken again."""
    if not outcomes or outcomes[-1] is not Outcome.FAIL or Outcome.PASS in outcomes:
        return False
    blind = max((len(list(run)) for what, run in groupby(outcomes) if what is Outcome.UNKNOWN), default=0)
    return blind < IN_A_ROW


def _stayed_green(sweeps: Sequence[Sweep], check_id: str) -> bool:
    own = holding(sweeps, check_id)
    return bool(own) and all(sweep.green([check_id]) for sweep in own)


def _last_three(sweeps: Sequence[Sweep], check_id: str) -> list[Outcome]:
    return [sweep.of(check_id).outcome for sweep in holding(sweeps, check_id)[-IN_A_ROW:]]
