"""The user that Locust runs: it keeps its slots, and is timed from the moment at which each was due.

Imported by a profile's file inside Locust, and nowhere else.
"""

import itertools
import json
import secrets
import time
from collections.abc import Callable
from random import Random

import gevent
from geventhttpclient.client import HTTPClientPool
from locust.event import EventHook
from locust.exception import CatchResponseError

from load.exchange import Answer, Exchange, Request
from load.plan import Endpoint, Plan
from load.recorder import Recorder
from load.records import Answered
from load.yardstick import LATE_HEADER

_WAKES_LATE_S = 0.0012
"""A sleep of gevent's ends about a millisecond late; the rest of the wait is spent giving others their turn."""


class Asking:
    """Asks at the endpoints of a plan, and keeps a record of each request."""

    def __init__(self, plan: Plan, recorder: Recorder, stopped: Callable[[], bool], request_event: EventHook) -> None:
        """`stopped`: whether a user that is stopped now is stopped before its time. `request_event`: Locust's own."""
        self.plan = plan
        self.recorder = recorder
        self._stopped = stopped
        self._nonce = secrets.token_hex(4)
        self._numbers = itertools.count()
        self.users = itertools.count()
        """Numbers the users of this process."""
        self._request_event = request_event
        self._exchange = Exchange()
        self._requests = [Request.to(endpoint) for endpoint in plan.endpoints]

    def ask(self, pool: HTTPClientPool, number: int, due_s: float, body: str) -> None:
        """One request, due at `due_s`."""
        endpoint = self.plan.endpoints[number]
        late_header = LATE_HEADER if endpoint.wants == "yardstick" else ""
        start_s = time.perf_counter()
        end_s, answer = 0.0, None
        answered = Answered.CUT_OFF
        try:
            answer = self._exchange(pool, self._requests[number], body, late_header)
            end_s = time.perf_counter()
            answered = _answered(endpoint, answer)
        finally:  # a user that is stopped in the middle keeps its record
            end_s = end_s or time.perf_counter()
            lag_s = max(0.0, start_s - due_s)
            if answer is None and not self._stopped():
                answered = Answered.TIMED_OUT
            answer = answer or Answer()
            self.recorder.add(
                number, due_s, start_s, end_s - answer.late_s, lag_s, answered, answer.status, len(answer.content)
            )
        if not late_header:
            self._show(endpoint, end_s - due_s, len(answer.content), answered)

    def leave_out(self, number: int, due_s: float) -> None:
        """A slot that the generator was too late for, and the run is over: nobody asked."""
        now_s = time.perf_counter()
        answered = Answered.CUT_OFF if self._stopped() else Answered.UNSTARTED
        self.recorder.add(number, due_s, now_s, now_s, 0.0, answered)

    def body(self, number: int, random: Random) -> str:
        """What the next request there says."""
        endpoint = self.plan.endpoints[number]
        if not endpoint.bodies:
            return ""
        text = random.choice(endpoint.bodies).replace("{nonce}", f"{self._nonce}-{next(self._numbers)}")
        return text.replace("{ticker}", random.choice(endpoint.tickers)) if endpoint.tickers else text

    def _show(self, endpoint: Endpoint, latency_s: float, size_bytes: int, answered: Answered) -> None:
        """In Locust's own figures, from the intended start as well."""
        self._request_event.fire(  # type: ignore[no-untyped-call]
            request_type=endpoint.method,
            name=endpoint.name,
            response_time=latency_s * 1000,
            response_length=size_bytes,
            exception=None
            if answered is Answered.WELL
            else CatchResponseError(answered.name.lower().replace("_", " ")),
            context={},
            response=None,
            start_time=time.time() - latency_s,
            url=endpoint.url,
        )


def wait_until(due_s: float) -> None:
    """Returns at that reading of `time.perf_counter`, or at once where it is past."""
    if (left_s := due_s - _WAKES_LATE_S - time.perf_counter()) > 0:
        gevent.sleep(left_s)
    while time.perf_counter() < due_s:
        gevent.sleep(0)


def _answered(endpoint: Endpoint, answer: Answer) -> Answered:
    if not answer.status:
        return answer.trouble
    if answer.status != 200:
        return Answered.WRONG_STATUS
    if endpoint.wants == "yardstick":
        return Answered.WELL
    try:
        said = json.loads(answer.content)
    except ValueError:
        return Answered.WRONG_BODY
    if not isinstance(said, dict) or not _is_wanted(endpoint, said):
        return Answered.WRONG_BODY
    metadata = said.get("metadata")
    fallback = isinstance(metadata, dict) and metadata.get("mode") == "fallback"
    return Answered.FALLBACK if fallback else Answered.WELL


def _is_wanted(endpoint: Endpoint, said: dict[str, object]) -> bool:
    if endpoint.wants == "answer":
        # As the checks want it (api.answer_uncited): an answer without a source is none.
        return isinstance(answer := said.get("answer"), str) and bool(answer.strip() and said.get("citations"))
    return said.get("ready") is True if endpoint.wants == "ready" else said.get("status") in endpoint.healthy
