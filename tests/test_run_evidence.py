"""What a run leaves behind: a record, Allure results, a JUnit file; and no secret in any of them."""

import base64
import json
import os
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.hostile import ROOT, Run, always, copy_project, environment, eventually, finchat, reply, run, serve, start

TOKEN, KEY = "tok-Zq8/+vR3 kW7xLmN2pQ=", "plainword-key-Zq81vR37kW72xLmN2pQ"

LEAKING_CHECKS = """
import os
import sys

import pytest

from checks.exchange import Exchange


@pytest.mark.p0
@pytest.mark.get("api", "health")
def test_zz_plain(got: Exchange) -> None:
    print("out", os.environ["FINCHAT_TOKEN"])
    print("err", os.environ["OPENAI_API_KEY"], file=sys.stderr)
    assert got.answer.headers["x-leak"] == "something else"


@pytest.mark.p0
def test_zz_file() -> None:
    open("/nowhere/" + os.environ["OPENAI_API_KEY"])


@pytest.mark.p0
def test_zz_key() -> None:
    raise KeyError(os.environ["FINCHAT_TOKEN"])


@pytest.mark.p0
def test_zz_chain() -> None:
    try:
        raise ValueError(os.environ["OPENAI_API_KEY"])
    except ValueError as error:
        raise RuntimeError("because") from error
"""


def evident(url: str, root: Path, *arguments: str, cwd: Path | None = None, **secrets: str) -> Run:
    """A run with evidence in `root`/out."""
    where = ("--api-url", url, "--webapp-url", url, "--probe-timeout", "5")
    keep = (f"--evidence={root / 'out'}", f"--state={root / 'state'}")
    return run(*where, *keep, *arguments, env=environment(**secrets), cwd=cwd or ROOT)


def allure_results(root: Path) -> list[dict[str, object]]:
    found = sorted((root / "out" / "latest" / "allure-results").glob("*-result.json"))
    return [json.loads(path.read_text()) for path in found]


def labels(result: dict[str, object], name: str) -> list[str]:
    given = result["labels"]
    assert isinstance(given, list)
    return [label["value"] for label in given if label["name"] == name]


@pytest.mark.parametrize(
    "more", [(), ("--tb=long", "-vv", "--showlocals", "--full-trace", "-rA")], ids=["bare", "loud"]
)
def test_a_secret_that_a_service_and_a_check_leak_stands_nowhere(more: tuple[str, ...], tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "checks" / "test_leaking.py").write_text(LEAKING_CHECKS)
    encoded = [base64.b64encode(value.encode()).decode() for value in (TOKEN, KEY)]
    leak = " ".join([TOKEN, KEY, *encoded, quote(TOKEN), quote(KEY + TOKEN, safe="")])
    body = json.dumps({"status": leak, "version": leak, "ready": leak, "error": {"code": leak, "message": leak}})
    answer = reply(body, 500, headers={"X-Leak": TOKEN + KEY, "Location": f"/{quote(TOKEN)}"})
    with serve(always(answer)) as url:
        arguments = ("--target=finchat-2", "--max-paid-calls=9", *more)
        ended = evident(url, tmp_path, *arguments, cwd=project, FINCHAT_TOKEN=TOKEN, OPENAI_API_KEY=KEY)
    assert ended.exit_code == 1
    codes = ended.codes()
    assert (codes["zz_plain"], codes["zz_file"], codes["zz_key"]) == ("check.assertion", "check.error", "check.error")
    assert codes["api_shows_no_secret"] == "api.secret_shown"
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file() and not path.is_symlink()]
    assert {"run.json", "junit.xml", "manifest.json"} <= {path.name for path in written}
    forms = {TOKEN, KEY, quote(TOKEN), quote(TOKEN, safe=""), quote_plus(TOKEN), *(form[:24] for form in encoded)}
    forms |= {TOKEN[:16], KEY[:24], KEY[-16:]}  # nor a part by which one could guess the rest
    for text in (ended.text, *(path.read_text(errors="replace") for path in written)):
        assert [form for form in forms if form in text] == []


def test_the_record_says_what_the_lines_say(tmp_path: Path) -> None:
    with serve(finchat({"/ready": reply('{"ready": false}')})) as url:
        ended = evident(url, tmp_path, "-m", "p0")
    record = json.loads((tmp_path / "out" / "latest" / "run.json").read_text())
    recorded = {
        check["id"]: (check["outcome"].upper(), check["reason"] and check["reason"]["code"])
        for check in record["checks"]
    }
    assert recorded == {id_: (said.outcome, said.code) for id_, said in ended.said().items()}
    assert f"evidence: {(tmp_path / 'out' / 'latest').resolve()}" in ended.text
    assert record["checks"][0].keys() >= {"id", "severity", "outcome", "reason", "duration_s"}


def test_allure_has_one_severity_a_check_and_suites_by_runbook_section(tmp_path: Path) -> None:
    with serve(finchat()) as url:
        evident(url, tmp_path)
    results = allure_results(tmp_path)
    severities = Counter(severity for result in results for severity in labels(result, "severity"))
    assert severities.keys() == {"blocker", "critical", "normal", "minor"}
    assert all(len(labels(result, "severity")) == 1 for result in results)
    assert {tuple(labels(result, "parentSuite")) for result in results} == {("Incident runbook",)}
    suites = {suite for result in results for suite in labels(result, "suite")}
    assert {"1. Detection & Initial Response", "2. Investigation & Diagnosis: System Health Checks"} <= suites


