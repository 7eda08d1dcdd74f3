"""A little ordinary use of a deployment, after a first reading of /metrics: so that there are figures to judge."""

import time
from pathlib import Path

import httpx

from checks.exchange import Answer, Exchange
from checks.scrape_state import ScrapeState, compare_with_last
from checks.target import Target
from drills.bench.process import BenchError

VISITS = 25
_VISIT_TIMEOUT_S = 10.0


def visit(target: Target, state: Path) -> None:
    """Uses the target as a few users would. BenchError where it does not answer them."""
    path = target.api.path("query")
    if path is None:
        return
    try:
        with httpx.Client(base_url=target.api.url, timeout=_VISIT_TIMEOUT_S, trust_env=False) as client:
            _ask(client, path, target, 0)
            _read_metrics(client, target, state)
            for number in range(VISITS):
                _ask(client, path, target, 0 if number % 5 else number)
    except httpx.HTTPError as error:
        raise BenchError(f"FinChat does not answer its first users: {error}") from None


def _ask(client: httpx.Client, path: str, target: Target, number: int) -> None:
    asked = target.question
    text = f"{asked.text} ({number})" if number else asked.text
    question = {"question": text, "ticker": asked.ticker, "form_type": asked.form_type, "limit": asked.limit}
    client.post(path, json=question).raise_for_status()


def _read_metrics(client: httpx.Client, target: Target, state: Path) -> None:
    path = target.api.path("metrics")
    if path is None or target.metrics is None:
        return
    got = client.get(path).raise_for_status()
    headers = dict(got.headers)
    answer = Answer("api", "GET", str(got.url), got.status_code, headers, got.content, 0.0, received_at=time.time())
    compare_with_last(ScrapeState(state, target.api.url), Exchange(answer))
