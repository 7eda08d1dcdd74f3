import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from checks.redaction import Redactor
from reports.record import CheckResult, Reason, Record, RecordError, read_record, write_record

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
CHECKS = (
    CheckResult("api_reachable", "p0", "pass", 0.012, title="The API answers", retried=True),
    CheckResult(
        "api_ready", "p0", "fail", 0.3, Reason("not_ready", "Expected ready: true, saw 503.", "2.1", "cache_readable")
    ),
    CheckResult("edgar_reachable", "p1", "unknown", 10.0, Reason("prober_no_dns", "This host has no DNS.", "4.2")),
)
RECORD = Record("20261123T101500Z-smoke-0a1b", "smoke", NOW, NOW, "runbook", "reference 1.0.0", "embedded", CHECKS)


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path / "run.json")
    assert read_record(tmp_path / "run.json") == RECORD
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_run_json_has_the_fields_that_readers_rely_on(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text())
    assert data["schema"] == 1
    assert data["started_at"] == "2026-11-23T10:15:00.000Z"
    assert (data["drills"], data["load"], data["runbook"]) == ([], [], {"steps": [], "symptoms": []})
    assert data["checks"][0]["reason"] is None
    assert data["checks"][1] == {
        "id": "api_ready",
        "title": "",
        "severity": "p0",
        "outcome": "fail",
        "reason": {
            "code": "not_ready",
            "text": "Expected ready: true, saw 503.",
            "section": "2.1",
            "caused_by": "cache_readable",
        },
        "duration_s": 0.3,
        "retried": False,
    }


def test_times_are_written_in_utc(tmp_path: Path) -> None:
    in_berlin = datetime(2026, 11, 23, 11, 15, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    write_record(Record("r", "gate", in_berlin, in_berlin, "t", "d", "e"), tmp_path / "run.json")
    assert json.loads((tmp_path / "run.json").read_text())["finished_at"] == "2026-11-23T10:15:00.123Z"


def test_no_secret_is_written_even_where_it_is_escaped(tmp_path: Path) -> None:
    secret = 'quo"te/d'
    check = CheckResult("c", "p0", "fail", 0.1, Reason("x", f"saw {secret}", "1"), title=secret)
    record = Record("r", "smoke", NOW, NOW, f"http://u:{secret}@host", "d", "e", (check,))
    write_record(record, tmp_path / "run.json", Redactor({"FINCHAT_TOKEN": secret}))
    read = read_record(tmp_path / "run.json")
    assert read.checks[0].title == "[redacted:FINCHAT_TOKEN]"
    assert read.checks[0].reason is not None
    assert read.checks[0].reason.text == "saw [redacted:FINCHAT_TOKEN]"
    assert secret not in read.target


def test_fields_that_a_later_version_added_are_passed_over(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text())
    data["weather"] = "fine"
    data["checks"][0]["colour"] = "blue"
    (tmp_path / "run.json").write_text(json.dumps(data))
    assert read_record(tmp_path / "run.json") == RECORD


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"schema": 2}, "has schema 2 and this version reads schema 1 only"),
        ({"schema": None}, "has schema None"),
        ({"run_id": 7}, "run_id is 7, not a text"),
        ({"kind": "party"}, "kind is 'party', not one of smoke, drill, gate, load"),
        ({"started_at": "2026-11-23T10:15:00"}, "has no time zone"),
        ({"started_at": "yesterday"}, "yesterday"),
        ({"checks": {}}, "checks is {}, not a list"),
        ({"checks": [3]}, "a check is 3, not an object"),
        ({"checks": [{"id": "a"}]}, "no 'duration_s'"),
        ({"checks": [{"id": "a", "duration_s": "1"}]}, "duration_s is '1', not a number"),
    ],
)
def test_what_is_not_a_record_is_refused_with_a_sentence(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    write_record(RECORD, tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text()) | changes
    (tmp_path / "run.json").write_text(json.dumps(data))
    with pytest.raises(RecordError) as caught:
        read_record(tmp_path / "run.json")
    assert says in str(caught.value)
    assert str(tmp_path / "run.json") in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"), [("{", "is not JSON"), ("[]", "has schema None"), (None, "cannot be read")]
)
def test_a_file_that_is_cut_off_or_missing_is_refused_with_a_sentence(
    tmp_path: Path, content: str | None, says: str
) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(RecordError, match=says):
        read_record(tmp_path / "run.json")


def test_a_record_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path / "run.json")
    endless = CheckResult("c", "p0", "pass", float("nan"))
    with pytest.raises(ValueError, match="nan"):
        write_record(Record("r", "smoke", NOW, NOW, "t", "d", "e", (endless,)), tmp_path / "run.json")
    with pytest.raises(ValueError, match="time zone"):
        write_record(Record("r", "smoke", datetime(2026, 1, 1), NOW, "t", "d", "e"), tmp_path / "run.json")
    assert read_record(tmp_path / "run.json") == RECORD
