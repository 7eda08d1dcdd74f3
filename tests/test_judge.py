"""The judge, by tables: every verdict, and everything that makes a history doubtful."""

import dataclasses
from typing import Any

import pytest

from drills.history import Attempt, Control, Detection, Difference, History, Recovery
from drills.judge import judge
from drills.record import record_of
from drills.scenario import Verdict
from drills.step_runner import StepRun
from drills.steps import Kind
from tests.drill_fakes import API, EPOCH, LIMITS, STEP, WEBAPP, ran, scenario

SEEN = "State.Running is false"
DETECTED = Detection("api.refused", 0.3, 0.3, sweeps=2)
MISSED = Detection(None, None, 5.0, sweeps=20)
CONTROL = Control(4.0, 8.1, sweeps=32, stayed_red=True, spared=(WEBAPP,))
BACK = Recovery(2.5, sweeps=9, watched_s=3.5)
STILL_RED = Recovery(None, sweeps=120, watched_s=30.1, red=(API,))
COPY = dataclasses.replace(STEP, id="cache-backup", kind=Kind.BOOKKEEPING)
LOSS = Difference(lost=("~/.env",))
RAN = (StepRun(STEP, STEP.commands, ran()),)
NO_STEPS = scenario(steps=(), expect=Verdict.DETECTED)

GOOD = History(
    scenario=scenario(),
    limits=LIMITS,
    deployment="reference",
    declared={},
    started_at=EPOCH,
    finished_at=EPOCH,
    steady_before=True,
    injected=True,
    witnessed=SEEN,
    witnessed_held=SEEN,
    detection=DETECTED,
    control=CONTROL,
    documented=Attempt(RAN, BACK),
    steady_after=True,
    impact=(API,),
)
NOT_DETECTED = {"detection": MISSED, "control": None, "tried_steps": (), "tried_recovery": None}
UNSTEADY = {"injected": False, "steady_before": False, "witnessed": None, "witnessed_held": None, **NOT_DETECTED}
SELF_HEALED = {
    "control": Control(4.0, 3.0, 12, stayed_red=False, turned_green=True),
    "tried_steps": (),
    "tried_recovery": None,
    "witnessed_held": None,
}
WITHOUT_STEPS = {"scenario": NO_STEPS, "control": None, "tried_steps": (), "tried_recovery": None}


def but(**changes: Any) -> History:
    """The good history with these changes; those of an attempt are its documented one's. No steps: it was not tried."""
    tried = {name.removeprefix("tried_"): changes.pop(name) for name in list(changes) if name.startswith("tried_")}
    untried = tried.get("steps") == () and tried.get("recovery", BACK) is None
    documented = None if untried else dataclasses.replace(GOOD.documented or Attempt(), **tried)
    return dataclasses.replace(GOOD, documented=documented, **changes)


