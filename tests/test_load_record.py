"""load.json and run.json's `load`: what load writes is what reports read."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest

from checks.redaction import Redactor
from load.judged import Verdict
from load.load_file import SCHEMA, LoadFile, MarkKind, write_load
from load.records import Answered
from reports import load_record
from reports.allure_files import ENVIRONMENT
from reports.evidence import RunEvidence, Subject
from reports.folder import run_folders
from reports.history import report_name
from reports.load_record import LoadFileError, LoadRow, LoadVerdict, read_load, row_of
from reports.record import Record, RecordError, read_record, write_record
from reports.verify import verify
from tests.load_runs import as_read, calls, judged, plan_for, written

NOW = datetime(2026, 11, 27, 10, 15, tzinfo=UTC)


def run(**more: object) -> LoadFile:
    judgements = [
        judged("question", "p95", 5.0),
        judged("api", "error_rate", 0.01, "fail", code="load.exceeded", why="2 % failed; 1 % may."),
        judged("api", "p99", 1.0, "inconclusive", measured=None, bound=None, code="load.no_traffic", n=0, bad=0),
    ]
    failing = calls(50, 0, 20).failing(np.arange(1000) % 50 == 0, Answered.TIMED_OUT, 0, 15.0)
    load = written(plan_for(["question"], 20.0), [failing], judgements=judgements)
    return msgspec.structs.replace(load, **more)


def record_of(rows: tuple[LoadRow, ...]) -> Record:
    return Record("20261127T101500Z-load-0a1b", "load", NOW, NOW, "embedded", "reference", "embedded", load=rows)


def test_reports_read_what_load_writes(tmp_path: Path) -> None:
    load = run(budget={"spent": 0.25}, ended_early_s=12.5)
    path = write_load(load, tmp_path)
    assert path.name == load_record.LOAD_FILE == "load.json"
    read = read_load(path)
    assert msgspec.json.encode(read) + b"\n" == path.read_bytes()
    assert read == as_read(load)


def test_both_know_the_same_words() -> None:
    assert tuple(str(one) for one in Verdict) == LoadVerdict.__args__  # type: ignore[attr-defined]
    assert MarkKind == load_record.MarkKind
    assert SCHEMA == load_record.SCHEMA


def test_what_is_not_finite_is_not_known(tmp_path: Path) -> None:
    path = write_load(run(judgements=(judged("api", "p95", 1.0, bound=float("inf"), measured=float("nan")),)), tmp_path)
    [row] = read_load(path).rows()
    assert (row.bound, row.measured) == (None, None)


def test_run_json_has_a_row_for_each_objective(tmp_path: Path) -> None:
    rows = tuple(as_read(run()).rows())
    write_record(record_of(rows), tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text())
    assert [row["objective"] for row in data["load"]] == ["question.p95", "api.error_rate", "api.p99"]
    assert data["load"][1] == {
        "profile": "baseline",
        "objective": "api.error_rate",
        "verdict": "fail",
        "n": 6000,
        "bad": 3,
        "bound": 0.0131,
        "measured": 0.0123,
        "endpoint": "api",
        "measure": "error_rate",
        "limit": 0.01,
        "unit": "ratio",
        "code": "load.exceeded",
        "why": "2 % failed; 1 % may.",
    }
    assert (data["load"][2]["bound"], data["load"][2]["measured"]) == (None, None)
    assert read_record(tmp_path / "run.json") == record_of(rows)


def test_a_row_needs_only_what_the_design_promises() -> None:
    least: dict[str, object] = {"profile": "soak", "objective": "api.p95", "verdict": "pass"}
    least |= {"n": 9, "bad": 0, "bound": None, "measured": 1}
    assert row_of({**least, "weather": "fine"}).measured == 1.0


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({}, "load is {}, not a list"),
        ([3], "an objective of load is 3, not an object"),
        ([{"profile": "x"}], "missing required field `objective`"),
        ([{"profile": "x", "objective": "y", "verdict": "fine"}], "Invalid enum value 'fine' - at `$.verdict`"),
    ],
)
def test_what_is_no_row_is_refused_with_a_sentence(tmp_path: Path, rows: object, says: str) -> None:
    write_record(record_of(()), tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text()) | {"load": rows}
    (tmp_path / "run.json").write_text(json.dumps(data))
    with pytest.raises(RecordError) as caught:
        read_record(tmp_path / "run.json")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        (b"", "is no record of a run of load"),
        (b"[]", "is no record of a run of load"),
        (b"\xff\xfe", "is no record of a run of load"),
        (b'{"schema": 1}', "missing required field `profile`"),
        (b'{"schema": 2, "profile": 3}', "has schema 2 and this version reads schema 1 only"),
    ],
    ids=str,
)
def test_what_is_no_load_json_is_refused_with_a_sentence(tmp_path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "load.json").write_bytes(content)
    with pytest.raises(LoadFileError) as caught:
        read_load(tmp_path / "load.json")
    assert says in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_no_secret_is_written(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    judgement = judged("question", "p95", 5.0, "fail", why=f"asked with {secret}", code=secret)
    load = as_read(run(judgements=(judgement,), profile=secret))
    write_record(record_of(tuple(load.rows())), tmp_path / "run.json", Redactor({"FINCHAT_TOKEN": secret}))
    assert secret not in (tmp_path / "run.json").read_text()
    assert read_record(tmp_path / "run.json").load[0].why == "asked with [redacted:FINCHAT_TOKEN]"


def finished(root: Path, number: int = 0, profile: str = "baseline") -> Path:
    evidence = RunEvidence.begin(root, "load", 0, NOW.replace(second=number))
    load = run(profile=profile, target="http://u:hunter2-hunter2@host")
    write_load(load, evidence.folder.path)
    record = evidence.record(Subject("embedded", "reference", "embedded"), NOW, load=as_read(load).rows())
    evidence.seal(record, "http://127.0.0.1:8000", Redactor({"FINCHAT_TOKEN": "hunter2-hunter2"}))
    return evidence.folder.path


def test_the_evidence_of_a_run_of_load_is_whole(tmp_path: Path) -> None:
    folder = finished(tmp_path)
    assert len(read_record(folder / "run.json").load) == 3
    assert "load.json" in json.loads((folder / "manifest.json").read_text())["files"]
    assert verify(tmp_path).problems == []
    assert "load\\ profile=baseline" in (folder / "allure-results" / ENVIRONMENT).read_text()
    assert read_load(folder / "load.json").target == "http://u:[redacted:FINCHAT_TOKEN]@host"


def test_load_json_that_was_altered_is_told(tmp_path: Path) -> None:
    folder = finished(tmp_path)
    path = folder / "load.json"
    path.write_text(path.read_text().replace('"fail"', '"pass"'))
    assert verify(tmp_path).problems == [
        f"{folder.name}/load.json was altered: its SHA-256 is not the one in manifest.json."
    ]


def test_runs_of_load_are_never_removed_by_themselves(tmp_path: Path) -> None:
    runs = [finished(tmp_path, number) for number in range(3)]
    smoke = RunEvidence.begin(tmp_path, "smoke", 0, NOW.replace(second=9))
    smoke.seal(smoke.record(Subject("t", "d", "e"), NOW), "http://127.0.0.1", str)
    assert run_folders(tmp_path) == [*runs, smoke.folder.path]


def test_the_history_keeps_profiles_apart(tmp_path: Path) -> None:
    records = [read_record(finished(tmp_path, n, name) / "run.json") for n, name in enumerate(["baseline", "stress"])]
    assert [report_name(one).rpartition(", ")[0] for one in records] == [
        "FinChat load baseline, embedded",
        "FinChat load stress, embedded",
    ]
