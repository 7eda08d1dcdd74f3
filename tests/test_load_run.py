"""A run of load from the command line to its evidence: passed, failed, in doubt, ended early."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from load.plan import RECORDS_FILE, read_plan
from load.records import RECORD
from reports.record import read_record
from reports.verify import verify
from tests.hostile import Run, environment, run
from tests.locust_runs import Server, serving

pytestmark = pytest.mark.slow
LASTS_S = "8"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def target(folder: Path, server: Server, late_s: float) -> Path:
    """A FinChat whose questions take so long, and that has nothing else."""
    file = folder / "target.toml"
    file.write_text(f"""
name = "tiny"
[api]
url = "{server.url}"
query = "/late/{late_s}/query"
health = false
ready = false
[openai]
url = "{server.url}"
paid = false
""")
    return file


def load(
    folder: Path, server: Server, late_s: float, objectives: str, lasts_s: str = LASTS_S, more: Sequence[str] = ()
) -> Run:
    (folder / "objectives.toml").write_text(objectives)
    return run(
        "load",
        *("--load-profile", "smoke", "--load-rate", "40", "--load-lasts", lasts_s),
        f"--load-objectives={folder / 'objectives.toml'}",
        f"--target={target(folder, server, late_s)}",
        f"--evidence={folder / 'out'}",
        *more,
        env=environment(),
    )


def test_a_load_whose_objectives_hold_passes_and_leaves_its_evidence(server: Server, tmp_path: Path) -> None:
    ended = load(tmp_path, server, 0.02, "[api]\np95_s = 2\n[question]\np95_s = 2\n")
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    assert "load smoke: 320 requests in 8 s: pass" in ended.stdout
    evidence = tmp_path / "out" / "latest"
    record = read_record(evidence / "run.json")
    assert (record.kind, record.target) == ("load", "tiny")
    assert [(row.profile, row.objective, row.verdict) for row in record.load] == [
        ("smoke", "api.p95", "pass"),
        ("smoke", "question.p95", "pass"),
    ]
    assert record.load[0].n == pytest.approx(320, abs=4)
    assert (evidence / RECORDS_FILE).stat().st_size >= 300 * RECORD.itemsize
    assert read_plan(evidence / "plan.json").begins_at > 0
    results = [json.loads(file.read_text()) for file in (evidence / "allure-results").glob("*-result.json")]
    of_api = next(one for one in results if "api.p95" in one["name"])
    assert of_api["status"] == "passed"
    assert sum(one["type"] == "image/svg+xml" for one in of_api["attachments"]) == 4
    assert verify(tmp_path / "out").problems == []


def test_a_service_that_is_too_slow_fails_and_the_load_ends_early(server: Server, tmp_path: Path) -> None:
    ended = load(tmp_path, server, 0.8, "[question]\np95_s = 0.5\n", lasts_s="60")
    assert (ended.exit_code, ended.clean) == (1, True), ended.text
    assert "question.p95 cannot hold any more" in ended.stdout
    assert ended.took_s < 30
    (row,) = read_record(tmp_path / "out" / "latest" / "run.json").load
    assert (row.verdict, row.code) == ("fail", "load.exceeded")


def test_it_goes_on_to_the_end_where_that_is_asked_for(server: Server, tmp_path: Path) -> None:
    ended = load(tmp_path, server, 0.2, "[api]\np95_s = 0.1\n", lasts_s="10", more=["--load-to-the-end"])
    assert (ended.exit_code, ended.clean) == (1, True), ended.text
    assert "cannot hold any more" not in ended.stdout
    (row,) = read_record(tmp_path / "out" / "latest" / "run.json").load
    assert row.n == pytest.approx(400, abs=8)


def test_too_few_requests_are_doubt_that_says_how_many_would_tell(server: Server, tmp_path: Path) -> None:
    ended = load(tmp_path, server, 0.02, "[question]\np99_s = 0.5\n", lasts_s="3")
    assert (ended.exit_code, ended.clean) == (3, True), ended.text
    assert "inconclusive [load.too_few]" in ended.stdout
    assert "299 requests would prove it" in " ".join(ended.stdout.split())
