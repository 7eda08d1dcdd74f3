"""The embedded FinChat as a target of the checks, and a little ordinary use of it."""

import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from checks.exchange import Answer, Exchange
from checks.scrape_state import ScrapeState, compare_with_last
from checks.sweep import Ground
from checks.target import Target
from checks.target_file import parse_target
from drills.bench.embedded import Embedded
from drills.bench.process import BenchError

_VISITS = 25
_VISIT_TIMEOUT_S = 10.0


def target_toml(bench: Embedded) -> str:
    """The target file of a running bench. Its secrets are in the environment that `secrets_of` gives."""
    return f"""\
name = "embedded"
description = "the reference FinChat on this machine: this proves the suite, not your build"
environment = "embedded"
timeout_s = 10.0

[api]
url = "{bench.api_url}"
query = "/api/v1/query"

[webapp]
url = "{bench.webapp_url}"
token_env = "FINCHAT_TOKEN"

[question]
ticker = "ACME"
text = "What are the main risk factors?"
uncached_tickers = "SYN0001..SYN2000"
filing_path = true

[edgar]
data_url = "{bench.edgar_url}"
www_url = "{bench.edgar_url}"
probe_path = "/files/company_tickers.json"

[openai]
url = "{bench.openai_url}"
paid = false

[metrics]
query_paths = ["/api/v1/query", "/query"]
probe_label = "client"
cache_hits = "finchat_cache_hits_total"
cache_misses = "finchat_cache_misses_total"
rate_limited = "finchat_rate_limited_total"
memory = "process_resident_memory_bytes"

[host]
cache = "{bench.home}/.cache/finchat_sec_qa"
disks = ["{bench.home}"]

[logs]
directory = "{bench.logs}"
response_time = "response_time"
debug = "{bench.home}/.cache/finchat_sec_qa/debug.log"
"""


def target_of(bench: Embedded) -> Target:
    """The target that `target_toml` describes."""
    return parse_target(target_toml(bench), source="the embedded target")


def secrets_of(bench: Embedded) -> Mapping[str, str]:
    """The environment variables that the target file names, and their values."""
    return {"FINCHAT_TOKEN": bench.token, "OPENAI_API_KEY": bench.openai_key}


def ground_of(bench: Embedded, target: Target) -> Ground:
    """What a sweep of the bench stands on; its state ends with the bench."""
    return Ground(target, secrets_of(bench), bench.home / "state")


def visit(bench: Embedded, state: Path) -> None:
    """Use the bench as a few users would, after a first reading of /metrics: so that there are figures to judge."""
    question = {"question": "What are the main risk factors?", "ticker": "ACME"}
    try:
        _visit(bench, state, question)
    except httpx.HTTPError as error:
        raise BenchError(f"the embedded FinChat does not answer its first users: {error}") from None


def _visit(bench: Embedded, state: Path, question: Mapping[str, str]) -> None:
    with httpx.Client(base_url=bench.api_url, timeout=_VISIT_TIMEOUT_S, trust_env=False) as client:
        client.post("/api/v1/query", json=question).raise_for_status()
        reading = client.get("/metrics").raise_for_status()
        answer = Answer(
            "api",
            "GET",
            str(reading.url),
            reading.status_code,
            dict(reading.headers),
            reading.content,
            0.0,
            received_at=time.time(),
        )
        compare_with_last(ScrapeState(state, bench.api_url), Exchange(answer))
        for number in range(_VISITS):
            asked = question if number % 5 else {**question, "question": f"{question['question']} ({number})"}
            client.post("/api/v1/query", json=asked).raise_for_status()
