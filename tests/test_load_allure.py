"""What Allure shows of a run of load."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import expect, sync_playwright

from load.load_file import write_load
from reports.evidence import RunEvidence, Subject
from reports.html import build
from reports.load_allure import LABEL, tell
from reports.load_record import LoadFileError
from tests.load_runs import as_read, judged
from tests.load_scenes import SCENES

MANY = msgspec.structs.replace(
    SCENES["many"](),
    judgements=(
        judged("api", "p95", 5.0),
        judged(
            "api", "availability", 0.999, "fail", code="load.exceeded", why="98 % were answered; 99.9 % were wanted."
        ),
        judged("question", "p95", 5.0),
        judged("question", "rate", 50.0, "inconclusive", unit="per_s", measured=None, bound=None),
        judged("ready", "p95", 0.1),
    ),
    budget={"spent": 0.25},
)


def results_of(folder: Path, objectives: list[str]) -> None:
    """A directory with the results of these objectives as allure-pytest writes them, and one of another test."""
    for number, objective in enumerate([*objectives, ""]):
        labels = [{"name": "suite", "value": "load"}, *([{"name": LABEL, "value": objective}] if objective else [])]
        result = {"uuid": str(number), "name": f"test_objective[{objective}]", "status": "passed", "labels": labels}
        (folder / f"{number}-result.json").write_text(json.dumps(result))


def result(folder: Path, number: int) -> dict[str, object]:
    return json.loads((folder / f"{number}-result.json").read_text())  # type: ignore[no-any-return]


def attached(folder: Path, number: int) -> dict[str, str]:
    attachments = result(folder, number)["attachments"]
    assert isinstance(attachments, list)
    return {one["name"]: one["source"] for one in attachments}


OBJECTIVES = [one.objective for one in MANY.judgements]


def test_each_objective_is_told_with_its_verdict_and_its_pictures(tmp_path: Path) -> None:
    results_of(tmp_path, OBJECTIVES)
    assert tell(tmp_path, as_read(MANY)) == 5
    told = result(tmp_path, 1)
    assert told["name"] == "baseline: api.availability at least 99.9 %"
    assert str(told["description"]).startswith("**fail**: 98 % were answered; 99.9 % were wanted.")
    assert "3 bad of 6,000 calls" in str(told["description"])
    assert "own error: 2 ms late at p99" in str(told["description"])
    assert result(tmp_path, 3)["name"] == "baseline: question.rate at least 50/s"
    assert "Measured: not measured; 3 bad" in str(result(tmp_path, 3)["description"])
    four = ["latency over time", "percentiles of latency", "throughput", "failures over time"]
    assert list(attached(tmp_path, 0)) == [*four, "budget"]
    assert list(attached(tmp_path, 4)) == four[:2]
    for source in attached(tmp_path, 0).values():
        assert (tmp_path / source).read_text().startswith(("<svg ", "{"))


def test_no_file_is_shown_by_two_results_for_allure_would_miss_it_in_one(tmp_path: Path) -> None:
    results_of(tmp_path, OBJECTIVES)
    tell(tmp_path, as_read(MANY))
    sources = [source for number in range(5) for source in attached(tmp_path, number).values()]
    assert len(sources) == len(set(sources)) == len(list(tmp_path.glob("*-attachment.*")))
    assert sum((tmp_path / source).stat().st_size for source in sources) < 300_000


def test_the_pictures_of_an_endpoint_show_that_endpoint(tmp_path: Path) -> None:
    results_of(tmp_path, OBJECTIVES)
    tell(tmp_path, as_read(MANY))
    for number, own, other in (
        (2, "question: 3,600 calls", "ready: 360 calls"),
        (4, "ready: 360 calls", "question: 3"),
    ):
        picture = (tmp_path / attached(tmp_path, number)["latency over time"]).read_text()
        assert own in picture
        assert other not in picture


def test_other_results_and_unknown_objectives_stay_as_they_are(tmp_path: Path) -> None:
    results_of(tmp_path, ["question.p50"])
    before = [path.read_text() for path in sorted(tmp_path.iterdir())]
    assert tell(tmp_path, as_read(MANY)) == 0
    assert [path.read_text() for path in sorted(tmp_path.iterdir())] == before


def test_the_record_is_read_from_its_file(tmp_path: Path) -> None:
    results = tmp_path / "allure-results"
    results.mkdir()
    results_of(results, OBJECTIVES)
    assert tell(results, write_load(MANY, tmp_path)) == 5
    with pytest.raises(LoadFileError, match="cannot be read"):
        tell(results, tmp_path / "none.json")


def test_a_hostile_name_names_no_file(tmp_path: Path) -> None:
    load = as_read(MANY)
    evil = "../../evil\x00"
    endpoints = tuple(msgspec.structs.replace(one, name=evil) if one.name == "ready" else one for one in load.endpoints)
    judgements = tuple(msgspec.structs.replace(one, endpoint=evil) for one in load.judgements)
    results_of(tmp_path, OBJECTIVES)
    tell(tmp_path, msgspec.structs.replace(load, endpoints=endpoints, judgements=judgements))
    assert {path.parent for path in tmp_path.rglob("*")} == {tmp_path}
    assert not list(tmp_path.parent.glob("evil*"))


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_that_allure_makes_shows_every_picture(tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is not installed: apt-get install chromium, or leave these out with -m 'not browser'"
    evidence = RunEvidence.begin(tmp_path, "load", 0, datetime.now(UTC))
    load = as_read(MANY)
    results_of(evidence.folder.allure_results, OBJECTIVES)
    tell(evidence.folder.allure_results, load)
    record = evidence.record(Subject("embedded", "reference", "embedded"), datetime.now(UTC), load=load.rows())
    evidence.seal(record, "http://127.0.0.1:8000", str)
    page_file = build(evidence.folder.path, os.environ)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            for number in range(5):
                page = browser.new_page()
                page.set_default_timeout(10_000)
                page.goto(f"file://{page_file}")
                page.get_by_text("load", exact=True).first.click()
                page.get_by_text(str(result(evidence.folder.allure_results, number)["name"])).first.click()
                expect(page.get_by_text("failures over time" if number < 2 else "latency over time")).to_be_visible()
                page.get_by_text("latency over time").click()
                assert page.get_by_text("missed", exact=True).count() == 0
        finally:
            browser.close()
