"""The picture of a drill, and what Allure shows of it."""

import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from drills.drill import run_drill
from drills.record import as_json, record_of
from reports.drill_allure import LABEL, tell
from reports.timeline import WIDTH, marks_of, phases_of, picture
from tests.drill_fakes import LIMITS, FakeFault, World, hands, scenario

SVG = "{http://www.w3.org/2000/svg}"
PHASES = ["steady", "inject", "witness", "detect", "control", "step restart-api", "recover", "cure", "steady again"]
LANES = [
    {
        "check": "api_is_reachable",
        "spans": [
            {"outcome": "pass", "from_s": 0.0, "to_s": 1.0},
            {"outcome": "fail", "from_s": 1.0, "to_s": 10.0},
            {"outcome": "unknown", "from_s": 10.0, "to_s": 10.5},
            {"outcome": "pass", "from_s": 10.5, "to_s": 12.0},
        ],
    }
]


def drill(world: World | None = None, **more: object) -> dict[str, object]:
    """The record of a drill, as run.json has it."""
    world = world or World()
    record = as_json(record_of(run_drill(scenario(), FakeFault(world), hands(world), LIMITS), "api-down-1"))
    written: dict[str, object] = json.loads(json.dumps(record))
    return {**written, **more}


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()).strip() for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_phases_follow_each_other_to_the_end_of_the_drill() -> None:
    bars = phases_of(drill())
    assert [bar.label for bar in bars] == PHASES
    assert [bar.from_s for bar in bars[1:]] == [bar.to_s for bar in bars[:-1]]
    assert {bar.kind for bar in bars if bar.label in ("steady", "cure", "steady again")} == {"idle"}


def test_the_moments_are_marked() -> None:
    labels = [mark.label for mark in marks_of(drill())]
    assert [label.split(",")[0] for label in labels] == ["injected", "noticed", "documented step begins", "back"]
    at_s = [mark.at_s for mark in marks_of(drill())]
    assert at_s == sorted(at_s)
    blind = [mark.label for mark in marks_of(drill(World(blind=True)))]
    assert blind == ["injected"]


def test_the_picture_names_every_phase_check_and_moment() -> None:
    said = texts(picture(drill(lanes=LANES)))
    assert said[0] == "api-down: recovered"
    assert {*PHASES, "api_is_reachable", "ends green"} <= set(said)
    assert any(text.startswith("noticed, ") for text in said)


@pytest.mark.parametrize(
    "broken",
    [{"timeline": []}, {"lanes": None}, {"lanes": [{"check": "x", "spans": []}]}, {"started_at": "never"}],
    ids=str,
)
def test_a_record_that_lacks_something_has_a_picture_too(broken: dict[str, object]) -> None:
    ElementTree.fromstring(picture({**drill(), **broken}))


def test_what_a_record_says_is_text_and_no_markup() -> None:
    evil = '<script>alert(1)</script>"&'
    svg = picture(drill(scenario=evil, lanes=[{"check": evil, "spans": LANES[0]["spans"]}]))
    assert "<script" not in svg
    assert texts(svg)[0].startswith(evil)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("ground", ["light", "dark"])
def test_a_browser_shows_all_of_the_picture(ground: str, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is not installed: apt-get install chromium, or leave these out with -m 'not browser'"
    (tmp_path / "drill.svg").write_text(picture(drill(lanes=LANES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(color_scheme="dark" if ground == "dark" else "light")
            page.goto(f"file://{tmp_path}/drill.svg")
            boxes = page.eval_on_selector_all(
                "text", "all => all.map(one => { const b = one.getBBox(); return [b.x, b.x + b.width, b.y]; })"
            )
            colors = page.eval_on_selector_all("text, rect", "all => all.map(one => getComputedStyle(one).fill)")
        finally:
            browser.close()
    assert len(boxes) > len(PHASES)
    assert all(left >= 0 and right <= WIDTH and top >= 0 for left, right, top in boxes), "a label is cut off"
    assert ("rgb(228, 232, 238)" in colors) == (ground == "dark")


def results_of(folder: Path, drill_id: str) -> Path:
    """A directory with the result of a drill as allure-pytest writes it, and one of another test."""
    labels = [{"name": "parentSuite", "value": "drills"}]
    ours = {"uuid": "1", "name": "test_x", "status": "passed", "labels": [*labels, {"name": LABEL, "value": drill_id}]}
    other = {"uuid": "2", "name": "test_y", "status": "passed", "labels": labels}
    for result in (ours, other):
        (folder / f"{result['uuid']}-result.json").write_text(json.dumps(result))
    return folder


def test_allure_shows_the_phases_as_steps_with_their_times(tmp_path: Path) -> None:
    record = drill(lanes=LANES, logs={"finchat-api": "it died\n"})
    record["fault"] = {"name": "f", "calibrated": {"data.sec.gov": "reset after 1 ms"}}
    other = results_of(tmp_path, "api-down-1") / "2-result.json"
    before = other.read_text()
    assert tell(tmp_path, [record]) == 1
    result = json.loads((tmp_path / "1-result.json").read_text())
    named = [step["name"].split(":")[0] for step in result["steps"]]
    assert named == [phase if "step" not in phase else "documented step" for phase in PHASES]
    assert all(step["start"] <= step["stop"] for step in result["steps"])
    assert result["steps"][0]["stop"] == result["steps"][1]["start"]
    assert {"name": "severity", "value": "blocker"} in result["labels"]
    (step,) = [one for one in result["steps"] if one["attachments"]]
    assert step["name"] == "documented step: restart-api (runbook.md:31)"
    assert "docker-compose restart api" in (tmp_path / step["attachments"][0]["source"]).read_text()
    attached = {one["name"]: (tmp_path / one["source"]).read_text() for one in result["attachments"]}
    assert attached["timeline"].startswith("<svg ")
    assert attached["log of finchat-api around the fault"] == "it died\n"
    assert "data.sec.gov: reset after 1 ms" in attached["fault: declared and measured"]
    assert attached["impact on users"] == "checks that were red: api_is_reachable\n"
    assert other.read_text() == before


def test_a_phase_that_failed_is_told_as_such(tmp_path: Path) -> None:
    tell(results_of(tmp_path, "api-down-1"), [drill(World(blind=True))])
    steps = json.loads((tmp_path / "1-result.json").read_text())["steps"]
    assert {step["name"]: step["status"] for step in steps}["detect"] == "failed"


def test_results_without_a_drill_stay_as_they_are(tmp_path: Path) -> None:
    assert tell(results_of(tmp_path, "another"), [drill()]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1-result.json", "2-result.json"]
