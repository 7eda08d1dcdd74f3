"""The pictures of a run of load: what they say stands where it should, for every reader and every name."""

import itertools
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import sync_playwright

from load.load_file import LoadMark
from reports.chart import WIDTH
from reports.chart_style import STYLE
from reports.load_pictures import curves, failures, latency, throughput
from reports.load_record import Load
from tests.load_runs import as_read, calls, judged, plan_for, written
from tests.load_scenes import SCENES

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = {one.__name__: one for one in (latency, curves, throughput, failures)}
BOTH = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
SCENE = pytest.mark.parametrize("scene", SCENES)
EVIL = '<script>alert(1)</script>"&\x00\x1b\ud800 長い名前'


def scene(name: str) -> Load:
    return as_read(SCENES[name]())


def parts(svg: str, tag: str, kind: str = "") -> list[ElementTree.Element]:
    found = ElementTree.fromstring(svg).iter(f"{SVG}{tag}")
    return [one for one in found if not kind or kind in str(one.get("class", "")).split()]


def texts(svg: str, kind: str = "") -> list[str]:
    return ["".join(one.itertext()).strip() for one in parts(svg, "text", kind)]


def number(element: ElementTree.Element, name: str) -> float:
    return float(str(element.get(name)))


def height_of(svg: str, word: str) -> float:
    """The height of the line of the grid that has this word on its axis."""
    [label] = [one for one in parts(svg, "text") if "".join(one.itertext()) == word and one.get("text-anchor") == "end"]
    return number(label, "y") - 4


def x_of(svg: str, word: str) -> float:
    found = [one for one in parts(svg, "text", "soft") if one.get("text-anchor") == "middle" and one.text == word]
    return number(found[-1], "x")


@SCENE
@BOTH
def test_every_picture_is_whole_and_says_what_it_is(picture: Callable[[Load], str], scene: str) -> None:
    svg = picture(as_read(SCENES[scene]()))
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label", "").startswith(texts(svg, "title")[0])
    assert "nan" not in svg.lower().replace("finance", "")
    assert "inf" not in re.sub(r"<text.*?</text>", "", svg)
    assert len(svg) < 100_000


def test_the_objective_stands_at_its_height() -> None:
    judgements = [judged("question", "p95", 0.1), judged("question", "p99", 0.5, "fail")]
    svg = latency(as_read(written(plan_for(["question"], 60.0), [calls(50, 0, 60)], judgements=judgements)))
    at_p95, at_p99 = parts(svg, "line", "limit")
    assert number(at_p95, "y1") == number(at_p95, "y2") == pytest.approx(height_of(svg, "100 ms"), abs=0.2)
    assert number(at_p99, "y1") == pytest.approx(height_of(svg, "500 ms"), abs=0.2)
    assert texts(svg, "level") == ["p95 ≤ 100 ms: pass", "p99 ≤ 500 ms: fail"]


def test_an_objective_near_what_was_measured_is_on_a_scale_of_equal_steps() -> None:
    load = written(plan_for(["question"], 60.0), [calls(50, 0, 60)], judgements=[judged("question", "p95", 0.012)])
    svg = latency(as_read(load))
    assert "0 s" in texts(svg)
    steps = height_of(svg, "5 ms") - height_of(svg, "10 ms"), height_of(svg, "10 ms") - height_of(svg, "15 ms")
    assert steps[0] == pytest.approx(steps[1], abs=0.2)


def test_a_mark_stands_at_its_second() -> None:
    marks = [LoadMark(label="step: restart", at_s=30.0, kind="step")]
    for picture in (latency, throughput, failures):
        svg = picture(as_read(written(plan_for(["question"], 60.0), [calls(50, 0, 60)], marks=marks)))
        [line] = parts(svg, "line", "step")
        assert number(line, "x1") == number(line, "x2") == pytest.approx(x_of(svg, "30 s"), abs=0.2)
        assert texts(svg, "moment") == ["step: restart 30 s"]


def test_a_fault_lasts_until_the_recovery() -> None:
    svg = latency(scene("recovery"))
    [band] = parts(svg, "rect", "band")
    begin, end = number(band, "x"), number(band, "x") + number(band, "width")
    second = (x_of(svg, "60 s") - x_of(svg, "40 s")) / 20
    assert begin == pytest.approx(x_of(svg, "40 s"), abs=0.2)
    assert end == pytest.approx(x_of(svg, "60 s") + second, abs=0.5)
    assert parts(latency(scene("healthy")), "rect", "band") == []


def test_a_quantile_whose_call_failed_is_no_fast_one() -> None:
    svg = latency(scene("recovery"))
    assert "the call of that rank failed" in texts(svg, "key")
    assert "the call of that rank failed" in texts(curves(scene("recovery")), "key")
    assert "the call of that rank failed" not in texts(latency(scene("healthy")), "key")
    [median] = [one for one in parts(svg, "path", "curve") if "".join(one.itertext()) == "median"]
    xs = [float(x) for x in re.findall(r"[ML]([\d.]+) ", str(median.get("d")))]
    dead = [x for x in xs if x_of(svg, "40 s") < x < x_of(svg, "60 s")]
    assert dead == []


def test_the_axis_of_the_percentile_curve_is_even_in_the_share_that_is_left() -> None:
    svg = curves(scene("staircase"))
    tens = [x_of(svg, word) for word in ("0 %", "90 %", "99 %", "99.9 %", "99.99 %")]
    steps = [b - a for a, b in itertools.pairwise(tens)]
    assert steps == pytest.approx([steps[0]] * 4, abs=0.3)


