"""Calls to the API of one Toxiproxy through toxiproxy-python, each bounded as a whole, and none believed by default."""

import json
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from toxiproxy.api import APIConsumer
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from drills.bench.process import BenchError

# The caller has given up by then: what is late counts as hung, whatever the client makes of it.
_GRACE_S = 1.0
_TEXT_MAX = 200

_MENDS = {
    ProxyExists: "Remove what bears that name first, or choose another name",
    NotFound: "state() tells what there is",
    InvalidToxic: "Compare version() with the 2.12.0 that the toxics are made for",
}


class ProxyError(BenchError):
    """Toxiproxy is not there, refused, or does not hold what it was asked to; no fault may be taken to be in force."""


class ProxyHungError(ProxyError):
    """Toxiproxy did not answer in time, and may not ever: its container is to be replaced."""


class Api:
    """The API of the Toxiproxy at `host` and `port`. What the environment says of HTTP proxies does not apply.

    `ends_at_s` is a time of time.monotonic() by which a call has returned: with the body of an answer of 2xx, or with
    a ProxyError. What hangs is left to a thread of its own, which ends with the server.
    """

    def __init__(self, host: str, port: int) -> None:
        self.where = f"Toxiproxy at {host}:{port}"
        # A class for each server: the client keeps host and port in the class.
        self._consumer: Any = type("Consumer", (APIConsumer,), {"host": host, "port": port})

    def get(self, path: str, ends_at_s: float) -> bytes:
        return self._call("GET", path, self._consumer.get, {}, ends_at_s)

    def post(self, path: str, body: Mapping[str, object], ends_at_s: float) -> bytes:
        return self._call("POST", path, self._consumer.post, {"json": dict(body)}, ends_at_s)

    def delete(self, path: str, ends_at_s: float) -> bytes:
        return self._call("DELETE", path, self._consumer.delete, {}, ends_at_s)

    def _call(self, verb: str, path: str, send: Any, body: Mapping[str, object], ends_at_s: float) -> bytes:
        left_s = ends_at_s - time.monotonic()
        outcome = _outcome_of(
            lambda: send(path, timeout=left_s + _GRACE_S, proxies={"http": ""}, allow_redirects=False, **body), left_s
        )
        asked = f"{verb} {path}"
        if outcome is None:
            raise ProxyHungError(f"{self.where} has not answered {asked} in time: replace its container.")
        if isinstance(outcome, ProxyExists | NotFound | InvalidToxic):
            raise ProxyError(f"{self.where} refused {asked}: {_said(outcome.args[0])}. {_MENDS[type(outcome)]}.")
        if isinstance(outcome, Exception):
            raise ProxyError(
                f"{self.where} cannot be asked {asked} ({type(outcome).__name__}: {outcome}): "
                "look whether it runs, and replace its container if not."
            ) from outcome
        content: bytes = outcome.content
        if not 200 <= outcome.status_code < 300:
            raise ProxyError(
                f"{self.where} answered {outcome.status_code} to {asked}: {_said(content)}. "
                "Mend what it names; where it names nothing, replace its container."
            )
        return content


def _outcome_of(call: Callable[[], Any], bound_s: float) -> Any:
    """What the call returned or raised; None after `bound_s`. A client's own timeout bounds a read, not a call."""
    if bound_s <= 0:
        return None
    outcomes: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcomes.put(call())
        except Exception as error:
            outcomes.put(error)

    threading.Thread(target=run, name="toxiproxy call", daemon=True).start()
    try:
        return outcomes.get(timeout=bound_s)
    except queue.Empty:
        return None


def _said(content: bytes) -> str:
    """The server's own word on an error, or the beginning of whatever it sent."""
    text = content.decode(errors="replace").strip()
    try:
        said = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        said = text
    return repr(str(said)[:_TEXT_MAX]) if said else "without a word"
