"""The files of a run, judged: the table that a person reads, the exit code, and files that are spoilt."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from checks.outcome import ExitCode
from load.drill_events import EVENTS_FILE
from load.judged import Verdict
from load.objectives import parse_objectives, read_objectives
from load.plan import ENDED_FILE, PLAN_FILE, RECORDS_FILE
from load.records import Answered
from load.table import table
from load.verdict import RunError, judged_run, main
from tests.load_records import a_plan, an_end, asked, slowed, spoilt, together, write_run, yardstick

CALLS = (("question", 0.8), ("health", 0.2))
PLAN = a_plan(calls=CALLS)
HEALTHY = together(asked(PLAN, 0.04), yardstick(PLAN))
SLOW = together(slowed(asked(PLAN, 0.04), 900, 3.0), yardstick(PLAN))
OBJECTIVES = read_objectives()


def a_run(folder: Path, records: object = None) -> Path:
    kept = HEALTHY if records is None else records
    return write_run(folder, PLAN, kept, an_end(PLAN, kept))  # type: ignore[arg-type]


def test_a_healthy_run_holds_every_objective_and_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(a_run(tmp_path))]) == ExitCode.ALL_PASS
    said = capsys.readouterr().out
    assert "load baseline: 6,000 requests in 2 min: pass" in said
    line = next(line for line in said.splitlines() if line.startswith("api.p95"))
    assert line.split() == ["api.p95", "<=", "2.5", "s", "40", "ms", "<=", "40", "ms", "6,000", "pass"]
    assert "generator: 6,000 of 6,000 planned requests by 1 process" in said
    assert "its lag p50 0 ms, p99 0 ms; its own error p50 0.5 ms, p99 0.5 ms" in said


def test_the_columns_are_aligned_and_no_line_is_too_long(tmp_path: Path) -> None:
    text = table(judged_run(a_run(tmp_path, SLOW), OBJECTIVES))
    head, *rows = (line for line in text.splitlines() if line.startswith(("objective", "api.", "health.", "question.")))
    rows = [line for line in rows if "load." not in line]
    assert len(rows) == 7
    for column in ("wanted", "measured", "with", "verdict"):
        at = head.index(column)
        assert {line[at - 1] for line in rows} == {" "}
        assert " " not in {line[at] for line in rows}
    assert max(len(line) for line in text.splitlines()) <= 120


def test_an_objective_that_did_not_hold_ends_with_1_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(a_run(tmp_path, SLOW))]) == ExitCode.FAILED
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "api.p95: fail [load.exceeded]: 900 of 6,000 requests failed or took longer than 2.5 s (15 %); 5 % may" in said
    )
    assert "api.error_rate <= 1 % 0 % <= 0.05 % 6,000 pass".replace("0.05 %", "0.0499 %") in said


def test_how_requests_failed_is_said_where_any_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failing = asked(PLAN, 0.04)
    for first, n, how, status in ((0, 47, Answered.NO_ANSWER, 0), (100, 35, Answered.WRONG_STATUS, 429)):
        failing = spoilt(failing, np.arange(first, first + n), how, status=status)
    failing = spoilt(failing, np.arange(200, 212), Answered.WRONG_BODY, status=200)
    main([str(a_run(tmp_path, together(failing, yardstick(PLAN))))])
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("failures:  no answer 47, status 429 35, wrong answer 12")
    assert lines[at - 1].startswith("           its lag")
    main([str(a_run(tmp_path, together(asked(PLAN), spoilt(yardstick(PLAN), 5))))])
    assert "failures:" not in capsys.readouterr().out


def test_doubt_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (a_run(tmp_path) / ENDED_FILE).unlink()
    assert main([str(tmp_path)]) == ExitCode.UNKNOWN
    said = capsys.readouterr().out
    assert "load.generator_died" in said
    assert " pass" not in said


@pytest.mark.parametrize("cut_bytes", [1, 40, 4000])
def test_a_truncated_file_of_records_is_doubt(tmp_path: Path, cut_bytes: int) -> None:
    path = a_run(tmp_path) / RECORDS_FILE
    path.write_bytes(path.read_bytes()[:-cut_bytes])
    judged = judged_run(tmp_path, OBJECTIVES)
    assert {one.code for one in judged.judgements} == {"load.records_lost"}
    assert judged.exit_code == ExitCode.UNKNOWN


@pytest.mark.parametrize("name", [RECORDS_FILE, ENDED_FILE])
def test_a_file_that_is_missing_or_is_something_else_is_doubt(tmp_path: Path, name: str) -> None:
    for content in (None, b"\x00nonsense" * 99):
        path = a_run(tmp_path) / name
        path.unlink() if content is None else path.write_bytes(content)
        judged = judged_run(tmp_path, OBJECTIVES)
        assert judged.verdict is Verdict.INCONCLUSIVE
        assert "inconclusive" in table(judged)


@pytest.mark.parametrize(
    "spoilt", [{"from_s": -1.0}, {"to_s": 0.0}, {"to_s": 1e18}, {"rate_per_s": 0.0}, {"side": "b"}]
)
def test_a_plan_that_nobody_could_have_kept_is_refused(tmp_path: Path, spoilt: dict[str, float]) -> None:
    stage = msgspec.structs.replace(PLAN.stages[0], **spoilt)
    plan = msgspec.structs.replace(PLAN, stages=(stage,))
    with pytest.raises(RunError, match="make no sense"):
        judged_run(write_run(tmp_path, plan, HEALTHY, an_end(plan, HEALTHY)), OBJECTIVES)


def test_what_this_judge_cannot_judge_again_it_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = msgspec.structs.replace(PLAN.stages[0], from_s=120.0, to_s=240.0, side="b")
    calls = tuple(msgspec.structs.replace(one, side="b") for one in PLAN.endpoints)
    compared = msgspec.structs.replace(PLAN, stages=(*PLAN.stages, two), endpoints=(*PLAN.endpoints, *calls))
    through = a_run(tmp_path / "drill")
    (through / EVENTS_FILE).write_bytes(b"")
    for folder, held in (
        (write_run(tmp_path, compared, HEALTHY, an_end(compared, HEALTHY)), "a comparison of two builds"),
        (through, "a load through a drill"),
    ):
        assert main([str(folder)]) == ExitCode.USAGE
        said = capsys.readouterr()
        assert (said.out, len(said.err.splitlines())) == ("", 1)
        assert held in said.err


@pytest.mark.parametrize("plan", [b"", b"{}", b'{"profile": 3}', b"\xff", None])
def test_a_folder_that_holds_no_run_is_refused_with_one_line(
    tmp_path: Path, plan: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if plan is not None:
        (a_run(tmp_path) / PLAN_FILE).write_bytes(plan)
    assert main([str(tmp_path)]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    with pytest.raises(RunError):
        judged_run(tmp_path / "nowhere", OBJECTIVES)


def test_a_reader_that_leaves_changes_nothing(tmp_path: Path) -> None:
    read, written = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "load.verdict", str(a_run(tmp_path, SLOW))]
    try:
        ended = subprocess.run(command, stdout=written, stderr=subprocess.PIPE, text=True, timeout=60)
    finally:
        os.close(written)
    assert (ended.returncode, ended.stderr) == (ExitCode.FAILED, "")


def test_objectives_that_are_none_are_refused_with_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text("[api]\np95 = 1")
    assert main([str(a_run(tmp_path)), "--objectives", str(tmp_path / "mine.toml")]) == ExitCode.USAGE
    assert "did you mean 'p95_s'?" in capsys.readouterr().err


def test_what_the_load_does_not_ask_for_is_named_and_counts_for_nothing(tmp_path: Path) -> None:
    judged = judged_run(a_run(tmp_path), OBJECTIVES)
    assert {one.name for one in judged.not_asked} == {"question_fresh.p95", "question_edgar.p95"}
    assert judged.verdict is Verdict.PASS
    said = " ".join(table(judged).split())
    assert (
        "for the profile or the target has no such call, or its questions cost money (say `paid = false` under "
        "[openai] where they do not): question_fresh.p95, question_edgar.p95"
    ) in said
    of_ready = parse_objectives("[api]\np95_s = 1\n[ready]\np95_s = 1", source="test")
    said = " ".join(table(judged_run(tmp_path, of_ready)).split())
    assert "for the profile or the target has no such call: ready.p95" in said


def test_a_run_of_which_nothing_is_judged_is_doubt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text("[ready]\np95_s = 1")
    run = a_run(tmp_path / "run")
    assert main([str(run), "--objectives", str(tmp_path / "mine.toml")]) == ExitCode.UNKNOWN
    assert "no objective asks for anything of this load" in capsys.readouterr().out


def test_a_service_that_is_down_has_no_answer_for_its_figures(tmp_path: Path) -> None:
    down = together(spoilt(asked(PLAN), 6000, status=503), yardstick(PLAN))
    text = table(judged_run(a_run(tmp_path, down), OBJECTIVES))
    assert "no answer" in text
    assert " pass" not in text