def test_allure_tells_failed_from_broken_and_knows_a_check_again(tmp_path: Path) -> None:
    histories = []
    for _ in range(2):
        with serve(finchat({"/ready": reply("{}", 503)})) as url:
            more = ("-m", "p0 or p1", "-k", "api_is_ready or key_valid")
            evident(url, tmp_path, "--target=finchat-2", *more)
        results = allure_results(tmp_path)
        assert {str(result["name"]): result["status"] for result in results} == {
            "test_api_is_ready": "failed",
            "test_openai_is_reachable_and_the_key_valid": "broken",
        }
        histories.append({result["name"]: result["historyId"] for result in results})
    assert histories[0] == histories[1]


def test_the_junit_file_parses_and_tells_the_outcomes(tmp_path: Path) -> None:
    with serve(finchat({"/health": reply('{"status": "\x1b\x00\ufffe\\ud800"}')})) as url:
        ended = evident(url, tmp_path, "-m", "p0")
    cases = ElementTree.parse(tmp_path / "out" / "latest" / "junit.xml").iter("testcase")
    told = {}
    for case in cases:
        named = {p.get("name"): p.get("value") for p in case.iter("property")}
        told[str(case.get("name")).removeprefix("test_")] = (str(named["outcome"]).upper(), named.get("code"))
    assert told == {id_: (said.outcome, said.code) for id_, said in ended.said().items()}


def test_hostile_words_do_not_lose_the_evidence(tmp_path: Path) -> None:
    """A version with half a character pair cannot be written in UTF-8; the other service says another version."""
    odd = reply('{"status": "healthy", "version": "\\ud800\\u001b[2J' + "x" * 100_000 + '"}')
    with serve(finchat({"/health": odd})) as api, serve(finchat()) as webapp:
        ended = evident(api, tmp_path, f"--webapp-url={webapp}", "-m", "p3", "-k", "versions")
    assert (ended.exit_code, ended.codes()) == (1, {"versions_agree": "version.differs"})
    assert ended.clean, ended.text
    record = json.loads((tmp_path / "out" / "latest" / "run.json").read_text())
    assert len(record["checks"][0]["reason"]["text"]) < 1000


def test_no_evidence_is_left_where_none_is_wanted(tmp_path: Path) -> None:
    with serve(finchat()) as url:
        ended = evident(url, tmp_path, "-m", "p0", "--evidence=none")
    assert ended.exit_code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("--collect-only",), ("--help",), ("--markers",)])
def test_what_checks_nothing_leaves_no_evidence(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with serve(finchat()) as url:
        ended = evident(url, tmp_path, *arguments)
    assert ended.exit_code == 0, ended.text
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_in_a_check_leaves_no_evidence_of_a_run(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "checks" / "test_added.py").write_text("def test_unmarked(): ...\n")
    with serve(finchat()) as url:
        ended = evident(url, tmp_path, cwd=project)
    assert ended.exit_code == 4
    assert "evidence:" not in ended.text
    assert not list((tmp_path / "out").glob("*-smoke-*"))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user who may not write there")
def test_a_directory_that_may_not_be_written_is_one_line(tmp_path: Path) -> None:
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(0o755)
    nobody = ("setpriv", "--reuid=65534", "--clear-groups")
    ended = run("-m", "p0", f"--evidence={tmp_path / 'out'}", prefix=nobody)
    assert ended.exit_code == 4
    assert "cannot be written" in ended.text
    assert ended.clean


def test_two_runs_at_once_leave_two_records(tmp_path: Path) -> None:
    with serve(finchat()) as url:
        arguments = (
            "-m",
            "p0",
            "--api-url",
            url,
            "--webapp-url",
            url,
            f"--evidence={tmp_path}",
            f"--state={tmp_path}/s",
        )
        both = [start(*arguments, env=environment()) for _ in range(2)]
        ended = [process.communicate(timeout=20) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    assert len(list(tmp_path.glob("*-smoke-*/manifest.json"))) == 2
    assert len((tmp_path / "chain.jsonl").read_text().splitlines()) == 2


def test_a_run_that_is_killed_harms_no_other(tmp_path: Path) -> None:
    asked: list[bytes] = []

    def hold(connection: object, head: bytes) -> None:
        asked.append(head)
        eventually(lambda: bool(killed), 10)

    killed: list[bool] = []
    with serve(hold) as url:
        where = (
            "--api-url",
            url,
            "--webapp-url",
            url,
            f"--evidence={tmp_path / 'out'}",
            f"--state={tmp_path / 'state'}",
        )
        process = start("-m", "p0", *where)
        assert eventually(lambda: bool(asked), 10)
        process.kill()
        process.communicate(timeout=5)
        killed.append(True)
    with serve(finchat()) as url:
        assert evident(url, tmp_path, "-m", "p0").exit_code == 0
    assert len((tmp_path / "out" / "chain.jsonl").read_text().splitlines()) == 1
