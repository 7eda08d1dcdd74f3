"""The HTML report: one file, made by Allure, that needs no network."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from reports.allure_files import ENVIRONMENT, EXECUTOR, environment_properties, executor_json
from reports.folder import EvidenceFolder
from reports.history import HISTORY, RUNS_MAX, lines_before, remember, report_name
from reports.html import ReportError, main, offline
from reports.node import PROJECT, NodeError, find_node, install_allure, run
from reports.record import CheckResult, Record
from reports.verify import verify

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
FOREIGN = '<img src="https://elsewhere.example/x.png"><script src="https://elsewhere.example/x.js"></script>'
RESULTS = {
    "The API answers": ("passed", "blocker", ""),
    "The API is ready": ("failed", "blocker", f"AssertionError: expected 200 with ready: true, saw 503: {FOREIGN}"),
    "A question is answered": ("broken", "critical", "RuntimeError: this host has no DNS"),
    "Versions agree": ("passed", "minor", ""),
}


def record(run_id: str, target: str = "runbook") -> Record:
    return Record(
        run_id, "smoke", NOW, NOW, target, "reference 1.0.0", "embedded", (CheckResult("a", "p0", "pass", 0.1),)
    )


def evidence(root: Path, second: int) -> Path:
    folder = EvidenceFolder.open(root, "smoke", NOW + timedelta(seconds=second))
    for number, (name, (status, severity, message)) in enumerate(RESULTS.items()):
        result = {
            "uuid": f"{folder.run_id}-{number}",
            "historyId": str(number),
            "testCaseId": str(number),
            "name": name,
            "fullName": name,
            "status": status,
            "statusDetails": {"message": message, "trace": message},
            "description": FOREIGN,
            "start": 1795481127367,
            "stop": 1795481127467,
            "labels": [{"name": "severity", "value": severity}, {"name": "parentSuite", "value": "2. Investigation"}],
        }
        (folder.allure_results / f"{number}-result.json").write_text(json.dumps(result))
    facts = {"Target": "runbook", "API": "http://127.0.0.1:8000", "Two words": "a\\b = c"}
    (folder.allure_results / ENVIRONMENT).write_text(environment_properties(facts))
    (folder.allure_results / EXECUTOR).write_text(executor_json("finchat-drills 0.1.0", folder.run_id))
    folder.finish(record(folder.run_id))
    return folder.path


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The reports of two runs, made by the real Allure; the second one twice."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    root = tmp_path_factory.mktemp("out")
    runs = [evidence(root, 0), evidence(root, 1)]
    for evidence_folder in (*runs, runs[1]):
        assert main(["--out", str(root), evidence_folder.name]) == 0
    return [evidence_folder / "report/index.html" for evidence_folder in runs]


@pytest.mark.slow
def test_the_report_is_one_file_beside_unchanged_evidence(pages: list[Path]) -> None:
    for page in pages:
        assert [path.name for path in page.parent.iterdir()] == ["index.html"]
        assert "googletagmanager" not in page.read_text()
    root = pages[0].parents[2]
    assert verify(root).problems == []
    assert len((root / HISTORY).read_text().splitlines()) == 2


@pytest.mark.slow
@pytest.mark.browser
def test_the_report_shows_the_run_and_asks_nothing_of_the_network(pages: list[Path]) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(pages[1].as_uri())
        text = page.locator("body")
        page.get_by_text("The API is ready").first.wait_for(timeout=10_000)
        for shown in ["a\\b = c", "http://127.0.0.1:8000", "finchat-drills 0.1.0", "Two words", *RESULTS]:
            assert shown in text.inner_text()
        page.get_by_text("The API is ready").first.click()
        page.get_by_text("Category: Check failed").wait_for(timeout=10_000)
        assert "Blocker" in text.inner_text()
        page.get_by_text("History").first.click()
        browser.close()
    assert {url for url in asked if not url.startswith(("data:", "blob:", "about:"))} == {pages[1].as_uri()}


def test_a_page_that_would_load_something_is_not_kept() -> None:
    with pytest.raises(ReportError, match=r"loads https://cdn\.example/x\.js"):
        offline('<head></head><script defer src="https://cdn.example/x.js"></script>')
    assert "Content-Security-Policy" in offline("<head></head><a href='https://example.com'>a link is fine</a>")


@pytest.mark.parametrize(
    ("node", "says"),
    [
        (None, "Node.js is not installed: install Node.js 20 or newer."),
        ("echo v18.19.0", "Node.js v18.19.0 at .* is too old: install Node.js 20 or newer."),
        ("echo what", "Node.js what at .* is too old"),
        ("echo broken >&2; exit 7", "`node --version` failed with exit code 7: broken"),
    ],
)
def test_node_that_is_missing_or_too_old_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, node: str | None, says: str
) -> None:
    if node:
        program(tmp_path, "node", node)
    with pytest.raises(NodeError, match=says):
        find_node({"PATH": str(tmp_path)})
    run_folder = evidence(tmp_path / "out", 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--out", str(run_folder.parent)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A package with a lock file, and an npm that counts how often it ran."""
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "npm", 'echo "$@" >> npm-ran; [ ! -e no-network ] && mkdir -p node_modules')
    yield tmp_path


