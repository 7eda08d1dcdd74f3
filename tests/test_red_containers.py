"""Containers that are not as they should be, by what an engine would say of them."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from drills.bench.embedded import Embedded
from tests.harness.engine import API, WEBAPP, Container, engine
from tests.harness.red import Red, each
from tests.harness.runs import Scene, Verdict, failed, look, scene

pytest_plugins = ["tests.harness.fixtures"]

CONTAINERS = "checks/test_containers.py --access=docker"
ERROR = "2026-11-23T10:00:00.123Z ERROR finchat_sec_qa.api error internal_error: not foreseen\n"
TRACEBACK = "Traceback (most recent call last):\n  File ...\nMemoryError\n"


@dataclass(frozen=True)
class On:
    """The target on an engine that has these containers."""

    containers: tuple[Container, ...] = (API, WEBAPP)
    reachable: bool = True
    cores: int = 2

    @contextlib.contextmanager
    def __call__(self, bench: Embedded) -> Iterator[Scene]:
        place = bench.home / "engine"
        yield scene(bench, engine(place, self.containers, reachable=self.reachable, cores=self.cores))


def api(**state: object) -> On:
    return On((replace(API, **state), WEBAPP))  # type: ignore[arg-type]


def webapp(**state: object) -> On:
    return On((API, replace(WEBAPP, **state)))  # type: ignore[arg-type]


def row(name: str, fault: On, amiss: Mapping[str, Verdict]) -> Red:
    return Red(name, fault, CONTAINERS, amiss)


def away(service: str, code: str) -> dict[str, Verdict]:
    """What is not running uses nothing: that is explained."""
    root = f"{service}_container_is_running"
    return {
        root: failed(code),
        "containers_have_memory_left": failed("container.not_running", root),
        "containers_have_cpu_left": failed("container.not_running", root),
    }


@each(
    row("the API's has exited", api(status="exited", exit_code=1), away("api", "container.not_running")),
    row("the webapp's has exited", webapp(status="exited", exit_code=137), away("webapp", "container.not_running")),
    row("the API's was never started", api(status="created"), away("api", "container.not_running")),
    row("the API's is paused", api(status="paused"), {"api_container_is_running": failed("container.not_running")}),
    row(
        "the webapp's restarts again and again",
        webapp(status="restarting", exit_code=1, restarts=9),
        {
            "webapp_container_is_running": failed("container.not_running"),
            "containers_do_not_restart": failed("container.restarts"),
        },
    ),
    row(
        "the API's says unhealthy",
        api(health="unhealthy"),
        {
            "api_container_is_running": failed("container.unhealthy"),
        },
    ),
    row(
        "the webapp's says unhealthy",
        webapp(health="unhealthy"),
        {
            "webapp_container_is_running": failed("container.unhealthy"),
        },
    ),
    row(
        "the API's is not there",
        On((WEBAPP,)),
        {
            **away("api", "container.missing"),
            "containers_have_cpu_left": failed("container.missing", "api_container_is_running"),
            "containers_do_not_restart": failed("container.missing"),
            "containers_are_not_killed_for_memory": failed("container.missing"),
            "api_container_reports_no_errors": failed("container.missing"),
        },
    ),
    row(
        "a restart has papered over a crash",
        webapp(restarts=1, exit_code=0),
        {
            "containers_do_not_restart": failed("container.restarts"),
        },
    ),
    row(
        "a restart has papered over a kill for memory",
        api(restarts=1, oom_killed=True),
        {
            "containers_do_not_restart": failed("container.restarts"),
            "containers_are_not_killed_for_memory": failed("container.oom_killed"),
        },
    ),
    row("memory runs out", webapp(memory="85.10%"), {"containers_have_memory_left": failed("container.memory")}),
    row("the machine's cores are busy", api(cpu="161.00%"), {"containers_have_cpu_left": failed("container.cpu")}),
    row(
        "the container's share of a core is used up",
        webapp(cpu="41.00%", nano_cpus=500_000_000),
        {
            "containers_have_cpu_left": failed("container.cpu"),
        },
    ),
    row(
        "both print errors",
        On((replace(API, stdout=ERROR), replace(WEBAPP, stderr=TRACEBACK))),
        {
            "api_container_reports_no_errors": failed("container.errors"),
            "webapp_container_reports_no_errors": failed("container.errors"),
        },
    ),
)
def test_a_container_that_is_not_as_it_should_be_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


def test_an_engine_that_is_not_reached_tells_nothing(healthy: Embedded) -> None:
    with On(reachable=False)(healthy) as given:
        seen = look(given, CONTAINERS)
    assert (seen.exit_code, seen.passed) == (3, frozenset()), seen.text
    assert {(verdict.outcome, verdict.code) for verdict in seen.amiss.values()} == {("unknown", "prober.docker")}


@pytest.mark.parametrize(
    "state",
    [On(), api(health="healthy"), api(health="starting"), api(cpu="159.00%"), webapp(memory="84.90%")],
    ids=["idle", "healthy", "starting", "busy", "nearly full"],
)
def test_containers_within_their_limits_pass(state: On, healthy: Embedded) -> None:
    with state(healthy) as given:
        seen = look(given, CONTAINERS)
    assert (seen.exit_code, seen.amiss, len(seen.passed)) == (0, {}, 8), seen.text
