"""The plan of a comparison: blocks in turn, pauses between, the calls that both targets have."""

from collections import Counter
from random import Random

import msgspec
import numpy as np
import pytest

from checks.target import Api, OpenAI, Target
from load.block_figures import call_blocks, counted_in, ran_over
from load.blocks import SETTLES_S, WARM_S, pairs_of
from load.guard import LoadRefused
from load.load_profile import QUESTIONS, CallName, Share
from load.plan import Plan, Side
from load.records import Answered, Records
from load.schedule import slots, turn_of
from tests.compare_fakes import BEGINS_AT, NEW, OLD, WARM_UPS, plan_for, records_for

AWAY = Target(name="away", api=Api(url="https://finchat.example.com", query="/q"), openai=OpenAI(paid=False))


def test_the_sides_are_asked_in_turn_and_the_order_within_a_pair_alternates() -> None:
    plan = plan_for(pairs=8)
    assert "".join(stage.side for stage in plan.stages) == "ab" + "abba" * 4
    sides = [(plan.stages[a].side, plan.stages[b].side) for a, b in pairs_of(plan)]
    assert sides == [("a", "b")] * 8
    assert all(abs(a - b) == 1 for a, b in pairs_of(plan))


def test_each_block_is_of_one_length_and_followed_by_a_pause() -> None:
    plan = plan_for(block_s=5.0, gap_s=1.5)
    assert [stage.lasts_s for stage in plan.stages] == [WARM_S] * 2 + [5.0] * 16
    pauses = {after.from_s - before.to_s for before, after in zip(plan.stages, plan.stages[1:], strict=False)}
    assert pauses == {1.5}
    assert plan.lasts_s == 2 * WARM_S + 16 * 5.0 + 17 * 1.5


def test_the_users_ask_each_side_only_in_its_blocks_and_as_often() -> None:
    plan, random = plan_for(), Random(1)
    asked = [slot for n in range(plan.users) for slot in slots(plan, random, turn_of(n))]
    counted: Counter[Side] = Counter()
    for slot in asked:
        side = plan.endpoints[slot.endpoint].side
        (stage,) = [one for one in plan.stages if one.from_s <= slot.at_s < one.to_s]
        assert stage.side == side
        counted[side] += 1
    assert counted["a"] == pytest.approx(1290, rel=0.03)
    assert counted["b"] == pytest.approx(1290, rel=0.03)


def test_only_calls_that_both_have_are_asked() -> None:
    unready = msgspec.structs.replace(NEW, api=Api(url="http://127.0.0.1:9000", query="/q", ready=False))
    plan = plan_for(QUESTIONS, targets={"a": OLD, "b": unready})
    for side in ("a", "b"):
        mine = [one for one in plan.endpoints if one.side == side]
        assert [one.name for one in mine] == ["question", "question_fresh", "health"]
        assert sum(one.fraction for one in mine) == pytest.approx(1.0)


def test_targets_without_a_call_in_common_are_refused_in_a_sentence() -> None:
    mute = Target(name="mute", api=Api(url="http://127.0.0.1:9000", query=False))
    asks = Target(name="asks", api=Api(url="http://127.0.0.1:8000", query="/q", health=False, ready=False))
    with pytest.raises(ValueError, match="none of the calls of profile 'baseline' in common"):
        plan_for((*QUESTIONS,), targets={"a": asks, "b": mute})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pairs": 7}, "8 to 200 pairs"),
        ({"pairs": 201}, "8 to 200 pairs"),
        ({"block_s": 1.5}, "lasts 2 s or more"),
        ({"gap_s": -1.0}, "0 s or more"),
    ],
)
def test_a_comparison_that_could_not_tell_is_refused(changes: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plan_for(**changes)  # type: ignore[arg-type]


def test_both_sides_are_guarded() -> None:
    with pytest.raises(LoadRefused, match=r"no load goes to finchat\.example\.com"):
        plan_for(targets={"a": OLD, "b": AWAY})
    with pytest.raises(LoadRefused, match=r"no load goes to finchat\.example\.com"):
        plan_for(targets={"a": AWAY, "b": OLD})
    slow = msgspec.structs.replace(NEW, load_rate_max_per_s=20.0)
    with pytest.raises(LoadRefused, match="30 requests/s are more than the 20"):
        plan_for(targets={"a": OLD, "b": slow})


def test_one_target_is_no_comparison() -> None:
    with pytest.raises(ValueError, match="between two targets"):
        plan_for(targets={"a": OLD})


def test_what_is_asked_while_a_block_settles_does_not_count() -> None:
    plan = plan_for()

    def slow_at_first(block: Records, number: int, side: Side) -> None:
        early = block["intended"] < BEGINS_AT + plan.stages[number + WARM_UPS].from_s + SETTLES_S
        block["end"][early] += 5.0

    (call,) = call_blocks(plan, records_for(plan, slow_at_first))
    assert call.p95_s.max() < 0.2
    assert (call.n == 4 * 30).all()


def test_what_is_cold_at_first_does_not_count_against_the_side_that_is_asked_first() -> None:
    plan = plan_for()

    def cold(block: Records, number: int, side: Side) -> None:
        block["end"] += 3.0 if number < 0 else 0.0

    (call,) = call_blocks(plan, records_for(plan, cold))
    assert call.p95_s.shape == (8, 2)
    assert call.p95_s.max() < 0.2


def test_what_was_due_before_the_first_block_or_after_the_last_is_in_none() -> None:
    plan = plan_for()
    records = records_for(plan)[-10:].copy()
    records["intended"] = BEGINS_AT + 8 + np.array([-9, 0, 0.5, 1.5, 5.5, 6, 7.5, 94.9, 95, 200])
    assert counted_in(plan, records).tolist() == [-1, -1, -1, 2, -1, -1, 3, 17, -1, -1]


def test_a_failed_request_is_later_than_any_that_was_answered() -> None:
    plan = plan_for()

    def fails(share: float) -> Records:
        def alter(block: Records, number: int, side: Side) -> None:
            block["answered"][: round(share * len(block))] = Answered.WRONG_STATUS
            np.random.default_rng(number + WARM_UPS).shuffle(block["answered"])

        return records_for(plan, alter)

    few, many = (call_blocks(plan, fails(share))[0] for share in (0.01, 0.12))
    assert np.isfinite(few.p95_s).all()
    assert np.isinf(many.p95_s).all()
    assert few.bad.sum() < many.bad.sum()


@pytest.mark.parametrize(("late_s", "blocks"), [(1.5, []), (4.0, list(range(1, 17)))])
def test_a_block_that_reaches_into_the_next_one_is_seen(late_s: float, blocks: list[int]) -> None:
    plan = plan_for()

    def late(block: Records, number: int, side: Side) -> None:
        block["end"][-20:] += late_s

    assert ran_over(plan, records_for(plan, late))[0] == blocks


def test_all_calls_of_both_sides_are_found_under_one_name() -> None:
    mix = (Share(CallName.QUESTION_FRESH, 0.5), Share(CallName.HEALTH, 0.5))
    plan: Plan = plan_for(mix)
    calls = call_blocks(plan, records_for(plan))
    assert [call.name for call in calls] == ["question_fresh", "health"]
    assert sum(int(call.n.sum()) for call in calls) == 16 * 4 * 30
