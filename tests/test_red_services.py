"""API and webapp: what stops, freezes, loses its key or its disk turns the checks red, each for its reason."""

import contextlib
from collections.abc import Iterator

import pytest

from drills.bench.embedded import Embedded
from tests.harness.faults import Fault, cache_of, frozen, lying, restarted, stopped
from tests.harness.front import json_with, status
from tests.harness.red import Red, each
from tests.harness.runs import EVERYTHING, Scene, failed, look, scene

pytest_plugins = ["tests.harness.fixtures"]

STATE = "checks/test_api.py checks/test_webapp.py -m 'p0 or p1'"


@contextlib.contextmanager
def cache_cannot_be_written(bench: Embedded) -> Iterator[Scene]:
    """A file stands where the cache directory was."""
    cache, aside = cache_of(bench), bench.home / "cache-aside"
    cache.rename(aside)
    cache.write_bytes(b"")
    try:
        yield scene(bench)
    finally:
        cache.unlink()
        aside.rename(cache)


def webapp_without_api() -> Fault:
    return restarted("webapp", {"FINCHAT_API_URL": "http://127.0.0.1:1"})


@each(
    Red(
        "the API's key for OpenAI is missing",
        restarted("api", {"OPENAI_API_KEY": ""}),
        STATE,
        {
            "api_is_healthy": failed("api.health_status"),
            "api_is_ready": failed("api.not_ready", "api_is_healthy"),
            "api_is_not_degraded": failed("api.health_status", "api_is_healthy"),
            "webapp_is_ready": failed("webapp.not_ready", "api_is_healthy"),
            "webapp_is_not_degraded": failed("webapp.degraded", "api_is_healthy"),
        },
    ),
    Red(
        "OpenAI refuses the API's key",
        restarted("api", {"OPENAI_API_KEY": "sk-standin-of-somebody-else"}, health="unhealthy"),
        f"{STATE} -k 'api_is'",
        {
            "api_is_healthy": failed("api.health_status"),
            "api_is_ready": failed("api.not_ready", "api_is_healthy"),
            "api_is_not_degraded": failed("api.health_status", "api_is_healthy"),
        },
    ),
    Red(
        "the cache cannot be written",
        cache_cannot_be_written,
        STATE,
        {"api_is_ready": failed("api.not_ready"), "webapp_is_ready": failed("webapp.not_ready", "api_is_ready")},
    ),
    Red(
        "the API runs in fallback mode",
        restarted("api", {"ENABLE_FALLBACK_MODE": "true"}),
        STATE,
        {
            "api_is_not_degraded": failed("api.degraded"),
            "webapp_is_not_degraded": failed("webapp.degraded", "api_is_not_degraded"),
        },
    ),
    Red(
        "the webapp does not find the API",
        webapp_without_api(),
        STATE,
        {"webapp_is_ready": failed("webapp.not_ready"), "webapp_is_not_degraded": failed("webapp.degraded")},
    ),
    Red(
        "200, and not ready",
        lying(
            api={"/ready": json_with(lambda said: said.update(ready=False))},
            webapp={"/ready": json_with(lambda said: said.update(ready=False))},
        ),
        STATE,
        {"api_is_ready": failed("api.ready_false"), "webapp_is_ready": failed("webapp.ready_false", "api_is_ready")},
    ),
    Red(
        "ready, and what answers questions is not",
        lying(api={"/ready": json_with(lambda said: said.update(services={"query_handler": False}))}),
        f"{STATE} -k api_is",
        {"api_is_ready": failed("api.ready_contradicts")},
    ),
    Red(
        "200, and unhealthy",
        lying(
            api={"/health": json_with(lambda said: said.update(status="unhealthy"))},
            webapp={"/health": json_with(lambda said: said.update(status="unhealthy"))},
        ),
        f"{STATE} -m p0",
        {"api_is_healthy": failed("api.unhealthy"), "webapp_is_healthy": failed("webapp.unhealthy")},
    ),
    Red(
        "health without a status, readiness without a verdict",
        lying(
            api={"/health": json_with(lambda said: said.pop("status"))},
            webapp={"/health": status(500), "/ready": json_with(lambda said: said.pop("ready"))},
        ),
        f"{STATE} -m p0",
        {
            "api_is_healthy": failed("api.health_body"),
            "webapp_is_healthy": failed("webapp.health_status"),
            "webapp_is_ready": failed("webapp.ready_body"),
        },
    ),
    Red(
        "the web page is an error",
        lying(webapp={"/": status(500)}),
        "checks/test_webapp.py -m p0",
        {"webapp_is_reachable": failed("webapp.page_status")},
    ),
    Red(
        "the API's own description is missing",
        lying(api={"/openapi.json": status(404)}),
        "checks/test_api.py -m 'p0 or p3'",
        {"api_describes_itself": failed("api.openapi_status")},
    ),
    Red(
        "the API's own description knows no question",
        lying(api={"/openapi.json": json_with(lambda said: said.update(paths={"/health": {}}))}),
        "checks/test_api.py -m 'p0 or p3'",
        {"api_describes_itself": failed("api.openapi_incomplete")},
    ),
)
def test_a_service_that_is_not_well_is_said_to_be_so(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


@each(
    Red("the API is stopped", stopped("api"), "-k api_is_reachable", {"api_is_reachable": failed("api.refused")}),
    Red(
        "the API is frozen",
        frozen("api"),
        "-k api_is_reachable --probe-timeout=0.5",
        {"api_is_reachable": failed("api.timeout")},
    ),
    Red(
        "the webapp is stopped",
        stopped("webapp"),
        "-k webapp_is_reachable",
        {"webapp_is_reachable": failed("webapp.refused")},
    ),
    Red(
        "the webapp is frozen",
        frozen("webapp"),
        "-k webapp_is_reachable --probe-timeout=0.5",
        {"webapp_is_reachable": failed("webapp.timeout")},
    ),
)
def test_a_service_that_does_not_answer_is_not_reachable(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


@pytest.mark.parametrize(
    ("fault", "root", "code", "explained"),
    [
        (stopped("api"), "api_is_reachable", "api.refused", 26),
        (frozen("api"), "api_is_reachable", "api.timeout", 27),
        (stopped("webapp"), "webapp_is_reachable", "webapp.refused", 10),
        (frozen("webapp"), "webapp_is_reachable", "webapp.timeout", 10),
    ],
    ids=["the API is stopped", "the API is frozen", "the webapp is stopped", "the webapp is frozen"],
)
def test_one_outage_is_one_root_and_everything_else_says_because_of_it(
    fault: Fault, root: str, code: str, explained: int, healthy: Embedded
) -> None:
    with fault(healthy) as given:
        seen = look(given, f"{EVERYTHING} --probe-timeout=2")
    failures = {id_: verdict for id_, verdict in seen.amiss.items() if verdict.outcome == "fail"}
    assert failures.pop(root) == failed(code)
    assert {verdict.caused_by for verdict in failures.values()} == {root}, seen.text
    # As many as there are checks of what is down, so that none has quietly passed.
    assert len(failures) >= explained, seen.text
    subject = root.partition("_")[0]
    alone = [id_ for id_ in seen.passed if id_.startswith(f"{subject}_")]
    assert alone == [], f"{alone} passed while the {subject} was down"
    assert seen.severities[root] == "p0"
    assert seen.exit_code == 1
