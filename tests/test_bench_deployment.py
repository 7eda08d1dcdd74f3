"""What can be deployed on a bench, and the one sentence for what cannot."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from checks.target_file import parse_target
from drills.bench import deployment as deploying
from drills.bench.deployment import (
    ComposeService,
    Deployment,
    DeploymentError,
    local_port,
    read_compose,
    read_deployment,
    read_settings,
)

COMPOSE = "services:\n  api: {image: 'finchat-api:latest', container_name: finchat-api}\n"
TARGET = 'name = "mine"\n[api]\nurl = "http://localhost:8000"\n'


def directory(place: Path, **files: str) -> Path:
    """A directory with a compose file and with these; a name's __ is a slash."""
    for name, text in {"docker-compose.yml": COMPOSE, **files}.items():
        path = place / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return place


def refused(place: Path, target: str | None = None) -> str:
    with pytest.raises(DeploymentError) as error:
        read_deployment(place, target)
    said = str(error.value)
    assert len(said.splitlines()) == 1
    assert said.endswith(".")
    return said


IMAGES: dict[str, tuple[str, dict[str, str], str]] = {
    "a plain name": ("finchat-api:latest", {}, "finchat-api:latest"),
    "a variable": ("api:${TAG}", {"TAG": "7"}, "api:7"),
    "a variable without braces": ("api:$TAG-slim", {"TAG": "7"}, "api:7-slim"),
    "a variable that is not set": ("api:${TAG}", {}, "api:"),
    "a default": ("api:${TAG:-latest}", {}, "api:latest"),
    "a default for what is empty": ("api:${TAG:-latest}", {"TAG": ""}, "api:latest"),
    "a default for what is not set": ("api:${TAG-latest}", {}, "api:latest"),
    "what is set to nothing": ("api${TAG-:latest}", {"TAG": ""}, "api"),
    "what is set in place of a default": ("api:${TAG:-latest}", {"TAG": "7"}, "api:7"),
    "what is required and there": ("api:${TAG:?set TAG}", {"TAG": "7"}, "api:7"),
    "something instead": ("api${TAG:+:pinned}", {"TAG": "7"}, "api:pinned"),
    "nothing instead of nothing": ("api${TAG:+:pinned}", {}, "api"),
    "a dollar": ("api:$${TAG}", {"TAG": "7"}, "api:${TAG}"),
    "a registry with a port": ("${REGISTRY:-r.example:5000}/api:1", {}, "r.example:5000/api:1"),
}


@pytest.mark.parametrize("what", IMAGES)
def test_a_compose_file_names_an_image_by(what: str) -> None:
    written, settings, image = IMAGES[what]
    files = {"docker-compose.yml": f"services:\n  api:\n    image: {written!r}\n".encode()}
    assert read_compose(files, settings, "d") == (ComposeService("api", image, None),)


def test_the_variables_of_a_compose_file_are_those_of_its_env_file(tmp_path: Path) -> None:
    compose = "services:\n  web:\n    image: web:${TAG:-1}\n    container_name: ${NAME}-web\n  db: {build: .}\n"
    read = read_deployment(directory(tmp_path, **{"docker-compose.yml": compose, ".env": "TAG=2\nNAME=x\n"}), None)
    assert read.services == (ComposeService("web", "web:2", "x-web"), ComposeService("db", None, None))


def test_a_variable_that_the_compose_file_requires_is_asked_for_in_its_words(tmp_path: Path) -> None:
    compose = "services:\n  api: {image: 'api:${TAG:?the release to run}'}\n"
    assert refused(directory(tmp_path, **{"docker-compose.yml": compose})) == (
        "The compose file wants TAG: set it in .env (the release to run)."
    )


NO_COMPOSE = {
    "no services": ("version: '3'\n", "names no services"),
    "none below services": ("services:\n", "names no services"),
    "an empty list of services": ("services: {}\n", "names no services"),
    "services that are a list": ("services: [api]\n", "names no services"),
    "a service that is a text": ("services: {api: finchat}\n", "names no services"),
    "a list": ("- services\n", "names no services"),
    "nothing": ("", "names no services"),
    "a bracket left open": ("services: {api: {image: x}\n", "does not parse"),
    "a tab": ("services:\n\tapi: {image: x}\n", "does not parse"),
    "a control character": ("services: \0\n", "does not parse"),
    "a tag of some program": ("services: !!python/object:os.system {}\n", "does not parse"),
}