def test_allure_is_installed_once_and_again_when_the_lock_changes(project: Path) -> None:
    environ = {"PATH": f"{project / 'bin'}:/usr/bin:/bin"}
    for _ in range(2):
        install_allure(project, environ)
    assert (project / "npm-ran").read_text() == "ci --ignore-scripts --no-audit --no-fund\n"
    (project / "package-lock.json").write_text('{"changed": true}')
    install_allure(project, environ)
    assert (project / "npm-ran").read_text().count("\n") == 2


def test_an_install_that_fails_is_one_sentence_and_is_tried_again(project: Path) -> None:
    environ = {"PATH": f"{project / 'bin'}:/usr/bin:/bin"}
    (project / "no-network").touch()
    with pytest.raises(NodeError, match="`npm ci` failed with exit code 1: it printed nothing"):
        install_allure(project, environ)
    (project / "no-network").unlink()
    install_allure(project, environ)
    with pytest.raises(NodeError, match="npm is not installed"):
        (project / "package-lock.json").write_text("changed")
        install_allure(project, {"PATH": str(project)})


def test_a_program_that_does_not_end_is_stopped() -> None:
    with pytest.raises(NodeError, match=r"`sleep 20` did not end within 0\.1 s: it was stopped"):
        run(["sleep", "20"], Path("/"), os.environ, 0.1)


@pytest.mark.parametrize("missing", ["latest", "run.json", "allure-results/0-result.json"])
def test_a_run_without_results_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    run_folder = evidence(tmp_path, 0)
    if missing == "latest":
        (tmp_path / "latest").unlink()
    elif missing == "run.json":
        (run_folder / "run.json").unlink()
    else:
        shutil.rmtree(run_folder / "allure-results")
    assert main(["--out", str(tmp_path)]) == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_a_report_remembers_the_comparable_runs_before_its_own(tmp_path: Path) -> None:
    runs = [record(f"2026112{day}T101500Z-smoke-0000") for day in range(4)]
    other = record("20261120T000000Z-smoke-0000", target="finchat-2")
    lines = {each.run_id: json.dumps({"name": report_name(each), "separator": "\u2028"}) for each in [*runs, other]}
    for each in (runs[2], other, runs[0], runs[3], runs[0], runs[1]):
        remember(tmp_path, lines[each.run_id])
    with (tmp_path / HISTORY).open("a") as history:
        history.write('{"name": 3}\nhalf a li')
    assert lines_before(tmp_path, runs[2]) == [lines[runs[0].run_id], lines[runs[1].run_id]]
    assert lines_before(tmp_path, other) == []


def test_the_memory_of_runs_is_bounded(tmp_path: Path) -> None:
    for number in range(RUNS_MAX + 3):
        remember(tmp_path, json.dumps({"name": report_name(record(f"20261123T1015{number:02}Z-smoke-0000"))}))
    assert len((tmp_path / HISTORY).read_text().splitlines()) == RUNS_MAX


def test_the_lock_file_pins_every_package_and_names_no_host_that_served_it() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert lock["packages"][""]["dependencies"] == {"allure": "3.18.0"}
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []


def test_npm_leaves_out_the_host_because_of_the_settings_beside_the_lock_file(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    command = [npm, "config", "get", "omit-lockfile-registry-resolved", "--userconfig", str(tmp_path / "none")]
    command += ["--globalconfig", str(tmp_path / "none-either")]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=30, check=True)
    assert said.stdout.strip() == "true"
