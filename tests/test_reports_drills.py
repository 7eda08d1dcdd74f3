"""A drill's record: what drills write is what reports read."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.redaction import Redactor
from drills.drill import run_drill
from drills.record import as_json, record_of
from drills.scenario import Verdict
from reports.drill_record import VERDICTS, DrillRecord, drill_json, drill_of
from reports.record import Record, RecordError, read_record, write_record
from tests.drill_fakes import LIMITS, FakeFault, World, hands, scenario

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
# DESIGN, Evidence.
FIELDS = {
    *("id", "scenario", "severity", "verdict", "detected_by", "time_to_detect_s", "time_to_recover_s", "rto_s"),
    *("data_lost", "fault", "control", "steps", "findings", "documented_verdict", "corrected_verdict", "noticed"),
    *("impact", "timeline"),
}


def written(world: World) -> dict[str, object]:
    history = run_drill(scenario(), FakeFault(world), hands(world), LIMITS)
    return json.loads(json.dumps(as_json(record_of(history, "api-down-1"))))  # type: ignore[no-any-return]


def run_of(drill: DrillRecord) -> Record:
    return Record("20261124T101500Z-drill-0a1b", "drill", NOW, NOW, "runbook", "reference", "bench", (), (drill,))


WORLDS: dict[str, dict[str, object]] = {
    "recovered": {},
    "inconclusive": {"witnessed": False},
    "not detected": {"blind": True},
    "not recovered": {"step": lambda world: None},
}


@pytest.mark.parametrize("verdict", WORLDS)
def test_reports_read_what_drills_write(verdict: str, tmp_path: Path) -> None:
    data = written(World(**WORLDS[verdict]))  # type: ignore[arg-type]
    drill = drill_of(data)
    assert drill.verdict == verdict
    assert data.keys() <= drill_json(drill).keys()
    assert drill_of(drill_json(drill)) == drill
    write_record(run_of(drill), tmp_path / "run.json")
    assert read_record(tmp_path / "run.json") == run_of(drill)


def test_the_record_has_the_fields_that_readers_rely_on() -> None:
    data = written(World())
    assert data.keys() >= FIELDS
    assert data["fault"] == {
        "name": "the API's container is killed",
        "declared": {"container": "finchat-api"},
        "measured": {"injected": "State.Running is false", "held": "State.Running is false"},
        "calibrated": {},
    }
    assert isinstance(data["steps"], list)
    assert data["steps"][0]["commands"] == "docker-compose restart api\n"
    assert isinstance(data["timeline"], list)
    assert data["timeline"][0]["phase"] == "steady"


def test_both_know_the_same_verdicts_in_the_same_order() -> None:
    assert [str(verdict) for verdict in Verdict] == list(VERDICTS)


def test_no_secret_of_a_drill_is_written(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    data = written(World())
    steps, timeline = data["steps"], data["timeline"]
    assert isinstance(steps, list)
    assert isinstance(timeline, list)
    steps[0] |= {"stdout": f"API_KEY={secret}", "stderr": secret, "commands": secret, "hint": secret}
    timeline[0]["text"] = secret
    data |= {"why": secret, "title": secret, "deployment": secret, "doubts": [secret]}
    data["findings"] = [{"step": "restart-api", "text": secret}]
    data["fault"] = {"name": secret, "declared": {"key": secret}, "measured": {"injected": secret}}
    write_record(run_of(drill_of(data)), tmp_path / "run.json", Redactor({"FINCHAT_TOKEN": secret}))
    assert secret not in (tmp_path / "run.json").read_text()
    read_record(tmp_path / "run.json")


def test_fields_that_a_later_version_added_are_passed_over() -> None:
    data = written(World())
    assert drill_of({**data, "weather": "fine"}) == drill_of(data)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"verdict": "fine"}, "Invalid enum value 'fine' - at `$.verdict`"),
        ({"severity": "p9"}, "Invalid enum value 'p9' - at `$.severity`"),
        ({"rto_s": "30"}, "Expected `float`, got `str` - at `$.rto_s`"),
        ({"noticed": 1}, "Expected `bool`, got `int` - at `$.noticed`"),
        ({"data_lost": "no"}, "Expected `bool | null`, got `str` - at `$.data_lost`"),
        ({"steps": [3]}, "Expected `object`, got `int` - at `$.steps[0]`"),
        ({"steps": [{}]}, "missing required field `id` - at `$.steps[0]`"),
        ({"control": []}, "Expected `object | null`, got `array` - at `$.control`"),
        ({"doubts": [1]}, "Expected `str`, got `int` - at `$.doubts[0]`"),
        ({"started_at": "2026-11-24T10:15:00"}, "Expected `datetime` with a timezone component"),
    ],
)
def test_what_is_not_a_drill_is_refused_with_a_sentence(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    drill = written(World())
    write_record(run_of(drill_of(drill)), tmp_path / "run.json")
    data = json.loads((tmp_path / "run.json").read_text())
    data["drills"] = [drill | changes]
    (tmp_path / "run.json").write_text(json.dumps(data))
    with pytest.raises(RecordError) as caught:
        read_record(tmp_path / "run.json")
    assert says in str(caught.value)
