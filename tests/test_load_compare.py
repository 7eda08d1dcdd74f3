"""Whether a new build is called worse: the judge in both directions, its doubts, and what it prints."""

import re
from pathlib import Path

import msgspec
import numpy as np
import pytest

from load.block_figures import call_blocks
from load.compare import compare, compared_run, more_pairs
from load.compare_table import lines_of
from load.compared import Change, Comparison
from load.done import done
from load.load_profile import CallName, Share
from load.objectives import read_objectives
from load.plan import ENDED_FILE, RECORDS_FILE, Side, write_plan
from load.records import Answered, Records
from load.sign_flip import SignFlip, sign_flip
from tests.compare_fakes import NEW, OLD, Alter, ended_for, judged, plan_for, records_for, rows_of, slower_by

WELL, WORSE, DOUBT = Change.NO_REGRESSION, Change.REGRESS, Change.CANNOT_TELL


def failing(share: float, side: Side, *, blocks: range = range(99)) -> Alter:
    """A share of one side's requests fails, in these blocks, spread evenly."""

    def alter(block: Records, number: int, asked: Side) -> None:
        if asked == side and number in blocks and share:
            block["answered"][:: round(1 / share)] = Answered.WRONG_STATUS

    return alter


@pytest.mark.parametrize(
    ("slower", "verdict", "code"),
    [(0.0, WELL, ""), (-0.3, WELL, ""), (0.03, WELL, ""), (0.08, DOUBT, "load.too_few"), (0.2, WORSE, "load.slower")],
)
def test_a_new_build_is_worse_when_it_is_surely_slower_and_by_more_than_a_tenth(
    slower: float, verdict: Change, code: str
) -> None:
    plan = plan_for()
    found = judged(plan, records_for(plan, slower_by(slower)))
    assert found.verdict is verdict
    row = found.rows[0]
    assert (row.verdict, row.code) == (verdict, code)
    assert row.ratio == pytest.approx(1 + slower, abs=0.03)
    assert row.lower is not None and row.upper is not None
    assert row.lower < 1 + slower < row.upper
    assert row.a == pytest.approx(0.104, abs=0.005)
    assert (row.n_a, row.pairs) == (960, 8)


def test_an_old_build_that_is_slower_is_no_regression_of_the_new_one() -> None:
    plan = plan_for()
    found = judged(plan, records_for(plan, slower_by(0.3, "a")))
    assert found.verdict is WELL
    assert found.words == (
        "the new build (http://127.0.0.1:9000) is not worse than the old one (http://127.0.0.1:8000)"
    )


def test_the_words_say_which_build_is_worse_and_in_what() -> None:
    plan = plan_for()
    found = judged(plan, records_for(plan, slower_by(0.3)))
    assert found.words == (
        "the new build (http://127.0.0.1:9000) is worse than the old one (http://127.0.0.1:8000): question_fresh p95"
    )


def test_one_call_that_is_slower_is_enough_and_the_others_stay_green() -> None:
    plan = plan_for((Share(CallName.QUESTION_FRESH, 0.5), Share(CallName.HEALTH, 0.5)), 60)
    health_of_b = next(n for n, one in enumerate(plan.endpoints) if (one.name, one.side) == ("health", "b"))
    found = judged(plan, records_for(plan, slower_by(0.4, endpoint=health_of_b)))
    verdicts = {name: row.verdict for name, row in rows_of(found).items()}
    assert verdicts == {"question_fresh.p95": WELL, "health.p95": WORSE, "api.error_rate": WELL}
    assert found.verdict is WORSE


def rare(slower: float) -> Comparison:
    """A comparison in which /health is asked ten times a block; it is slower in the new build."""
    plan = plan_for((Share(CallName.QUESTION_FRESH, 0.95), Share(CallName.HEALTH, 0.05)), 50)
    health_of_b = next(n for n, one in enumerate(plan.endpoints) if (one.name, one.side) == ("health", "b"))
    return judged(plan, records_for(plan, slower_by(slower, endpoint=health_of_b)))


def test_a_rare_call_is_not_told_and_says_what_it_takes_and_the_others_are() -> None:
    found = rare(0.0)
    row = rows_of(found)["health.p95"]
    assert (row.verdict, row.code, row.scarce) == (DOUBT, "load.too_few", True)
    assert re.fullmatch("(9|10) in a block; the p95 of a block takes 20: blocks of (9|10) s", row.why)
    assert found.verdict is WELL
    assert found.words.endswith("; nobody can tell: health p95")


def test_a_rare_call_that_is_twice_as_slow_is_seen_all_the_same() -> None:
    found = rare(1.0)
    assert rows_of(found)["health.p95"].verdict is WORSE
    assert found.verdict is WORSE


def one_more_of_five(block: Records, number: int, side: Side) -> None:
    block["answered"][-5 if side == "b" else -4 :] = Answered.WRONG_STATUS


def test_where_every_call_is_rare_nobody_can_tell() -> None:
    plan = plan_for(rate_per_s=3.0, pairs=60)
    found = judged(plan, records_for(plan))
    assert [(row.verdict, row.scarce) for row in found.rows] == [(DOUBT, True), (WELL, False)]
    assert found.verdict is DOUBT


