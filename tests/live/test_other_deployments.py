"""Deployments that are not the reference: other names, paths and images, and ones that do not start."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from drills.bench.bench import Bench
from drills.bench.deployment import REFERENCE, DeploymentError
from drills.bench.images.recipe import Recipe
from drills.bench.options import Choice
from drills.bench.process import BenchError
from drills.bench.reset import reset
from drills.bench.run import Run
from drills.bench.spec import Spec, prepare
from drills.bench.start import start_bench
from drills.faults.process_killed import ProcessKilled
from drills.faults.service_view import look
from drills.one_shell import OneShell
from drills.steps import load_runbook

ACME = Path(__file__).with_name("acme")
BACKEND, FRONTEND = "registry.acme.example:5000/qa/backend:7", "acme-frontend:latest"
DOCKERFILE = 'ARG SERVICE\nFROM ${SERVICE}\nCOPY app.py /app.py\nCMD ["python3", "/app.py"]\n'


@pytest.fixture(scope="module")
def acme_images(run: Run, reference: Spec) -> Iterator[None]:
    """The images of another service on the operator's engine, under names of its own."""
    client = run.client
    recipe = Recipe("acme", DOCKERFILE, {"SERVICE": reference.images.service}, {"app.py": ACME / "app.py"})
    client.images.build(
        fileobj=recipe.context({}), custom_context=True, tag=BACKEND, buildargs=dict(recipe.arguments), rm=True
    )
    client.images.get(BACKEND).tag(FRONTEND)
    yield
    for tag in (BACKEND, FRONTEND):
        client.images.remove(tag)


@pytest.fixture(scope="module")
def acme(run: Run, acme_images: None) -> Bench:
    return start_bench(run, prepare(run, Choice(deployment=ACME)), "-acme")


def test_unmodified_images_run_under_their_own_names(acme: Bench, run: Run) -> None:
    ids = json.loads(acme.host.must("docker inspect --format '\"{{.Image}}\"' acme-backend | head -n1"))
    assert ids == run.client.images.get(BACKEND).id
    assert httpx.get(f"{acme.target.api.url}/alive", trust_env=False).json() == {"status": "up"}


def test_their_own_client_reaches_and_trusts_the_benchs_edgar(acme: Bench) -> None:
    answer = httpx.post(f"{acme.target.api.url}/v2/ask", json={}, timeout=10, trust_env=False)
    assert "companies" in answer.json()["answer"]
    assert look(acme, "api", "https://data.sec.gov/files/company_tickers.json").status == 200


def test_a_reset_knows_their_volumes_and_networks_too(acme: Bench) -> None:
    acme.host.must("docker exec acme-frontend sh -c 'echo x >/state/x'")
    assert acme.first is not None
    assert any(line.startswith("volumes") for line in acme.first.differences(acme.state()))
    assert reset(acme) == []


def test_a_step_that_names_a_service_which_is_not_there_fails_and_names_the_nearest(acme: Bench) -> None:
    ran = OneShell(acme.host, [load_runbook().step("restart-api")], acme.names)("restart-api")
    assert not ran.succeeded
    assert ran.hint is not None
    assert "no service 'api'" in ran.hint


def test_faults_find_their_containers_by_role(acme: Bench) -> None:
    fault = ProcessKilled("api")
    fault.inject(acme)
    assert "acme-backend exited" in (fault.witness(acme) or "")
    fault.cure(acme)
    assert fault.witness(acme) is None


def test_another_image_can_take_the_place_of_the_compose_files(run: Run, acme_images: None, reference: Spec) -> None:
    spec = prepare(run, Choice(api_image=reference.deployed["finchat-api:previous"], previous_api_image=BACKEND))
    assert spec.deployed["finchat-api:latest"] == reference.deployed["finchat-api:previous"]
    assert spec.deployed["finchat-api:previous"] == BACKEND
    assert spec.store != reference.store


def test_an_image_that_the_engine_has_not_is_told(run: Run) -> None:
    with pytest.raises(DeploymentError, match=r"no image nobody/has:this: build it, or `docker pull"):
        prepare(run, Choice(webapp_image="nobody/has:this"))


BROKEN = {
    "a command that ends": ("exec python3 -m finchat_sec_qa.server", "exit 7", "starts again and again"),
    "a port taken twice": ('ports: ["5000:5000"]', 'ports: ["8000:5000"]', "port is already allocated"),
    "a key that compose does not know": ("mem_limit: 1g", "memory: 1g", "Unsupported config option"),
    "an image that cannot run": ('command: ["bash", "-c"', 'command: ["/no/such/program"', "no such file or directory"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_deployment_that_does_not_start_is_told_with_its_last_words(
    what: str, run: Run, reference: Spec, tmp_path: Path
) -> None:
    old, new, said = BROKEN[what]
    shutil.copytree(REFERENCE, tmp_path / "broken")
    compose = tmp_path / "broken" / "docker-compose.yml"
    assert old in compose.read_text()
    compose.write_text(compose.read_text().replace(old, new, 1))
    api, webapp = (reference.deployed[f"finchat-{role}:latest"] for role in ("api", "webapp"))
    spec = prepare(run, Choice(tmp_path / "broken", api_image=api, webapp_image=webapp))
    with pytest.raises(BenchError, match=said) as caught:
        start_bench(run, spec, f"-{len(what)}")
    assert "last log lines" in str(caught.value)