@pytest.mark.parametrize("what", NO_COMPOSE)
def test_a_compose_file_that_is_none_is_refused(what: str, tmp_path: Path) -> None:
    text, said = NO_COMPOSE[what]
    assert f"{tmp_path}/docker-compose.yml {said}" in refused(directory(tmp_path, **{"docker-compose.yml": text}))


@pytest.mark.parametrize("name", deploying.COMPOSE_NAMES)
def test_a_compose_file_is_found_by_each_of_its_names(name: str) -> None:
    assert read_compose({name: COMPOSE.encode()}, {}, "d")[0].name == "api"


def test_of_several_compose_files_the_first_in_the_order_of_compose_is_read() -> None:
    files = {name: f"services: {{s{place}: {{}}}}".encode() for place, name in enumerate(deploying.COMPOSE_NAMES)}
    assert [service.name for service in read_compose(files, {}, "d")] == ["s0"]


SETTINGS: dict[str, tuple[str, dict[str, str]]] = {
    "a value": ("A=1\nB = two words \n", {"A": "1", "B": "two words"}),
    "comments": ("# A=1\n  # B=2\nC=3 # three\nD=a#b\n", {"C": "3", "D": "a#b"}),
    "quotes": ("A='1 # one'\nB=\"it's\"\nC='say \"x\"' # c\n", {"A": "1 # one", "B": "it's", "C": 'say "x"'}),
    "half a quote": ("A=it's\nB=5\"\n", {"A": "it's", "B": '5"'}),
    "export": ("export A=1\nexport  B='2'\nexported=3\n", {"A": "1", "B": "2", "exported": "3"}),
    "nothing": ("A=\nB=''\n", {"A": "", "B": ""}),
    "an equals sign": ("A=b=c==\n", {"A": "b=c=="}),
    "the last of two": ("A=1\nA=2\n", {"A": "2"}),
    "lines of Windows": ("A=1\r\nB='2'\r\n", {"A": "1", "B": "2"}),
    "what sets nothing": ("A\n=1\nnot a name=2\n\n", {}),
    "an empty file": ("", {}),
}


@pytest.mark.parametrize("what", SETTINGS)
def test_an_env_file_sets(what: str) -> None:
    text, settings = SETTINGS[what]
    assert read_settings(text) == settings


def deployment(services: tuple[ComposeService, ...], containers: str = "") -> Deployment:
    target = parse_target(f"{TARGET}{containers}", source="t")
    return Deployment("d", {}, {}, {}, services, {}, target)


SERVICES = (ComposeService("web", "w", "finchat-api"), ComposeService("api", "a", None), ComposeService("x", "x", "y"))


@pytest.mark.parametrize(
    ("containers", "found"),
    [("[containers]\n", "web"), ('[containers]\napi = "y"\n', "x"), ('[containers]\napi = "z"\n', "api"), ("", "api")],
    ids=["by the target's container", "by another container", "by its own name", "without [containers]"],
)
def test_the_service_that_is_the_api_is_told(containers: str, found: str) -> None:
    assert deployment(SERVICES, containers).service_of("api").name == found


@pytest.mark.parametrize("containers", ["", "[containers]\nwebapp = false\n", "[containers]\n"])
def test_where_no_service_is_the_webapp_those_that_are_there_are_named(containers: str) -> None:
    with pytest.raises(
        DeploymentError, match=r"^No service .* is the webapp: .* `webapp` .* Its services: web, api, x\.$"
    ):
        deployment(SERVICES, containers).service_of("webapp")


@pytest.mark.parametrize(
    ("url", "port"), [("http://localhost:8000", 8000), ("http://127.0.0.1:5000", 5000), ("http://localhost:1", 1)]
)
def test_a_service_of_the_host_itself_is_worked_on(url: str, port: int) -> None:
    assert local_port(url) == port


