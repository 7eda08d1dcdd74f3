"""Which images a host gets: the reference's, or those that the operator's engine has; a sentence where it has not."""

from pathlib import Path

import pytest
import requests

from checks.target_file import parse_target
from drills.bench.deployment import ComposeService, Deployment, DeploymentError, read_deployment
from drills.bench.images.catalogue import Images
from drills.bench.options import Choice
from drills.bench.process import BenchError
from drills.bench.spec import choose_images
from tests.harness.docker_objects import FakeEngine

REFERENCE = {
    f"finchat-{service}:{release}": f"finchat-drills/finchat-{service}-{release}:0a1b"
    for service in ("api", "webapp")
    for release in ("latest", "previous")
}
IMAGES = Images(service="s:1", host="h:1", toxiproxy="t:1", upstreams="u:1", deployed=REFERENCE)
ELSEWHERE = Path("/srv/mine")
API = "r.example:5000/team/api"


def deployment(**images: str | None) -> Deployment:
    """Of services with these images."""
    services = tuple(ComposeService(name, image, None) for name, image in images.items())
    target = parse_target('name = "mine"\n[api]\nurl = "http://localhost:8000"\n', source="t")
    return Deployment("mine", {}, {}, {}, services, {}, target)


def chosen(images: dict[str, str | None], there: set[str], choice: Choice) -> dict[str, str]:
    return choose_images(FakeEngine(images=there).client, deployment(**images), IMAGES, choice)


def given(api: str | None = None, webapp: str | None = None, previous: str | None = None) -> Choice:
    return Choice(ELSEWHERE, None, api, webapp, previous)


def test_the_reference_gets_its_own_images() -> None:
    reference = read_deployment(None, None)
    assert choose_images(FakeEngine().client, reference, IMAGES, Choice()) == REFERENCE


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        (Choice(api_image="mine:7"), "finchat-api:latest"),
        (Choice(webapp_image="mine:7"), "finchat-webapp:latest"),
        (Choice(previous_api_image="mine:7"), "finchat-api:previous"),
        (Choice(previous_webapp_image="mine:7"), "finchat-webapp:previous"),
    ],
    ids=["--api-image", "--webapp-image", "--previous-api-image", "--previous-webapp-image"],
)
def test_an_image_of_the_operators_takes_one_place_of_the_reference(choice: Choice, name: str) -> None:
    client = FakeEngine(images={"mine:7"}).client
    assert choose_images(client, read_deployment(None, None), IMAGES, choice) == {**REFERENCE, name: "mine:7"}


CHOSEN: dict[str, tuple[dict[str, str | None], set[str], Choice, dict[str, str]]] = {
    "those that the compose file names": (
        {"api": "api:1", "db": "postgres:16"},
        {"api:1", "postgres:16"},
        given(),
        {"api:1": "api:1", "postgres:16": "postgres:16"},
    ),
    "the latest where there is no tag": ({"api": "api"}, {"api:latest"}, given(), {"api:latest": "api:latest"}),
    "one for two services": ({"api": "app:1", "web": "app:1"}, {"app:1"}, given(), {"app:1": "app:1"}),
    "one with a registry's port": ({"api": f"{API}:1"}, {f"{API}:1"}, given(), {f"{API}:1": f"{API}:1"}),
    "one with a registry's port and no tag": ({"api": API}, {"x"}, given("x"), {f"{API}:latest": "x"}),
    "none for a service that is built": ({"api": "api:1", "db": None}, {"api:1"}, given(), {"api:1": "api:1"}),
    "another, and the compose file's need not be there": ({"api": "api:1"}, {"x:2"}, given("x:2"), {"api:1": "x:2"}),
    "another for one without a tag": ({"api": "api"}, {"x:2", "api:latest"}, given("x:2"), {"api:latest": "x:2"}),
    "another webapp": (
        {"api": "api:1", "webapp": "web:1"},
        {"api:1", "x:2"},
        given(webapp="x:2"),
        {"api:1": "api:1", "web:1": "x:2"},
    ),
    "a previous one beside it": (
        {"api": f"{API}:1"},
        {f"{API}:1", f"{API}:previous"},
        given(),
        {f"{API}:1": f"{API}:1", f"{API}:previous": f"{API}:previous"},
    ),
    "a previous one that is named": (
        {"api": f"{API}:1"},
        {f"{API}:1", f"{API}:previous", "x:1"},
        given(previous="x:1"),
        {f"{API}:1": f"{API}:1", f"{API}:previous": "x:1"},
    ),
}


@pytest.mark.parametrize("what", CHOSEN)
def test_a_host_gets(what: str) -> None:
    images, there, choice, result = CHOSEN[what]
    assert chosen(images, there, choice) == result


MISSING: dict[str, tuple[Choice, str]] = {
    "the compose file's": (given(), "api:1"),
    "--api-image": (given("mine:7"), "mine:7"),
    "--webapp-image": (given("x:2", "mine:7"), "mine:7"),
    "--previous-api-image": (given("x:2", previous="mine:7"), "mine:7"),
}


@pytest.mark.parametrize("which", MISSING)
def test_an_image_that_the_engine_has_not_is_one_sentence(which: str) -> None:
    choice, name = MISSING[which]
    with pytest.raises(DeploymentError) as error:
        chosen({"api": "api:1", "webapp": "x:2"}, {"x:2"}, choice)
    assert str(error.value) == f"The engine has no image {name}: build it, or `docker pull {name}`, and try again."


def test_an_engine_that_hangs_up_is_one_sentence() -> None:
    engine = FakeEngine(broken=requests.ConnectionError("Connection aborted"))
    with pytest.raises(BenchError, match=r"^The engine cannot say whether it has api:1: Connection aborted\.$"):
        choose_images(engine.client, deployment(api="api:1"), IMAGES, given())


def test_an_api_that_is_built_from_source_is_asked_for_its_image() -> None:
    with pytest.raises(DeploymentError, match=r"^The service api of the compose file names no `image`: give it one\.$"):
        chosen({"api": None}, set(), given())
