"""What makes a comparison doubtful: no traffic, too few pairs, a sick generator, blocks that run over."""

import numpy as np
import pytest

from load.compare import compare
from load.compared import Change
from load.plan import Side
from load.records import Answered, Records
from tests.compare_fakes import judged, plan_for, records_for, slower_by

WORSE, DOUBT = Change.REGRESS, Change.CANNOT_TELL


def test_no_traffic_is_never_no_regression() -> None:
    plan = plan_for()
    records = records_for(plan)
    for sides in (("a",), ("b",), ("a", "b")):
        silent = [number for number, one in enumerate(plan.endpoints) if one.side in sides]
        found = judged(plan, records[~np.isin(records["endpoint"], silent)])
        assert found.verdict is DOUBT
        assert {row.verdict for row in found.rows} == {DOUBT}
    assert judged(plan, records[:0]).rows[0].code == "load.no_traffic"


def test_a_block_without_traffic_leaves_too_few_pairs() -> None:
    plan = plan_for()

    def silent(block: Records, number: int, side: Side) -> None:
        if number == 3:
            block["answered"] = Answered.CUT_OFF

    found = judged(plan, records_for(plan, silent))
    assert [(row.verdict, row.code) for row in found.rows] == [(DOUBT, "load.too_few_pairs")] * 2
    assert found.rows[0].why == "7 pairs are whole, 8 are needed: let the run come to its end"


def test_a_block_of_which_some_answers_were_not_waited_for_is_not_whole() -> None:
    plan = plan_for()

    def cut(block: Records, number: int, side: Side) -> None:
        if number == 15:
            block["answered"][-3:] = Answered.CUT_OFF

    row = judged(plan, records_for(plan, cut)).rows[0]
    assert (row.verdict, row.code, row.pairs) == (DOUBT, "load.too_few_pairs", 7)


@pytest.mark.parametrize("lagging", ["a", "b"])
def test_a_generator_that_lags_on_either_side_cannot_tell(lagging: Side) -> None:
    plan = plan_for()

    def late(block: Records, number: int, side: Side) -> None:
        block["lag_s"][::10] = 0.02 if side == lagging else 0.0

    found = judged(plan, records_for(plan, late))
    assert (found.rows[0].verdict, found.rows[0].code) == (DOUBT, "load.lag")
    assert found.verdict is DOUBT


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        ({"made": 5000}, "load.records_lost"),
        ({"processes": 2}, "load.records_lost"),
        ({"written": 99999}, "load.records_lost"),
    ],
)
def test_records_that_are_lost_make_all_of_it_doubtful(ended: dict[str, int], code: str) -> None:
    plan = plan_for()
    found = judged(plan, records_for(plan, slower_by(0.5)), **ended)
    assert (found.verdict, found.code) == (DOUBT, code)
    assert {row.verdict for row in found.rows} == {DOUBT}
    assert found.words.startswith("cannot tell whether the new build (http://127.0.0.1:9000) is worse than the old one")


def test_a_generator_that_died_or_missed_its_rate_cannot_tell() -> None:
    plan = plan_for()
    records = records_for(plan)
    assert compare(plan, records, None).code == "load.generator_died"
    kept = np.random.default_rng(1).random(len(records)) < 0.9
    assert judged(plan, records[kept]).code == "load.rate_missed"


@pytest.mark.parametrize(("side", "verdict"), [("a", DOUBT), ("b", WORSE)])
def test_what_runs_over_into_the_other_sides_block_is_no_excuse_for_the_new_build(side: Side, verdict: Change) -> None:
    plan = plan_for()

    def late(block: Records, number: int, asked: Side) -> None:
        block["end"] += 4.0 if asked == side else 0.0

    assert judged(plan, records_for(plan, late)).verdict is verdict


def test_a_few_late_answers_that_run_over_leave_it_open() -> None:
    plan = plan_for()

    def late(block: Records, number: int, side: Side) -> None:
        block["end"][-3:] += 4.0 if side == "b" else 0.0

    found = judged(plan, records_for(plan, late))
    assert (found.verdict, found.code) == (DOUBT, "load.ran_over")