ELSEWHERE = [
    *("https://finchat.example", "http://finchat.example:8000", "http://10.0.0.5:8000", "http://0.0.0.0:8000"),
    *("https://localhost:8000", "http://localhost", "http://localhost.example:8000", "http://127.0.0.1.nip.io:80"),
    *("http://127.0.0.2:8000", "http://[::1]:8000", "http://localhost:8000@finchat.example", "http://127.1:8000"),
    *("http://localhost:8000.finchat.example", "http://x/http://localhost:8000", "http://localhost:8000\n", ""),
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_an_address_that_is_not_the_hosts_own_is_refused(url: str) -> None:
    with pytest.raises(DeploymentError, match=r"^A drill works on a bench of its own, and the target names ") as error:
        local_port(url)
    assert url in str(error.value)
    assert str(error.value).endswith("Nothing else can be pointed at.")


@pytest.mark.parametrize("section", ["api", "webapp"])
def test_a_target_that_names_another_machine_is_refused(section: str, tmp_path: Path) -> None:
    text = TARGET if section == "webapp" else TARGET.replace("localhost", "finchat.example")
    text += '[webapp]\nurl = "https://finchat.example"\n' if section == "webapp" else ""
    assert "finchat.example" in refused(directory(tmp_path, **{"target.toml": text}))


NO_DIRECTORY: dict[str, tuple[Mapping[str, str], str, str]] = {
    "is missing": ({}, "missing", "is not a directory: --deployment takes the one that holds the compose file"),
    "is a file": ({"file": "x"}, "file", "is not a directory"),
    "has no compose file": ({"d__x": ""}, "d", "has no compose file: it is called docker-compose.yml or"),
    "is too large": ({"d__x": "x" * 4096}, "d", "holds 0 MiB; a deployment is 0 MiB at most"),
}


@pytest.mark.parametrize("what", NO_DIRECTORY)
def test_a_deployment_is_refused_that(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploying, "SIZE_BYTES_MAX", 4095)
    files, name, said = NO_DIRECTORY[what]
    assert f"{directory(tmp_path, **files) / name} {said}" in refused(tmp_path / name)


def test_a_target_file_that_is_none_is_refused_with_its_mend(tmp_path: Path) -> None:
    assert "did you mean 'url'?" in refused(directory(tmp_path, **{"target.toml": "name='x'\n[api]\nurll='x'\n"}))
    assert "built-in targets" in refused(directory(tmp_path), "nonsense")


@pytest.mark.parametrize(
    ("given", "beside", "name"),
    [
        (None, True, "mine"),
        (None, False, "runbook"),
        ("finchat-2", True, "finchat-2"),
        ("finchat-2", False, "finchat-2"),
    ],
)
def test_a_deployment_is_described_by_the_nearest(given: str | None, beside: bool, name: str, tmp_path: Path) -> None:
    files = {"target.toml": TARGET} if beside else {}
    assert read_deployment(directory(tmp_path, **files), given).target.name == name


def test_the_files_of_a_deployment_keep_their_places_and_modes(tmp_path: Path) -> None:
    (directory(tmp_path, config__run_sh="#!/bin/sh\n") / "config/run_sh").chmod(0o750)
    (tmp_path / "empty").mkdir()
    read = read_deployment(tmp_path, None)
    assert dict(read.files) == {"config/run_sh": b"#!/bin/sh\n", "docker-compose.yml": COMPOSE.encode()}
    assert read.modes["config/run_sh"] == 0o750
    assert (read.name, dict(read.before), read.has_history) == (tmp_path.name, {}, False)


@pytest.mark.parametrize(
    ("file", "history"),
    [(".git__HEAD", True), (".git", False), (".github__x", False), ("sub__.git__HEAD", False)],
    ids=["a repository", "a worktree's or submodule's .git file", "another directory", "a repository below"],
)
def test_a_deployment_has_a_history_where_it_is_a_repository(file: str, history: bool, tmp_path: Path) -> None:
    read = read_deployment(directory(tmp_path, **{file: "ref: refs/heads/main\n"}), None)
    assert read.has_history is history
    # It leads to a repository that is not there on the host.
    assert ".git" not in read.files


def test_a_link_to_a_file_is_that_file_and_no_other_link_is_followed(tmp_path: Path) -> None:
    (directory(tmp_path / "d") / "docker-compose.yml").rename(tmp_path / "d" / "production.yml")
    (tmp_path / "outside").write_text("TAG=1\n")
    links = {"docker-compose.yml": "production.yml", ".env": "../outside", "up": "..", "broken": "nothing", "me": "me"}
    for name, to in links.items():
        (tmp_path / "d" / name).symlink_to(to)
    read = read_deployment(tmp_path / "d", None)
    assert set(read.files) == {"docker-compose.yml", "production.yml", ".env"}
    assert read.settings == {"TAG": "1"}


def test_the_reference_is_what_is_deployed_where_nothing_is_named() -> None:
    read = read_deployment(None, None)
    assert (read.name, read.target.name) == ("reference", "bench")
    assert [read.service_of(role).container for role in ("api", "webapp")] == ["finchat-api", "finchat-webapp"]
    assert set(read.before) < set(read.files)
    assert all(read.before[name] != read.files[name] for name in read.before)


def test_a_directory_that_is_called_reference_is_not_the_reference(tmp_path: Path) -> None:
    name = read_deployment(directory(tmp_path / "reference"), None).name
    assert name != "reference"
    assert re.search("reference$", name)