def test_an_objective_stands_at_its_quantile() -> None:
    svg = curves(scene("freeze"))
    lines = {"".join(one.itertext()): one for one in parts(svg, "line", "limit")}
    line = lines["question.p99 ≤ 2 s: fail"]
    assert number(line, "x1") < x_of(svg, "99 %") < number(line, "x2")
    assert number(line, "x2") - number(line, "x1") < 80
    heights = height_of(svg, "3 s"), number(line, "y1"), height_of(svg, "1 s")
    assert heights == tuple(sorted(heights))


def test_a_run_without_failures_says_so_in_a_sentence() -> None:
    assert "No call failed: all 6,000 were answered as they should be." in texts(failures(scene("healthy")))
    assert "827 of 4,800 calls failed." in " ".join(texts(failures(scene("recovery"))))
    assert not any("No call failed" in text for text in texts(failures(scene("recovery"))))
    assert "No call was made." in texts(failures(scene("nothing"))), "no traffic is no success"


def test_each_endpoint_has_a_panel_and_a_curve() -> None:
    load = scene("many")
    heads = [text.partition(":")[0] for text in texts(latency(load), "head") if text]
    assert heads == ["all calls", "question", "question_fresh", "question_edgar", "health", "ready"]
    assert texts(curves(load), "key") == heads
    looks = {(one.get("style"), one.get("stroke-dasharray")) for one in parts(curves(load), "path", "curve")}
    assert len(looks) == 6
    assert len({dash for _, dash in looks}) == 5, "a reader who sees no colours tells neighbours apart"
    assert [text for text in texts(latency(load, ["ready"]), "head") if text] == ["ready: 360 calls"]


def test_both_builds_are_in_one_picture() -> None:
    load = scene("comparison")
    assert texts(curves(load), "key")[:2] == ["question, build a", "question, build b"]
    assert texts(latency(load), "key")[:4] == ["median, build a", "p95, build a", "median, build b", "p95, build b"]
    assert "answered, build b" in texts(throughput(load), "key")
    assert texts(failures(load), "key") == ["status 500: 30, build b"]


@BOTH
def test_what_a_record_says_is_text_and_no_markup(picture: Callable[[Load], str]) -> None:
    load = scene("recovery")
    endpoints = tuple(msgspec.structs.replace(one, name=EVIL if one.name != "api" else "api") for one in load.endpoints)
    marks = tuple(msgspec.structs.replace(one, label=EVIL) for one in load.marks)
    kinds = tuple(msgspec.structs.replace(one, kind=EVIL) for one in load.failures)
    judgements = tuple(msgspec.structs.replace(one, objective=EVIL, endpoint=EVIL) for one in load.judgements)
    changed = msgspec.structs.replace(
        load, profile=EVIL, target=EVIL, endpoints=endpoints, marks=marks, failures=kinds, judgements=judgements
    )
    svg = picture(changed)
    svg.encode()
    assert "<script" not in svg
    assert any("<script>alert(1)</script>" in text for text in texts(svg))


def test_every_colour_is_there_for_light_and_for_dark() -> None:
    light, _, dark = STYLE.partition("prefers-color-scheme: dark")
    defined = [dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", part)) for part in (light, dark)]
    used = set(re.findall(r"var\((--[\w-]+)\)", STYLE))
    for name, make in SCENES.items():
        for picture in PICTURES.values():
            used |= set(re.findall(r"var\((--[\w-]+)\)", picture(as_read(make()))))
            assert used <= defined[0].keys(), name
    assert defined[0].keys() == defined[1].keys()
    grounds = [one.pop("--ground") for one in defined]
    for words, ground in zip(defined, grounds, strict=True):
        for name in ("--ink", "--soft", "--fault", "--well", *(f"--c{n}" for n in range(8))):
            assert contrast(words[name], ground) >= 4.5, f"{name} on {ground}"


def contrast(one: str, other: str) -> float:
    """SOURCE: WCAG 2.2, contrast ratio."""

    def luminance(colour: str) -> float:
        shares = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        even = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * even[0] + 0.7152 * even[1] + 0.0722 * even[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("ground", ["light", "dark"])
def test_a_browser_shows_every_text_whole_and_none_over_another(ground: str, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is not installed: apt-get install chromium, or leave these out with -m 'not browser'"
    crowd = [LoadMark(label=f"step: restart-api-{n}", at_s=6.0 * n + 1, kind="step") for n in range(20)]
    crowded = written(plan_for(["question"], 120.0), [calls(50, 0, 120)], marks=crowd)
    loads = {**{name: as_read(make()) for name, make in SCENES.items()}, "crowded": as_read(crowded)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(color_scheme="dark" if ground == "dark" else "light")
            for name, load in loads.items():
                for kind, picture in PICTURES.items():
                    (tmp_path / "load.svg").write_text(picture(load))
                    page.goto(f"file://{tmp_path}/load.svg")
                    boxes = page.eval_on_selector_all(
                        "text",
                        "all => all.filter(one => one.textContent.trim()).map(one => { const b = one.getBBox();"
                        " return [one.textContent, b.x, b.y, b.x + b.width, b.y + b.height]; })",
                    )
                    height = number(ElementTree.fromstring(picture(load)), "height")
                    fill = page.eval_on_selector("text.title", "one => getComputedStyle(one).fill")
                    assert fill == ("rgb(228, 232, 238)" if ground == "dark" else "rgb(29, 36, 48)")
                    for text, left, top, right, bottom in boxes:
                        assert left >= 0 and right <= WIDTH and top >= 0 and bottom <= height, f"{name} {kind}: {text}"
                    for n, one in enumerate(boxes):
                        for other in boxes[n + 1 :]:
                            assert not overlap(one[1:], other[1:]), f"{name} {kind}: {one[0]!r} over {other[0]!r}"
        finally:
            browser.close()


def overlap(one: list[float], other: list[float]) -> bool:
    """Whether two boxes cover each other by more than the room that letters have around them."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 1 and high > 3
