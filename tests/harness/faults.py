"""Real faults of the embedded services, of the stand-ins and of what they keep on disk. Each undoes itself."""

import contextlib
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx

from drills.bench.embedded import Embedded
from tests.harness.front import Lie, front
from tests.harness.runs import Scene, scene

BOUND_S = 10.0
_POLL_S = 0.02
_CLIENTS = 12

Fault = Callable[[Embedded], contextlib.AbstractContextManager[Scene]]
"""Holds a fault of the bench, and gives what the checks are to be run on meanwhile."""


def http() -> httpx.Client:
    # Nothing here speaks TLS, and a client that could takes 25 ms to make.
    return httpx.Client(timeout=BOUND_S, trust_env=False, verify=False)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Returns as soon as it holds; AssertionError after 10 s."""
    deadline_s = time.monotonic() + BOUND_S
    while not holds():
        assert time.monotonic() < deadline_s, f"still not after {BOUND_S:g} s: {what}"
        time.sleep(_POLL_S)


def cache_of(bench: Embedded) -> Path:
    return bench.home / ".cache" / "finchat_sec_qa"


def stopped(*names: str) -> Fault:
    """Services that were ended: nobody listens on their ports."""

    @contextlib.contextmanager
    def fault(bench: Embedded) -> Iterator[Scene]:
        for name in names:
            bench.services[name].kill()
        try:
            yield scene(bench)
        finally:
            for name in names:
                bench.services[name].start()

    return fault


def frozen(name: str) -> Fault:
    """A service that accepts connections and never answers (SIGSTOP)."""

    @contextlib.contextmanager
    def fault(bench: Embedded) -> Iterator[Scene]:
        bench.services[name].freeze()
        try:
            yield scene(bench)
        finally:
            bench.services[name].thaw()

    return fault


def restarted(name: str, env: Mapping[str, str], *, health: str | None = None) -> Fault:
    """A service that runs with another environment; `health`: what the API's own health is to say before the checks."""

    @contextlib.contextmanager
    def fault(bench: Embedded) -> Iterator[Scene]:
        service = bench.services[name]
        service.stop()
        service.start(env)
        try:
            if health:
                wait_until(lambda: health_of(bench) == health, f"the API says {health}")
            yield scene(bench)
        finally:
            service.stop()
            service.start()

    return fault


def rule(upstream: str, **fault_of_answers: object) -> Fault:
    """A stand-in that was told by its admin API how to fail."""

    @contextlib.contextmanager
    def fault(bench: Embedded) -> Iterator[Scene]:
        with http() as client:
            client.post(f"{admin_of(bench, upstream)}/rules", json=fault_of_answers).raise_for_status()
            try:
                yield scene(bench)
            finally:
                client.delete(f"{admin_of(bench, upstream)}/rules").raise_for_status()

    return fault


@contextlib.contextmanager
def key_revoked(bench: Embedded) -> Iterator[Scene]:
    """The key is good no more, and neither we nor the API have been told."""
    with http() as client:
        client.post(f"{bench.openai_admin_url}/keys/revoke", json={"key": bench.openai_key}).raise_for_status()
        try:
            yield scene(bench)
        finally:
            client.post(f"{bench.openai_admin_url}/keys/accept", json={"key": bench.openai_key}).raise_for_status()


def together(*faults: Fault) -> Fault:
    """Several faults at once; the checks are run on what the last one gives."""

    @contextlib.contextmanager
    def fault(bench: Embedded) -> Iterator[Scene]:
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(one(bench)) for one in faults][-1]

    return fault


def described(*more: str, edits: Mapping[str, str] | None = None) -> Fault:
    """No fault of the bench: a target file that says more of it, or other things."""
    return lambda bench: contextlib.nullcontext(scene(bench, *more, edits=edits))


def lying(
    api: Mapping[str, Lie] | None = None,
    webapp: Mapping[str, Lie] | None = None,
    edits: Mapping[str, str] | None = None,
) -> Fault:
    """The real services behind fronts that alter answers: for what no fault of a real service shows."""

    @contextlib.contextmanager
    def fault(bench: Embedded) -> Iterator[Scene]:
        with front(bench.api_url, api) as before_api, front(bench.webapp_url, webapp) as before_webapp:
            shown = replace(bench, api_url=before_api.url, webapp_url=before_webapp.url)
            yield scene(shown, edits=edits)

    return fault


def health_of(bench: Embedded) -> str | None:
    """What the API's /health says; None where it says nothing."""
    try:
        with http() as client:
            return str(client.get(f"{bench.api_url}/health").json()["status"])
    except (httpx.HTTPError, ValueError, KeyError):
        return None


def admin_of(bench: Embedded, upstream: str) -> str:
    return bench.edgar_admin_url if upstream == "edgar" else bench.openai_admin_url


def chat_calls(bench: Embedded) -> int:
    """How many answers the OpenAI stand-in was asked for since the last reset: each of them would cost money."""
    with http() as client:
        seen = client.get(f"{bench.openai_admin_url}/seen").json()["by_path"]
    return sum(count for path, count in seen.items() if path in ("/v1/chat/completions", "/v1/responses"))


_NUMBERS = itertools.count(1)


def fresh_questions(count: int, ticker: str = "ACME") -> list[dict[str, str]]:
    """Questions of users that nobody has asked before."""
    return [{"question": f"What are the main risk factors? ({next(_NUMBERS)})", "ticker": ticker} for _ in range(count)]


def use(bench: Embedded, questions: Sequence[dict[str, str]], at_once: int = _CLIENTS) -> list[int]:
    """Users ask these questions, some at the same time; the statuses of the answers."""
    with http() as client, ThreadPoolExecutor(at_once) as pool:
        url = f"{bench.api_url}/api/v1/query"
        return [answer.status_code for answer in pool.map(lambda asked: client.post(url, json=asked), questions)]


def mend(bench: Embedded) -> None:
    """The bench as at its start, whatever a test left: AssertionError where it does not get healthy."""
    for service in bench.services.values():
        if service.running:
            service.thaw()
        else:
            service.start()
    with http() as client:
        for upstream in ("edgar", "openai"):
            client.post(f"{admin_of(bench, upstream)}/reset").raise_for_status()
    for log in (bench.logs / "app.log", bench.logs / "access.log", cache_of(bench) / "debug.log"):
        log.write_bytes(b"")
    wait_until(lambda: _is_well(bench), "the bench is healthy, ready and answers questions")


def _is_well(bench: Embedded) -> bool:
    try:
        with http() as client:
            # A question that is answered tells the API that a refused key is good again.
            answered = use(bench, fresh_questions(1)) == [200]
            webapp = client.get(f"{bench.webapp_url}/health").json()["status"]
            ready = client.get(f"{bench.webapp_url}/ready").status_code
    except (httpx.HTTPError, json.JSONDecodeError, KeyError):
        return False
    return (answered, health_of(bench), webapp, ready) == (True, "healthy", "healthy", 200)
