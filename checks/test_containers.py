"""The containers: running, not killed for memory, within their limits."""

import pytest

from checks.command import CommandResult
from checks.containers import Container, Engine, EngineUsage, require_present
from checks.log_files import error_lines
from checks.outcome import require
from checks.runbook import Section
from checks.target import Objectives, Target


def _name(target: Target, service: str) -> str | None:
    name = target.service(service) and getattr(target.containers, service)
    return name if isinstance(name, str) else None


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.API_DOWN)
def test_api_container_is_running(engine: Engine, target: Target) -> None:
    _require_running(engine, _name(target, "api"))


@pytest.mark.p0
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.API_DOWN)
def test_webapp_container_is_running(engine: Engine, target: Target) -> None:
    _require_running(engine, _name(target, "webapp"))


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.API_DOWN)
def test_containers_do_not_restart(engine: Engine, target: Target, objectives: Objectives) -> None:
    for container in _containers(engine, target):
        require(
            container.restarts <= objectives.restarts_max,
            "container.restarts",
            expected=f"at most {objectives.restarts_max} restarts of {container.name}",
            seen=f"{container.restarts}, the last exit code {container.exit_code}",
        )


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.HIGH_MEMORY)
def test_containers_are_not_killed_for_memory(engine: Engine, target: Target) -> None:
    for container in _containers(engine, target):
        require(
            not container.oom_killed,
            "container.oom_killed",
            expected=f"{container.name} within its memory limit",
            seen=f"OOMKilled, {container.restarts} restarts",
        )


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.HIGH_MEMORY)
@pytest.mark.depends_on("api_container_is_running", "webapp_container_is_running")
def test_containers_have_memory_left(engine_usage: EngineUsage, target: Target, objectives: Objectives) -> None:
    for name in filter(None, (_name(target, "api"), _name(target, "webapp"))):
        used = engine_usage.usage(name).memory_ratio
        most = objectives.memory_ratio_max
        require(
            used <= most, "container.memory", expected=f"{name} at most at {most:.0%} of its memory", seen=f"{used:.0%}"
        )


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.HIGH_MEMORY)
@pytest.mark.depends_on("api_container_is_running", "webapp_container_is_running")
def test_containers_have_cpu_left(
    engine: Engine, engine_usage: EngineUsage, target: Target, objectives: Objectives
) -> None:
    for container in _containers(engine, target):
        cores = container.cpus or engine_usage.machine_cores()
        used, most = engine_usage.usage(container.name).cpu_cores / cores, objectives.cpu_ratio_max
        require(
            used <= most,
            "container.cpu",
            expected=f"{container.name} at most at {most:.0%} of its CPU",
            seen=f"{used:.0%} of {cores:g} cores",
        )


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.API_DOWN)
def test_api_container_reports_no_errors(api_output: CommandResult) -> None:
    _require_no_errors(api_output)


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.API_DOWN)
def test_webapp_container_reports_no_errors(webapp_output: CommandResult) -> None:
    _require_no_errors(webapp_output)


def _containers(engine: Engine, target: Target) -> list[Container]:
    return [engine.container(name) for name in (_name(target, "api"), _name(target, "webapp")) if name]


def _require_running(engine: Engine, name: str | None) -> None:
    assert name
    container = engine.container(name)
    seen = f"{container.status}, exit code {container.exit_code}{', OOMKilled' if container.oom_killed else ''}"
    require(container.running, "container.not_running", expected=f"{name} running", seen=seen)
    require(
        container.health != "unhealthy", "container.unhealthy", expected=f"{name} healthy", seen=f"{seen}, unhealthy"
    )


def _require_no_errors(output: CommandResult) -> None:
    require_present(output, output.command[-1])
    output.output("docker")
    found = error_lines([*output.stdout.splitlines(), *output.stderr.splitlines()])
    seen = f"{len(found)}, the last: {found[-1]}" if found else "none"
    require(not found, "container.errors", expected="no error in the last 100 lines", seen=seen)
