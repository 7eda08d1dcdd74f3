"""What a load says of the drill that it went through: each verdict and each doubt, from made-up events and records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest

from load.doubts import generator_error
from load.drill_events import DrillEvent, moments_of, read_events
from load.judge import judge_part
from load.judged import Judgement, Verdict
from load.objectives import Objective
from load.plan import Plan
from load.records import Answered, Records
from load.through_drill import cut, judged_through, marks_of
from load.users_served import SETTLED_S
from tests.load_records import BEGINS_AT, a_plan, an_end, asked, slowed, spoilt, together, yardstick

PLAN = a_plan(30.0, 200.0, profile="recovery")
OBJECTIVES = [Objective("api", "p95", 2.5), Objective("api", "error_rate", 0.01)]
INJECT_S, STEP_S, GREEN_S, STOP_S = 40.0, 60.0, 62.0, 100.0


def event(name: str, at_s: float, **more: object) -> DrillEvent:
    return msgspec.convert({"event": name, "at": BEGINS_AT + at_s, **more}, DrillEvent)


def phase(name: str, at_s: float, step: str = "") -> DrillEvent:
    return event("phase", at_s, phase=name, step=step)


def the_end(verdict: str = "recovered", expected: str = "recovered", **more: object) -> DrillEvent:
    said = {"why": "it is so", "rto_s": 25.0, "time_to_recover_s": GREEN_S - STEP_S, **more}
    return event("end", 110.0, verdict=verdict, expected=expected, **said)


def drill(end: DrillEvent | None = None) -> list[DrillEvent]:
    """The events of a drill that goes well."""
    return [
        phase("steady", 0),
        phase("inject", INJECT_S),
        phase("step", STEP_S, "restart-api"),
        phase("recover", STEP_S + 1),
        event("noticed", INJECT_S + 1),
        event("recovered", GREEN_S),
        phase("cure", STOP_S + 1),
        end or the_end(),
    ]


@dataclass(frozen=True)
class Load:
    """A load through a drill: which requests were refused (from, to), and until when it went on."""

    down_s: tuple[float, float] = (INJECT_S, GREEN_S - 0.5)
    events: Sequence[DrillEvent] = field(default_factory=drill)
    plan: Plan = PLAN
    stop_s: float = STOP_S
    trouble: str = ""

    def records(self) -> Records:
        records = asked(self.plan, until_s=self.stop_s)
        due_s = records["intended"] - BEGINS_AT
        down = np.flatnonzero((due_s >= self.down_s[0]) & (due_s < self.down_s[1]))
        return spoilt(records, down, Answered.NO_ANSWER, status=0, latency_s=0.01)

    def judged(self, records: Records | None = None) -> dict[str, Judgement]:
        records = together(self.records() if records is None else records, yardstick(self.plan, until_s=self.stop_s))
        ended = an_end(self.plan, records)

        def judge(plan: Plan, some: Records) -> list[Judgement]:
            generator = generator_error(some, plan, ended)
            return [judge_part(one, some, plan, generator) for one in OBJECTIVES]

        found = judged_through(self.events, self.plan, records, BEGINS_AT + self.stop_s, judge, trouble=self.trouble)
        return {one.objective: one for one in found}


def verdicts(found: dict[str, Judgement]) -> dict[str, str]:
    return {name: one.verdict.value for name, one in found.items()}


NAMES = [
    "drill.time_to_recover",
    "before.api.p95",
    "before.api.error_rate",
    "users.fault_felt",
    "users.time_to_recover",
    "after.api.p95",
    "after.api.error_rate",
]


def test_a_drill_that_brings_the_service_back_passes_before_and_after() -> None:
    found = Load().judged()
    assert verdicts(found) == dict.fromkeys(NAMES, "pass")
    assert found["before.api.p95"].n == pytest.approx(30 * (INJECT_S - 2), abs=61)
    assert found["after.api.p95"].n == pytest.approx(30 * (STOP_S - GREEN_S), abs=61)


def test_one_stray_answer_under_a_fault_is_none_that_users_felt() -> None:
    records = asked(PLAN, until_s=STOP_S)
    stray = np.flatnonzero(records["intended"] > BEGINS_AT + STEP_S + 1)[:1]
    found = Load().judged(spoilt(records, stray, Answered.NO_ANSWER))
    for name in ("users.fault_felt", "users.time_to_recover"):
        assert (found[name].verdict, found[name].code) == (Verdict.INCONCLUSIVE, "load.fault_not_felt")


def test_users_recovery_counts_from_the_step_to_the_last_bad_answer_with_the_drills_figure_beside_it() -> None:
    found = Load().judged()["users.time_to_recover"]
    assert found.measured == pytest.approx(1.5, abs=0.2)
    assert (found.limit, found.unit) == (25.0, "s")
    assert "served again for good 1." in found.why and "the checks were green after 2.0 s" in found.why


def test_who_waits_while_the_server_starts_is_served_when_the_answer_comes() -> None:
    load = Load(down_s=(INJECT_S, STEP_S + 0.3))
    records = load.records()
    due_s = records["intended"] - BEGINS_AT
    for second in np.arange(STEP_S + 0.3, STEP_S + 1.4, 0.01):
        waiting = (due_s >= second) & (due_s < second + 0.01)
        records = slowed(records, waiting, STEP_S + 1.4 - second)
    assert load.judged(records)["users.time_to_recover"].measured == pytest.approx(1.4, abs=0.1)


def test_a_service_that_is_slow_after_the_recovery_fails_after_and_not_before() -> None:
    load = Load()
    records = load.records()
    late = np.flatnonzero(records["intended"] > BEGINS_AT + GREEN_S)
    found = load.judged(slowed(records, late[::4], 4.0))
    assert (found["before.api.p95"].verdict, found["after.api.p95"].verdict) == (Verdict.PASS, Verdict.FAIL)


def test_a_load_that_was_too_much_for_a_healthy_service_proves_nothing_about_the_recovery() -> None:
    load = Load()
    records = load.records()
    found = load.judged(slowed(records, np.arange(0, len(records), 3), 4.0))
    for stretch in ("before", "after"):
        one = found[f"{stretch}.api.p95"]
        assert (one.verdict, one.code) == (Verdict.INCONCLUSIVE, "load.sick_before")
    assert "lower rate" in found["before.api.p95"].why


def test_a_failure_after_is_no_fault_of_the_recovery_where_nobody_knows_what_was_before() -> None:
    events = [replace_at(one, 3.0) if one.phase == "inject" else one for one in drill()]
    load = Load(down_s=(GREEN_S, STOP_S), events=events)
    found = load.judged()
    assert found["before.api.error_rate"].code == "load.too_few"
    assert found["after.api.error_rate"].verdict is Verdict.INCONCLUSIVE


def replace_at(one: DrillEvent, at_s: float) -> DrillEvent:
    return msgspec.structs.replace(one, at=BEGINS_AT + at_s)


def test_a_fault_that_no_user_felt_is_doubt() -> None:
    found = Load(down_s=(0.0, 0.0)).judged()
    for name in ("users.fault_felt", "users.time_to_recover"):
        assert (found[name].verdict, found[name].code) == (Verdict.INCONCLUSIVE, "load.fault_not_felt")


def test_answers_that_come_too_late_are_felt_as_well() -> None:
    load = Load(down_s=(0.0, 0.0))
    records = load.records()
    due_s = records["intended"] - BEGINS_AT
    found = load.judged(slowed(records, (due_s > INJECT_S) & (due_s < GREEN_S - 0.5), 3.0))
    assert (found["users.fault_felt"].verdict, found["users.time_to_recover"].verdict) == (Verdict.PASS, Verdict.PASS)


SERVED = {  # when users get bad answers, until when the load goes on: verdict and code of users.time_to_recover
    "in time": ((INJECT_S, STEP_S + 20), STOP_S, "pass", ""),
    "later than allowed": ((INJECT_S, STEP_S + 30), STOP_S, "fail", "load.exceeded"),
    "never, and long watched": ((INJECT_S, 999), STOP_S, "fail", "load.exceeded"),
    "not yet when the load ended": ((INJECT_S, 999), STEP_S + 10, "inconclusive", "load.too_short"),
    "too shortly before its end": ((INJECT_S, STEP_S + 10), STEP_S + 9 + SETTLED_S, "inconclusive", "load.too_short"),
    "before the step": ((INJECT_S, STEP_S - 5), STOP_S, "inconclusive", "load.served_before"),
}  # fmt: skip


@pytest.mark.parametrize("when", SERVED)
def test_users_are_served_again(when: str) -> None:
    down_s, stop_s, verdict, code = SERVED[when]
    found = Load(down_s=down_s, stop_s=stop_s).judged()["users.time_to_recover"]
    assert (found.verdict.value, found.code) == (verdict, code), found.why


@pytest.mark.parametrize(
    ("strays", "verdict"), [(1, Verdict.PASS), (60, Verdict.FAIL)], ids=["as on any day", "too often"]
)
def test_users_are_served_for_good_when_no_more_go_wrong_than_may_anyhow(strays: int, verdict: Verdict) -> None:
    load = Load()
    records = load.records()
    late = np.flatnonzero(records["intended"] > BEGINS_AT + STEP_S + 10)
    found = load.judged(spoilt(records, late[:: len(late) // strays]))["users.time_to_recover"]
    assert found.verdict is verdict, found.why


def test_a_generator_that_died_under_the_fault_leaves_doubt() -> None:
    load = Load()
    records = load.records()
    found = load.judged(records[records["intended"] < BEGINS_AT + GREEN_S + 10])
    assert found["users.time_to_recover"].code == "load.rate_missed"
    assert found["after.api.p95"].verdict is Verdict.INCONCLUSIVE


ENDS = {  # the drill's end: its judgement, and that of the time after the recovery
    "not recovered": (the_end("not recovered", time_to_recover_s=None), "fail", "inconclusive"),
    "harmful": (the_end("harmful"), "fail", "pass"),
    "inconclusive": (the_end("inconclusive"), "inconclusive", "inconclusive"),
    "detected, as it should": (the_end("detected", "detected"), "inconclusive", "pass"),
    "self-healed, which it should not": (the_end("self-healed"), "fail", "pass"),
}


@pytest.mark.parametrize("how", ENDS)
def test_the_drills_own_verdict_counts_when_it_is(how: str) -> None:
    end, verdict, after = ENDS[how]
    events = [one for one in drill(end) if one.event != "recovered" or end.verdict != "not recovered"]
    found = Load(events=events).judged()
    assert found["drill.time_to_recover"].verdict.value == verdict
    assert found["after.api.p95"].verdict.value == after


LOST = ["end", "inject", "recovered", "step"]


@pytest.mark.parametrize("name", LOST)
def test_without_an_event_everything_that_hangs_on_it_is_doubt(name: str) -> None:
    found = Load(events=[one for one in drill() if name not in (one.event, one.phase)]).judged()
    users = {one.verdict for key, one in found.items() if not key.startswith("drill.")}
    assert users == {Verdict.INCONCLUSIVE}


@pytest.mark.parametrize("events", [[], [phase("steady", 0)]], ids=["no events", "not begun"])
def test_a_drill_that_said_nothing_passes_nothing(events: list[DrillEvent]) -> None:
    assert set(verdicts(Load(events=events).judged()).values()) == {"inconclusive"}


def test_no_traffic_passes_nothing_but_the_drill() -> None:
    load = Load()
    found = verdicts(load.judged(load.records()[:0]))
    assert found.pop("drill.time_to_recover") == "pass"
    assert set(found.values()) == {"inconclusive"}


@pytest.mark.parametrize("trouble", ["the generator ended by itself (exit code 1)", ""])
def test_what_went_wrong_between_the_two_is_doubt_and_is_said(trouble: str) -> None:
    vain = [*drill(), event("waited in vain", 101, until="unloaded")]
    found = Load(trouble=trouble, events=drill() if trouble else vain).judged()
    assert found["after.api.p95"].verdict is Verdict.INCONCLUSIVE
    assert (trouble or "waited in vain") in found["after.api.p95"].why.replace("The g", "the g")


def test_what_the_fault_cut_off_is_not_held_against_the_time_before() -> None:
    records = asked(PLAN, until_s=STOP_S)
    due_s = records["intended"] - BEGINS_AT
    waiting = np.flatnonzero((due_s > INJECT_S - 3) & (due_s < INJECT_S - 2))
    records = spoilt(records, waiting, Answered.TIMED_OUT, latency_s=15.0)
    plan, inside = cut(PLAN, records, BEGINS_AT, BEGINS_AT + INJECT_S - 2, BEGINS_AT + INJECT_S)
    assert set(inside["answered"]) == {Answered.WELL, Answered.CUT_OFF}
    assert inside["end"].max() <= BEGINS_AT + INJECT_S
    assert (plan.lasts_s, plan.begins_at) == (INJECT_S - 2, BEGINS_AT)


def test_the_pictures_get_a_mark_for_all_that_happened_while_the_load_ran() -> None:
    marks = marks_of(drill(), BEGINS_AT, BEGINS_AT + STOP_S)
    assert [(one.label, one.kind) for one in marks] == [
        ("fault", "fault"),
        ("step restart-api", "step"),
        ("recovered", "recovered"),
        ("load ends", "stop"),
    ]
    assert [one.at_s for one in marks] == pytest.approx([INJECT_S, STEP_S, GREEN_S, STOP_S])
    assert [one.label for one in marks_of(drill(), BEGINS_AT, BEGINS_AT + 50)] == ["fault", "load ends"]


def test_a_recovery_by_corrected_steps_counts_from_these() -> None:
    events = [phase("step", 10, "a"), phase("step", 11, "b"), phase("recover", 12), phase("step", 40, "c")]
    assert moments_of(events).step_at == BEGINS_AT + 40
    assert moments_of(events[:3]).step_at == BEGINS_AT + 10


def test_a_line_that_is_still_being_written_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "drill.jsonl"
    assert read_events(file) == ()
    file.write_text('{"event": "bench", "at": 1.0}\n{"event": "pha')
    assert [one.event for one in read_events(file)] == ["bench"]
    file.write_text("no event\n")
    with pytest.raises(ValueError):
        read_events(file)
