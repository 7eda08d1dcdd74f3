"""The user that Locust runs: it keeps its slots, and is timed from the moment at which each was due.

Imported by a profile's file inside Locust, and nowhere else.
"""

import itertools
import json
import os
import secrets
import time
from collections.abc import Callable
from random import Random

import gevent
from locust.contrib.fasthttp import FastHttpSession, FastResponse

from load.plan import Endpoint, Plan
from load.recorder import Recorder
from load.records import Answered
from load.yardstick import LATE_HEADER

HEADERS = {"User-Agent": "finchat-load", "Accept-Encoding": "identity"}
"""Marked as load, and not as a probe: the service counts it as it counts its users."""

_WAKES_LATE_S = 0.0012
"""A sleep of gevent's ends about a millisecond late; the rest of the wait is spent giving others their turn."""


class Asking:
    """Asks at the endpoints of a plan, and keeps a record of each request."""

    def __init__(self, plan: Plan, recorder: Recorder, stopped: Callable[[], bool]) -> None:
        self.plan = plan
        self.recorder = recorder
        self._stopped = stopped
        self._nonce = secrets.token_hex(4)
        self._numbers = itertools.count()
        self._headers = [_headers(endpoint) for endpoint in plan.endpoints]

    def ask(self, client: FastHttpSession, number: int, due_s: float, free_s: float, random: Random) -> float:
        """One request, due at `due_s` by a user that was free from `free_s` on. The moment of its end."""
        endpoint = self.plan.endpoints[number]
        body = self._body(endpoint, random) if endpoint.bodies else None
        start_s = time.perf_counter()
        answered, status, size, late_s = None, 0, 0, 0.0
        end_s = None
        try:
            with client.request(
                endpoint.method,
                endpoint.url,
                name=endpoint.name,
                data=body,
                headers=self._headers[number],
                catch_response=True,
                allow_redirects=False,
            ) as response:
                end_s = time.perf_counter()
                status, content = response.status_code, response.content or b""
                size = len(content)
                answered = _answered(endpoint, response, content)
                if endpoint.wants == "yardstick" and response.headers:
                    late_s = float(response.headers.get(LATE_HEADER, 0.0))
                response.request_meta["response_time"] = (end_s - due_s) * 1000
                response.request_meta["response_length"] = size
                if answered is not Answered.WELL:
                    response.failure(answered.name.lower().replace("_", " "))
        finally:  # a user that is stopped in the middle keeps its record
            end_s = end_s or time.perf_counter()
            lag_s = max(0.0, start_s - max(due_s, free_s))
            if answered is None:
                answered = Answered.CUT_OFF if self._stopped() else Answered.TIMED_OUT
            self.recorder.add(number, due_s, start_s, end_s - late_s, lag_s, answered, status, size)
        return end_s

    def leave_out(self, number: int, due_s: float) -> None:
        """A slot that came while its user was still waiting, and the run is over: nobody asked."""
        now_s = time.perf_counter()
        answered = Answered.CUT_OFF if self._stopped() else Answered.UNSTARTED
        self.recorder.add(number, due_s, now_s, now_s, 0.0, answered)

    def _body(self, endpoint: Endpoint, random: Random) -> str:
        text = random.choice(endpoint.bodies).replace("{nonce}", f"{self._nonce}-{next(self._numbers)}")
        return text.replace("{ticker}", random.choice(endpoint.tickers)) if endpoint.tickers else text


def wait_until(due_s: float) -> None:
    """Returns at that reading of `time.perf_counter`, or at once where it is past."""
    if (left_s := due_s - _WAKES_LATE_S - time.perf_counter()) > 0:
        gevent.sleep(left_s)
    while time.perf_counter() < due_s:
        gevent.sleep(0)


def _headers(endpoint: Endpoint) -> dict[str, str]:
    headers = dict(HEADERS)
    if endpoint.method == "POST":
        headers["Content-Type"] = "application/json"
    if endpoint.token_env:
        headers["Authorization"] = f"Bearer {os.environ.get(endpoint.token_env, '')}"
    return headers


def _answered(endpoint: Endpoint, response: FastResponse, content: bytes) -> Answered:
    if not response.status_code:
        late = isinstance(getattr(response, "error", None), TimeoutError)
        return Answered.TIMED_OUT if late else Answered.NO_ANSWER
    if response.status_code != 200:
        return Answered.WRONG_STATUS
    if endpoint.wants == "yardstick":
        return Answered.WELL
    try:
        said = json.loads(content)
    except ValueError:
        return Answered.WRONG_BODY
    if not isinstance(said, dict) or not _is_wanted(endpoint, said):
        return Answered.WRONG_BODY
    metadata = said.get("metadata")
    fallback = isinstance(metadata, dict) and metadata.get("mode") == "fallback"
    return Answered.FALLBACK if fallback else Answered.WELL


def _is_wanted(endpoint: Endpoint, said: dict[str, object]) -> bool:
    if endpoint.wants == "answer":
        return isinstance(answer := said.get("answer"), str) and bool(answer.strip())
    return said.get("ready") is True if endpoint.wants == "ready" else said.get("status") in endpoint.healthy
