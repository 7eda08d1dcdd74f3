"""Measures the generator's own error in the same run: it asks an endpoint of known latency beside its users."""

import subprocess
import sys
from random import Random

import gevent
import msgspec
from geventhttpclient.client import HTTPClientPool

from load import yardstick
from load.generator import Asking, wait_until
from load.plan import YARDSTICK, Endpoint, Plan

TIMEOUT_S = 5.0


class OwnError:
    """The endpoint of known latency beside one process of the generator."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None

    def started(self, plan: Plan) -> Plan:
        """The plan with that endpoint in it, last."""
        if not plan.yardstick_per_s:
            return plan
        # By its path, so that it is this very file wherever Locust was started, and whatever is installed there.
        command = [sys.executable, "-I", yardstick.__file__]
        # In a session of its own, where a Ctrl-C does not reach it: it ends with its standard input.
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        assert self._server.stdout is not None
        try:
            port = int(self._server.stdout.readline() or 0)
        except BaseException:  # stopped while it waited
            self._server.kill()
            raise
        endpoint = Endpoint(name=YARDSTICK, url=f"http://127.0.0.1:{port}/", wants="yardstick")
        return msgspec.structs.replace(plan, endpoints=(*plan.endpoints, endpoint))

    def measure(self, asking: Asking) -> None:
        """Asks there on a schedule of its own until the plan is over or the greenlet is killed."""
        if self._server is None:
            return
        try:
            self._ask(asking)
        finally:
            self._server.kill()
            self._server.wait(timeout=TIMEOUT_S)

    def _ask(self, asking: Asking) -> None:
        pool = HTTPClientPool(concurrency=1, network_timeout=TIMEOUT_S, connection_timeout=TIMEOUT_S)
        plan, random = asking.plan, Random()
        begins_s = asking.recorder.counter_at(plan.begins_at)
        due_s = begins_s + random.random() / plan.yardstick_per_s
        while due_s < begins_s + plan.lasts_s:
            wait_until(due_s)
            asking.ask(pool, len(plan.endpoints) - 1, due_s, "")
            due_s += 1 / plan.yardstick_per_s
            gevent.sleep(0)
