"""What the benchmark of load compares with: a plain FastHttpUser of Locust's, which asks and waits, in a closed loop.

PLAIN_PER_S: how often each user asks (0: as fast as it can). PLAIN_OUT: where the latencies go, in seconds, as doubles.
"""

import os
from array import array
from pathlib import Path

from locust import FastHttpUser, constant, constant_throughput, events, task

PER_S = float(os.environ.get("PLAIN_PER_S", "0"))


class Plain(FastHttpUser):
    """Posts a question."""

    wait_time = constant_throughput(PER_S) if PER_S else constant(0)

    @task
    def ask(self) -> None:
        self.client.post(os.environ["PLAIN_PATH"], data='{"question": "?"}', name="question")


class Kept:
    """The latencies as Locust sees them, kept raw because its own percentiles have two digits."""

    def __init__(self) -> None:
        self._latencies_s = array("d")

    def request(self, response_time: float, **_: object) -> None:
        self._latencies_s.append(response_time / 1000)

    def quitting(self, **_: object) -> None:
        Path(os.environ["PLAIN_OUT"]).write_bytes(self._latencies_s.tobytes())


if "PLAIN_OUT" in os.environ:
    _kept = Kept()
    events.request.add_listener(_kept.request)  # type: ignore[no-untyped-call]
    events.quitting.add_listener(_kept.quitting)  # type: ignore[no-untyped-call]
