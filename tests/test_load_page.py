"""Locust's own web page with a profile: it starts, stops and starts again, and shows the corrected figures."""

import json
import re
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
import msgspec
import pytest

from load.plan import ENDED_FILE, PLAN_FILE, RECORDS_FILE, Ended, read_plan
from load.records import read_records
from load.smoke import PROFILE
from tests.locust_runs import Server, locust, serving
from tests.test_load_generator import until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


@pytest.fixture
def page(server: Server, tmp_path: Path) -> Iterator[httpx.Client]:
    """Locust with its page, at a target whose questions take 50 ms; its records go below tmp_path / "runs"."""
    target = tmp_path / "target.toml"
    target.write_text(f'name = "tiny"\n[api]\nurl = "{server.url}"\nquery = "/late/0.05/query"\n')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--target", str(target), "--load-rate", "20", "--load-lasts", "60"]
    with (tmp_path / "said").open("w+") as said:
        process: Popen[str] = locust(
            *options, "--load-records", str(tmp_path / "runs"), "--web-host", "127.0.0.1", "-P", str(port), out=said
        )
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=15) as client:
            try:
                until(lambda: answers(client), "the page")
                yield client
            finally:
                process.terminate()
                assert process.wait(timeout=20) == 0
    assert "Traceback" not in (tmp_path / "said").read_text()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").status_code == 200
    except httpx.TransportError:
        return False


def form(client: httpx.Client, **typed: str) -> dict[str, str]:
    """What the page sends: what it shows, and what somebody typed."""
    shown = shows(client)
    fields = {name: str(of.get("default_value")) for name, of in shown["extra_options"].items()}
    return {"user_count": "1", "spawn_rate": "1", "host": str(shown["host"]), **fields, **typed}


def shows(client: httpx.Client) -> dict[str, Any]:
    """What Locust gives its page to show."""
    found = re.search(r"window\.templateArgs = (\{.*?\})\s*(;|</script>|\n)", client.get("/").text)
    assert found
    return dict(json.loads(found[1]))


def has_more(folder: Path, least: int) -> bool:
    return len(list(folder.glob("*"))) > least


def median_ms(client: httpx.Client) -> float:
    rows = client.get("/stats/requests").json()["stats"]
    return float(next((row["median_response_time"] or 0 for row in rows if row["name"] == "question"), 0))


def test_it_shows_the_address_and_what_may_be_changed(page: httpx.Client, server: Server, tmp_path: Path) -> None:
    shown = shows(page)
    assert shown["host"] == server.url
    fields = {name: of["default_value"] for name, of in shown["extra_options"].items()}
    assert fields == {"target": str(tmp_path / "target.toml"), "load_rate": "20", "load_lasts": "60"}


def test_an_empty_field_is_as_the_profile_has_it(page: httpx.Client, tmp_path: Path) -> None:
    assert page.post("/swarm", data=form(page, load_rate="", load_lasts="")).json()["success"] is True
    runs = tmp_path / "runs"
    until(lambda: any(one.stat().st_size for one in runs.glob(f"*/{RECORDS_FILE}")), "the first record", 15)
    (run,) = runs.iterdir()
    plan = read_plan(run / PLAN_FILE)
    assert (plan.lasts_s, plan.stages[0].rate_per_s) == (PROFILE.lasts_s, PROFILE.rate_max_per_s)


def test_each_run_has_its_own_folder_and_its_figures(page: httpx.Client, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for before in (0, 1):
        assert page.post("/swarm", data=form(page)).json()["success"] is True
        until(partial(has_more, runs, before), "its folder")
        until(lambda: all(one.stat().st_size for one in runs.glob(f"*/{RECORDS_FILE}")), "the first record", 15)
        page.post("/stop")
        until(lambda: all((one / ENDED_FILE).exists() for one in runs.iterdir()), "the run's end", 15)
        until(lambda: median_ms(page) >= 50, "figures of questions")  # they are a second or two behind
    for folder in runs.iterdir():
        ended = msgspec.json.decode((folder / ENDED_FILE).read_bytes(), type=Ended)
        assert ended.finished == ended.processes == 1
        assert ended.made == ended.written == len(read_records(folder / RECORDS_FILE)) > 0
    names = {row["name"] for row in page.get("/stats/requests").json()["stats"]}
    assert "yardstick" not in names


def test_its_figures_count_from_the_intended_start(page: httpx.Client, server: Server) -> None:
    page.post("/swarm", data=form(page))
    until(lambda: median_ms(page), "figures of questions")
    server.freeze()
    try:
        until_s = time.monotonic() + 6
        until(lambda: time.monotonic() > until_s, "six seconds of a freeze")
    finally:
        server.freeze(False)
    # 100 questions came due meanwhile, and waited 3 s on average; of a closed loop's 50 users each would ask one.
    until(lambda: waited_ms(page) > 100 * 2500, "what the freeze did")


def waited_ms(client: httpx.Client) -> float:
    """What all questions so far took together."""
    rows = client.get("/stats/requests").json()["stats"]
    return sum(
        float(row["num_requests"]) * float(row["avg_response_time"]) for row in rows if row["name"] == "question"
    )


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"host": "http://example.com"}, "no load goes to example.com"),
        ({"host": "http://localhost.evil.com"}, "no load goes to localhost.evil.com"),
        ({"load_rate": "1e6"}, "more than the 2000 allowed"),
        ({"load_rate": "fast"}, "load_rate is a number"),
        ({"target": "/nowhere.toml"}, "cannot be read"),
    ],
)
def test_what_is_typed_into_it_is_refused(page: httpx.Client, tmp_path: Path, typed: dict[str, str], says: str) -> None:
    refused = page.post("/swarm", data=form(page, **typed)).json()
    assert refused["success"] is False
    assert says in refused["message"]
    assert page.get("/stats/requests").json()["state"] == "ready"
    assert not (tmp_path / "runs").exists()
    # It is as it was: what is allowed starts.
    assert page.post("/swarm", data=form(page)).json()["success"] is True
