"""Waiting until a deployment is ready, or until it is clear that it will not be."""

import time

import httpx

from checks.target import Target
from drills.bench.host import Host
from drills.bench.plan import FRONT
from drills.bench.process import BenchError

LOOK_TIMEOUT_S = 5.0
POLL_S = 0.1
RESTARTS_MAX = 3
"""A container that was started so often and is not ready will not be."""

_RESTARTS = "docker ps -aq | xargs -r docker inspect --format '{{.RestartCount}} {{.Name}}'"


def wait_until_ready(target: Target, host: Host, bound_s: float) -> None:
    """Returns when the services of `target` answer, and say that they are ready where they have a word for it.

    BenchError with the last answer where they do not within `bound_s`, and as soon as one starts again and again.
    """
    deadline_s = time.monotonic() + bound_s
    waiting = {name: url for name in FRONT if (url := _ready_url(target, name))}
    with httpx.Client(timeout=LOOK_TIMEOUT_S, trust_env=False) as client:
        while waiting:
            for name, url in list(waiting.items()):
                said = _look(client, url)
                if said is None:
                    del waiting[name]
                elif time.monotonic() > deadline_s:
                    raise BenchError(f"The {name} does not get ready within {bound_s:g} s: {said}.")
                elif looping := _looping(host):
                    raise BenchError(f"{looping} starts again and again, and the {name} does not get ready: {said}.")
            if waiting:
                time.sleep(POLL_S)


def _looping(host: Host) -> str | None:
    """The name of a container that its engine keeps starting."""
    counts = (line.split() for line in host.must(_RESTARTS).splitlines())
    return next((name.removeprefix("/") for count, name in counts if int(count) >= RESTARTS_MAX), None)


def _ready_url(target: Target, name: str) -> str | None:
    service = target.service(name)
    path = service and (service.path("ready") or service.path("health") or service.path("any"))
    return f"{service.url}{path}" if service and path else None


def _look(client: httpx.Client, url: str) -> str | None:
    """None when what answers there is ready; else what it said."""
    try:
        answer = client.get(url)
    except httpx.HTTPError as error:
        return f"GET {url} fails ({error})"
    if answer.status_code >= 500 or '"ready":false' in answer.text.replace(" ", ""):
        return f"GET {url} gives {answer.status_code}: {answer.text[:200]}"
    return None
