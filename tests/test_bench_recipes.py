"""An image's recipe: its tag is the hash of all that it is made from, and its context the same bytes each time."""

import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drills.bench.box import machine_capabilities
from drills.bench.images.inventory import Inventory, inventory, read_inventory
from drills.bench.images.recipe import Recipe, files_below

FILES = {"app/a.py": "print(1)\n", "app/b/run": "#!/bin/sh\n"}


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    return recipe_in(tmp_path / "one")


def recipe_in(place: Path) -> Recipe:
    for name, text in FILES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    (place / "app/b/run").chmod(0o755)
    return Recipe("api", "FROM base\n", {"BASE": "base:1", "RELEASE": "latest"}, files_below(place / "app", "app"), "k")


def changed_file(recipe: Recipe) -> Recipe:
    recipe.files["app/a.py"].write_text("print(2)\n")
    return recipe


def changed_mode(recipe: Recipe) -> Recipe:
    recipe.files["app/a.py"].chmod(0o755)
    return recipe


def without(recipe: Recipe, name: str) -> Recipe:
    return replace(recipe, files={place: path for place, path in recipe.files.items() if place != name})


CHANGES: dict[str, Callable[[Recipe], Recipe]] = {
    "another name": lambda recipe: replace(recipe, name="webapp"),
    "another line in the Dockerfile": lambda recipe: replace(recipe, dockerfile="FROM base\nRUN true\n"),
    "another parent": lambda recipe: replace(recipe, arguments={**recipe.arguments, "BASE": "base:2"}),
    "an argument more": lambda recipe: replace(recipe, arguments={**recipe.arguments, "X": ""}),
    "another lock of what is fetched": lambda recipe: replace(recipe, key="l"),
    "a file that is different": changed_file,
    "a file that may be run": changed_mode,
    "a file less": lambda recipe: without(recipe, "app/a.py"),
    "a file elsewhere": lambda recipe: replace(
        without(recipe, "app/a.py"), files={**recipe.files, "app/c.py": recipe.files["app/a.py"]}
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_image_has_another_tag_with(change: str, recipe: Recipe) -> None:
    before = recipe.tag
    assert CHANGES[change](recipe).tag != before


def test_the_same_content_has_the_same_tag_and_context_wherever_and_whenever_it_lies(tmp_path: Path) -> None:
    one, other = recipe_in(tmp_path / "one"), recipe_in(tmp_path / "other")
    os.utime(other.files["app/a.py"], (1, 1))
    other.files["app/a.py"].chmod(0o600)
    shuffled = replace(
        other,
        arguments=dict(reversed([*other.arguments.items()])),
        files=dict(reversed([*other.files.items()])),
    )
    assert one.tag == shuffled.tag
    assert one.context({}).read() == shuffled.context({}).read()


def test_a_tag_says_whose_image_it_is_and_which(recipe: Recipe) -> None:
    repository, _, tag = recipe.tag.partition(":")
    assert repository == "finchat-drills/api"
    assert recipe.digest.startswith(tag)
    assert len(tag) == 16


def test_a_context_holds_the_dockerfile_the_files_and_what_was_fetched(recipe: Recipe, tmp_path: Path) -> None:
    fetched = tmp_path / "wheel"
    fetched.write_text("fetched")
    with tarfile.open(fileobj=recipe.context({"lib/x": fetched})) as tar:
        held = {entry.name: (entry.mode, entry.mtime, entry.uid) for entry in tar}
        (said, brought) = (tar.extractfile(name) for name in ("Dockerfile", "lib/x"))
        assert said and said.read() == b"FROM base\n"
        assert brought and brought.read() == b"fetched"
    plain, executable = (0o644, 0, 0), (0o755, 0, 0)
    assert held == {"Dockerfile": plain, "app/a.py": plain, "app/b/run": executable, "lib/x": plain}


def test_what_python_caches_is_in_no_context(tmp_path: Path) -> None:
    before = recipe_in(tmp_path)
    cache = tmp_path / "app" / "b" / "__pycache__" / "a.cpython-311.pyc"
    cache.parent.mkdir()
    cache.write_bytes(b"\0")
    assert recipe_in(tmp_path).tag == before.tag


INVENTORIES: dict[str, tuple[str, Inventory]] = {
    "a package and its commands": ("procps  ps top\n", Inventory(("procps",), frozenset({"ps", "top"}))),
    "a package without a command": ("tini -\ncurl curl\n", Inventory(("tini", "curl"), frozenset({"curl"}))),
    "comments and empty lines": ("# a\n\n  # b\njq jq\n", Inventory(("jq",), frozenset({"jq"}))),
    "nothing": ("", Inventory((), frozenset())),
}


@pytest.mark.parametrize("what", INVENTORIES)
def test_an_inventory_declares(what: str) -> None:
    text, declared = INVENTORIES[what]
    assert read_inventory(text) == declared


def test_the_hosts_inventory_has_what_an_operator_finds_on_a_server() -> None:
    declared = inventory()
    assert {"curl", "jq", "git", "ps", "ping", "python", "watch", "docker", "docker-compose"} <= declared.commands
    assert len(set(declared.packages)) == len(declared.packages)


ALL = machine_capabilities("CapBnd:\t000001ffffffffff\n")
CAPABILITIES: dict[str, tuple[int, set[str]]] = {
    "none": (0, set()),
    "the first": (1 << 0, {"CHOWN"}),
    "what networks need": (1 << 12 | 1 << 13, {"NET_ADMIN", "NET_RAW"}),
    "what mounts need": (1 << 21, {"SYS_ADMIN"}),
    "the last that the engine knows": (1 << 37, {"AUDIT_READ"}),
    "those that it does not know": (1 << 38 | 1 << 39 | 1 << 40, set()),
    "all but one": ((1 << 41) - 1 - (1 << 16), set(ALL) - {"SYS_MODULE"}),
}


@pytest.mark.parametrize("which", CAPABILITIES)
def test_the_capabilities_of_a_machine_are(which: str) -> None:
    bits, names = CAPABILITIES[which]
    status = f"Name:\tpython\nCapEff:\t{0:016x}\nCapBnd:\t{bits:016x}\nCapAmb:\t{0:016x}\n"
    assert set(machine_capabilities(status)) == names


def test_the_capabilities_of_this_machine_are_told() -> None:
    assert set(machine_capabilities(Path("/proc/self/status").read_text())) <= set(ALL)
