"""A run of drills from the command line to its evidence, on two workers, with drills that take no time."""

import json
import re
from pathlib import Path

import pytest

from reports.record import read_record
from reports.verify import verify
from tests.hostile import Run, environment, run

WITHIN_S = 90.0


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "out"


@pytest.fixture(scope="module")
def ended(evidence: Path) -> Run:
    chosen = ("--drill", "api-killed", "--drill", "edgar-timeout", "--repeat", "2")
    return run(
        *("drills", "-p", "tests.fake_session", "-n", "2", *chosen, "--evidence", str(evidence)),
        env=environment(DOCKER_HOST="unix:///nonexistent"),
        within_s=WITHIN_S,
    )


def test_it_ends_well_with_a_line_for_each_scenario(ended: Run) -> None:
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    rows = re.findall(r"^(api-killed|edgar-timeout) +2  (recovered|detected) +api_is_reachable", ended.stdout, re.M)
    assert rows == [("api-killed", "recovered"), ("edgar-timeout", "detected")]
    assert re.search(r"^overhead \d+% of \d+ s bench time", ended.stdout, re.M)
    assert re.search(r"^p0 data breach: ", ended.stdout, re.M) or "no drill shows" not in ended.stdout


def test_each_phase_is_told_while_it_runs_and_each_end(ended: Run) -> None:
    phases = re.findall(r"^gw[01] api-killed: ([\w ]+) \(\d+\.\d s\)$", ended.stderr, re.M)
    told = ["steady", "inject", "witness", "detect", "control", "step", "recover", "cure", "steady again"]
    assert sorted(phases) == sorted(told * 2)
    ends = re.findall(r"^(\d)\. (api-killed|edgar-timeout): (?:recovered|detected), noticed", ended.stdout, re.M)
    assert sorted(number for number, _ in ends) == ["1", "2", "3", "4"]


def test_the_record_has_each_run_of_a_drill_and_what_was_covered(ended: Run, evidence: Path) -> None:
    record = read_record(evidence / "latest" / "run.json")
    assert sorted(drill.scenario for drill in record.drills) == ["api-killed"] * 2 + ["edgar-timeout"] * 2
    assert len({drill.id for drill in record.drills}) == 4
    assert record.coverage is not None
    assert sorted(one.drill for one in record.coverage.overhead.drills) == ["api-killed"] * 2 + ["edgar-timeout"] * 2
    assert {"matrix.md", "matrix.json"} <= {path.name for path in (evidence / "latest").iterdir()}


def test_allure_has_a_result_with_phases_and_a_picture_for_each(ended: Run, evidence: Path) -> None:
    results = evidence / "latest" / "allure-results"
    told = [json.loads(path.read_text()) for path in results.glob("*-result.json")]
    assert len(told) == 4
    for result in told:
        assert [step["name"] for step in result["steps"]][:4] == ["steady", "inject", "witness", "detect"]
        (picture,) = [one for one in result["attachments"] if one["name"] == "timeline"]
        assert (results / picture["source"]).read_text().startswith("<svg ")


def test_the_evidence_is_sealed_with_all_of_it(ended: Run, evidence: Path) -> None:
    assert verify(evidence).problems == []