@pytest.mark.parametrize(
    ("alter", "verdict", "code"),
    [
        (failing(0.02, "a"), WELL, ""),
        (failing(0.02, "b"), WORSE, "load.more_failures"),
        (one_more_of_five, DOUBT, "load.too_few"),
        (failing(0.04, "b", blocks=range(1, 2)), WELL, ""),
        (failing(0.5, "b", blocks=range(1, 2)), DOUBT, "load.too_few"),
    ],
    ids=["of the old build", "of the new build", "one more each time", "a few in one block", "many in one block"],
)
def test_more_failures_are_a_regression_and_one_burst_is_not(alter: Alter, verdict: Change, code: str) -> None:
    plan = plan_for()
    row = rows_of(judged(plan, records_for(plan, alter)))["api.error_rate"]
    assert (row.verdict, row.code) == (verdict, code)


def test_where_the_p95_is_of_failures_the_failures_are_what_is_judged() -> None:
    plan = plan_for()
    found = judged(plan, records_for(plan, failing(0.2, "b")))
    p95, failures = rows_of(found)["question_fresh.p95"], rows_of(found)["api.error_rate"]
    assert (p95.verdict, p95.code) == (DOUBT, "load.failures")
    assert failures.verdict is WORSE
    assert found.verdict is WORSE


def test_where_both_builds_fail_nobody_can_tell_which_is_slower() -> None:
    plan = plan_for()

    def both(block: Records, number: int, side: Side) -> None:
        failing(0.2, side)(block, number, side)

    assert judged(plan, records_for(plan, both)).verdict is DOUBT


def test_a_burst_of_failures_of_the_new_build_is_a_slow_block_and_not_one_to_leave_out() -> None:
    plan = plan_for(pairs=16)
    bursts = judged(plan, records_for(plan, failing(0.2, "b", blocks=range(2))))
    row = rows_of(bursts)["question_fresh.p95"]
    assert (row.pairs, row.verdict) == (16, WELL)
    many = judged(plan, records_for(plan, failing(0.2, "b", blocks=range(14))))
    assert rows_of(many)["question_fresh.p95"].code == "load.failures"
    assert many.verdict is WORSE


def test_a_run_against_one_target_is_no_comparison() -> None:
    plan = plan_for()
    alone = msgspec.structs.replace(plan, stages=plan.stages[:1])
    with pytest.raises(ValueError, match="asked one target: there is nothing to compare"):
        compare(alone, records_for(plan), None)


def test_the_more_calls_are_compared_the_surer_each_has_to_be() -> None:
    plan = plan_for((Share(CallName.QUESTION_FRESH, 0.5), Share(CallName.HEALTH, 0.5)), 60)
    records = records_for(plan)
    for row, call in zip(judged(plan, records).rows, call_blocks(plan, records), strict=False):
        logs = np.log(call.p95_s[:, 1] / call.p95_s[:, 0])
        assert row.lower == pytest.approx(np.exp(sign_flip(logs, 0.05 / 3).lower[0]))


def test_a_run_is_read_from_its_folder(tmp_path: Path) -> None:
    plan = plan_for()
    records = records_for(plan, slower_by(0.3))
    write_plan(plan, tmp_path)
    (tmp_path / RECORDS_FILE).write_bytes(records.tobytes())
    assert compared_run(tmp_path).code == "load.generator_died"
    (tmp_path / ENDED_FILE).write_bytes(msgspec.json.encode(ended_for(plan, records)))
    assert compared_run(tmp_path).verdict is WORSE


@pytest.mark.parametrize(
    ("middle", "spread", "said"),
    [
        (0.0, 0.10, "about 10 pairs would tell (these were 8)"),
        (0.05, 0.10, "about 40 pairs would tell (these were 8)"),
        (0.20, 0.30, "about 18 pairs would tell (these were 8)"),
        (0.0953, 0.10, "more than 200 pairs would be needed"),
    ],
)
def test_doubt_says_how_many_pairs_would_tell(middle: float, spread: float, said: str) -> None:
    found = SignFlip(*(np.array([one]) for one in (middle, middle - spread, middle + spread, 0.2)))
    assert said in more_pairs(found, 8)


def test_the_table_has_a_line_a_call_and_the_generators_own_error_below() -> None:
    plan = plan_for()
    lines = list(lines_of(judged(plan, records_for(plan, slower_by(0.3)))))
    assert lines[:3] == [
        "A, the old build: http://127.0.0.1:8000",
        "B, the new build: http://127.0.0.1:9000",
        "8 pairs of blocks of 5 s in turn (A B B A), 30 requests/s",
    ]
    number, call, why = r"\d+\.\d+", lines[4], lines[5]
    ratio = rf"1\.3\d\d \({number} \.\. {number}\)"
    assert re.fullmatch(rf"question_fresh +p95 +{number} ms +{number} ms +{ratio} +0\.004 +regress", call)
    assert re.fullmatch(rf"  the new build's p95 is \+{number} %, and surely above the old one's; allowed: \+10 %", why)
    assert lines[-2].startswith("the generator's own error: p50 1.0 ms, p99 1.0 ms; sent late by p99 0.0 ms; made 2580")


def test_how_the_requests_of_each_build_failed_is_said_where_any_did(tmp_path: Path) -> None:
    plan = plan_for()
    for share, kinds in ((0.1, 1), (0.0, 0)):
        records = records_for(plan, failing(share, "b"))
        write_plan(plan, tmp_path)
        (tmp_path / RECORDS_FILE).write_bytes(records.tobytes())
        (tmp_path / ENDED_FILE).write_bytes(msgspec.json.encode(ended_for(plan, records)))
        lines = done(tmp_path, read_objectives(), {"a": OLD, "b": NEW}).lines
        said = [line for line in lines if line.startswith("failures of ")]
        assert len(said) == kinds
        assert all(re.fullmatch(r"failures of B: status \d+ \d+", line) for line in said)
        assert "the new build" in lines[-1]