VERDICTS: dict[str, tuple[dict[str, Any], Verdict, str]] = {
    "all is well": ({}, Verdict.RECOVERED, "Noticed as api.refused; green 2.5 s after restart-api began."),
    "no mitigation claimed": (WITHOUT_STEPS, Verdict.DETECTED, "Noticed as api.refused, and gone with the cure."),
    "the control turned green": (SELF_HEALED, Verdict.SELF_HEALED, "Green again 3.0 s after the detection"),
    "green throughout": (NOT_DETECTED, Verdict.NOT_DETECTED, "stayed green for 5.0 s, not api.refused"),
    "red for another reason": (
        {**NOT_DETECTED, "detection": dataclasses.replace(MISSED, other_codes=("api.timeout",))},
        Verdict.NOT_DETECTED,
        "was red for api.timeout only",
    ),
    "still red": ({"tried_recovery": STILL_RED}, Verdict.NOT_RECOVERED, "api_is_reachable red after the step"),
    "green after the RTO": ({"tried_recovery": Recovery(31.0, 9, 32.0)}, Verdict.NOT_RECOVERED, "and the RTO is 30 s"),
    "a spared check red": ({"tried_recovery": dataclasses.replace(BACK, worse=(WEBAPP,))}, Verdict.HARMFUL, WEBAPP),
    "data lost": (
        {"tried_difference": LOSS},
        Verdict.HARMFUL,
        "1 files that were there before the steps",
    ),
    "data kept": ({"tried_difference": Difference()}, Verdict.RECOVERED, ""),
    "green and amiss": ({"tried_amiss": "another image runs"}, Verdict.NOT_RECOVERED, "and yet: another image runs."),
    "outside fault outlasted": (
        {"scenario": scenario(outside=True), "tried_witnessed": SEEN},
        Verdict.RECOVERED,
        "green",
    ),
    # Worst first.
    "harm before no recovery": (
        {"tried_recovery": dataclasses.replace(STILL_RED, worse=(WEBAPP,))},
        Verdict.HARMFUL,
        "went red with the step",
    ),
    "no recovery before doubt": (
        {"tried_recovery": STILL_RED, "steady_after": False},
        Verdict.NOT_RECOVERED,
        "red after",
    ),
    "missed before doubt": ({**NOT_DETECTED, "steady_after": False}, Verdict.NOT_DETECTED, "stayed green"),
    "doubt before self-healed": ({**SELF_HEALED, "steady_after": False}, Verdict.INCONCLUSIVE, "did not come back"),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_every_verdict(name: str) -> None:
    changes, verdict, says = VERDICTS[name]
    judgement = judge(but(**changes))
    assert judgement.verdict is verdict, judgement.why
    assert says in judgement.why


DOUBTS: dict[str, tuple[dict[str, Any], str]] = {
    "not steady at the start": (UNSTEADY, "not green to begin with"),
    "not injected": ({"injected": False}, "was not injected"),
    "no witness": ({"witnessed": None}, "Nothing but the injector"),
    "no witness, and not detected": ({"witnessed": None, **NOT_DETECTED}, "Nothing but the injector"),
    "no witness, and not recovered": ({"witnessed": None, "tried_recovery": STILL_RED}, "Nothing but the injector"),
    "no witness, and harm": ({"witnessed": None, "tried_difference": LOSS}, "Nothing but the injector"),
    "lost evidence": ({"troubles": ("The watch ended by itself.",)}, "The watch ended by itself."),
    "nobody looked": ({**NOT_DETECTED, "detection": None}, "Nobody looked whether the fault was noticed"),
    "could not tell": (
        {**NOT_DETECTED, "detection": Detection(None, None, 5.0, 20, unknown=1)},
        "1 of 20 sweeps could not tell",
    ),
    "too few sweeps to have missed it": ({**NOT_DETECTED, "detection": Detection(None, None, 5.0, 2)}, "0 of 2 sweeps"),
    "missed by a watch that died": ({**NOT_DETECTED, "troubles": ("It died.",)}, "It died."),
    "missed, and gone meanwhile": ({**NOT_DETECTED, "witnessed_held": None}, "no longer in force when"),
    "gone before the step": ({"witnessed_held": None}, "no longer in force when"),
    "no control": ({"control": None}, "There was no control"),
    "control shorter than declared": (
        {"control": dataclasses.replace(CONTROL, held_s=7.9)},
        "for 7.9 s and needs 8.0 s",
    ),
    "control shorter than measured": ({"tried_recovery": Recovery(4.2, 9, 5.2)}, "for 8.1 s and needs 8.4 s"),
    "control in doubt": (
        {"control": dataclasses.replace(CONTROL, stayed_red=False, unknown=3)},
        "3 of 32 sweeps could not tell",
    ),
    "no step": ({"tried_steps": ()}, "No step was run"),
    "not all steps": ({"scenario": scenario(steps=("restart-api", "triage-logs"))}, "1 of 2 steps were run"),
    "a step was ended": ({"tried_steps": (StepRun(STEP, "", ran(None, timed_out=True)),)}, "did not end within 1.0 s"),
    "a step that nobody saw end": ({"tried_steps": (StepRun(STEP, "", ran(None)),)}, "nobody saw"),
    "nobody looked after the step": ({"tried_recovery": None}, "Nobody looked whether the service came back"),
    "unknown after the step": (
        {"tried_recovery": Recovery(None, 9, 30.1, unknown=(API,))},
        f"could not be told: {API}",
    ),
    "every step failed": (
        {"tried_steps": (StepRun(STEP, "", ran(1)),)},
        "what brought the service back, if anything did, was something else",
    ),
    "only the copy that was made first did not fail": (
        {
            "scenario": scenario(steps=("cache-backup", "restart-api")),
            "tried_steps": (StepRun(COPY, "", ran(0)), StepRun(STEP, "", ran(1))),
        },
        "was something else",
    ),
    "all green before the step": ({"tried_red_before": ()}, "Nothing that had to be green was red"),
    "too few sweeps after it": (
        {"tried_recovery": Recovery(None, 2, 30.1, red=(API,))},
        "for the whole RTO",
    ),
    "lost sight before the RTO": ({"tried_recovery": Recovery(None, 9, 29.9, red=(API,))}, "for the whole RTO"),
    "outside fault gone": ({"scenario": scenario(outside=True)}, "outside had gone"),
    "not cured": ({"witnessed_cured": SEEN}, "still in force after its cure"),
    "not steady after": ({"steady_after": False}, "did not come back after the cure"),
    "no steps, not cured": ({**WITHOUT_STEPS, "witnessed_cured": SEEN}, "still in force after its cure"),
    "no steps, gone before the cure": ({**WITHOUT_STEPS, "witnessed_held": None}, "no longer in force when"),
    "no steps, not steady after": ({**WITHOUT_STEPS, "steady_after": False}, "did not come back"),
}


@pytest.mark.parametrize("name", DOUBTS)
def test_doubt_is_inconclusive(name: str) -> None:
    changes, says = DOUBTS[name]
    judgement = judge(but(**changes))
    assert judgement.verdict is Verdict.INCONCLUSIVE, judgement.why
    assert says in judgement.why
    assert judgement.doubts


@pytest.mark.parametrize("first", DOUBTS)
def test_two_doubts_together_are_no_better_than_one(first: str) -> None:
    changes, _ = DOUBTS[first]
    for other, _ in DOUBTS.values():
        judgement = judge(but(**{**other, **changes}))
        assert judgement.verdict not in (Verdict.RECOVERED, Verdict.DETECTED, Verdict.SELF_HEALED), judgement.why


def test_every_verdict_stands_in_the_table_worst_first() -> None:
    assert {verdict for _, verdict, _ in VERDICTS.values()} == set(Verdict)
    worst, *_, best = Verdict
    assert (worst, best) == (Verdict.HARMFUL, Verdict.RECOVERED)


def test_a_step_that_failed_is_a_finding_though_it_recovered() -> None:
    failed = StepRun(STEP, "", ran(1), "there is no service 'api'")
    record = record_of(but(tried_steps=(failed, StepRun(STEP, "", ran(0)))), "d1")
    assert record.verdict is Verdict.RECOVERED
    (finding,) = record.findings
    assert finding.step == "restart-api"
    assert "ended with exit code 1: there is no service 'api'" in finding.text


def test_a_step_without_effect_is_a_finding() -> None:
    record = record_of(but(tried_recovery=STILL_RED), "d1")
    assert [finding.step for finding in record.findings] == ["restart-api"]
    assert "red after the step" in record.findings[0].text
    assert record.documented is not None
    assert record.documented.judged.verdict is Verdict.NOT_RECOVERED


def test_a_judge_that_stumbles_is_inconclusive() -> None:
    record = record_of(but(control="not a control"), "d1")
    assert record.verdict is Verdict.INCONCLUSIVE
    assert "The judge stumbled" in record.why


CORRECTED = {"scenario": scenario(corrected=("recreate-api",)), "tried_recovery": STILL_RED}
TRIED: dict[str, tuple[Attempt, Verdict, Verdict]] = {
    "ours brings it back": (Attempt(RAN, BACK), Verdict.RECOVERED, Verdict.RECOVERED),
    "ours does nothing": (Attempt(RAN, STILL_RED), Verdict.NOT_RECOVERED, Verdict.NOT_RECOVERED),
    "ours harms": (Attempt(RAN, BACK, difference=LOSS), Verdict.HARMFUL, Verdict.HARMFUL),
    "nobody saw ours end": (
        Attempt((StepRun(STEP, "", ran(None)),), BACK),
        Verdict.INCONCLUSIVE,
        Verdict.INCONCLUSIVE,
    ),
}


@pytest.mark.parametrize("name", TRIED)
def test_where_the_documented_step_has_no_effect_the_corrected_one_decides(name: str) -> None:
    attempt, corrected, verdict = TRIED[name]
    judgement = judge(but(**CORRECTED, corrected=attempt))
    assert judgement.verdict is verdict, judgement.why
    assert judgement.documented is not None
    assert judgement.documented.verdict is Verdict.NOT_RECOVERED
    assert judgement.corrected is not None
    assert judgement.corrected.verdict is corrected


LATE = Attempt(RAN, Recovery(12.0, 9, 13.0))


def test_the_time_under_a_step_without_effect_is_control_for_the_corrected_one() -> None:
    assert judge(but(**CORRECTED, corrected=LATE)).verdict is Verdict.RECOVERED
    lacking = scenario(steps=(), corrected=("recreate-api",))
    alone = judge(but(scenario=lacking, tried_steps=(), tried_recovery=None, corrected=LATE))
    assert alone.verdict is Verdict.INCONCLUSIVE
    assert "for 8.1 s and needs 24.0 s" in alone.why
    unseen = {**CORRECTED, "tried_recovery": Recovery(None, 120, 30.1, unknown=(API,))}
    assert judge(but(**unseen, corrected=LATE)).verdict is Verdict.INCONCLUSIVE


def test_what_the_runbook_lacks_may_be_brought_back_by_ours() -> None:
    lacking = scenario(steps=(), corrected=("recreate-api",))
    judgement = judge(but(scenario=lacking, tried_steps=(), tried_recovery=None, corrected=Attempt(RAN, BACK)))
    assert judgement.verdict is Verdict.RECOVERED, judgement.why
    assert judgement.documented is None


def test_a_harm_by_the_documented_step_stands_beside_the_corrected_one() -> None:
    tried = {**CORRECTED, "tried_difference": LOSS}
    judgement = judge(but(**tried, corrected=Attempt(RAN, BACK)))
    assert judgement.documented is not None
    assert (judgement.verdict, judgement.documented.verdict) == (Verdict.RECOVERED, Verdict.HARMFUL)


EXPECTED = scenario(steps=(), expect=Verdict.SELF_HEALED)


def test_what_is_amiss_though_all_is_green_is_the_corrected_steps_to_mend() -> None:
    tried = {"scenario": scenario(corrected=("recreate-api",)), "tried_amiss": "another image runs"}
    mended = judge(but(**tried, corrected=Attempt(RAN, BACK, red_before=())))
    assert mended.verdict is Verdict.RECOVERED, mended.why


def test_a_service_that_is_to_heal_by_itself_and_stays_red_is_doubt() -> None:
    judgement = judge(but(scenario=EXPECTED, tried_steps=(), tried_recovery=None))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "It was to heal by itself" in judgement.why
