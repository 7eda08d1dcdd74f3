"""What a host is like before and after steps, and what they changed on it: containers, images, files, git, compose.

`look` is one call, shorter than a second; `changes` is pure. Two equal states are the same deployment: same images,
environments and files. Times, ids, and what the service itself writes (its cache, its logs) do not count for that.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml

from drills import host_look
from drills.bench.interface import HostShell
from drills.bench.process import BenchError

LOOK_BOUND_S = 40.0
PARSES = "parses"
DEPLOYMENT, CACHES = "~/finchat-sec-qa", "~/.cache"
NAMED_MAX = 200
"""So many removed files are named; a step that empties a cache removes them all alike."""


@dataclass(frozen=True)
class ContainerState:
    """One container. `environment`: values of what is called like a secret are hashes. `memory`: its limit in bytes."""

    name: str
    image: str
    environment: Mapping[str, str]
    memory: int
    mounts: tuple[str, ...]
    status: str
    id: str = field(compare=False, default="")
    started_at: str = field(compare=False, default="")


@dataclass(frozen=True)
class HostState:
    """The host at one moment. `files`: of the deployment directory, without logs and .git. `cache`: below ~/.cache.

    `compose`: "parses", or what docker-compose says of its file. `passes`: the variables that the file hands to a
    container. `mounts`: what of the host containers see.
    """

    containers: Mapping[str, ContainerState]
    tags: Mapping[str, str]
    files: Mapping[str, str]
    head: str
    compose: str
    passes: tuple[str, ...] = ()
    half_done: str = ""
    cache: Mapping[str, str] = field(compare=False, default_factory=dict)

    @property
    def mounts(self) -> tuple[str, ...]:
        """The paths of the host that a container sees."""
        return tuple(sorted({mount for one in self.containers.values() for mount in one.mounts}))


@dataclass(frozen=True)
class Changes:
    """What differs between two states, in words that rules and persons read; and how compose was at the end."""

    containers: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    git: tuple[str, ...] = ()
    compose: str = PARSES
    passes: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """As run.json has it."""
        listed = ("containers", "images", "files", "removed", "git", "passes", "mounts")
        return {**{name: list(getattr(self, name)) for name in listed}, "compose": self.compose}


def look(host: HostShell) -> HostState:
    """The host's state now. BenchError where it cannot be seen."""
    script = f"exec python3 -IS -c {shlex.quote(Path(host_look.__file__).read_text(encoding='utf-8'))}"
    ran = host.root(script, timeout_s=LOOK_BOUND_S)
    try:
        return _state(json.loads(ran.stdout))
    except (ValueError, KeyError, TypeError) as error:
        said = ran.stderr.strip().splitlines()[-1:] or [f"{type(error).__name__}: {error}"]
        raise BenchError(f"What steps change on the host cannot be seen: {said[0]}.") from None


def changes(before: HostState, after: HostState) -> Changes:
    """What happened to the host between the two."""
    gone = tuple(gone_files(before, after))
    return Changes(
        containers=tuple(_of_containers(before.containers, after.containers)),
        images=tuple(_of_tags(before.tags, after.tags)),
        files=(*_of_files(before.files, after.files), *_beside(before.cache, after.cache)),
        removed=gone[:NAMED_MAX],
        git=tuple(_of_git(before, after)),
        compose=after.compose,
        # A file that no longer parses hands nothing on; what counts is what it did when the steps were begun.
        passes=after.passes if after.compose == PARSES else before.passes,
        mounts=after.mounts or before.mounts,
    )


def gone_files(before: HostState, after: HostState) -> dict[str, str]:
    """What was there before and is not now, from the operator's home on: path -> what it held."""
    deployment = {f"{DEPLOYMENT}/{name}": held for name, held in before.files.items() if name not in after.files}
    cache = {f"{CACHES}/{name}": held for name, held in before.cache.items() if name not in after.cache}
    return dict(sorted({**deployment, **cache}.items()))


def _of_containers(before: Mapping[str, ContainerState], after: Mapping[str, ContainerState]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            yield f"{name} {'made' if was is None else 'removed'}"
            continue
        if was.id != now.id:
            yield f"{name} recreated"
        elif was.started_at != now.started_at:
            yield f"{name} restarted"
        if was.image != now.image:
            yield f"{name} image: {_digest(was.image)} became {_digest(now.image)}"
        if names := _differing(was.environment, now.environment):
            yield f"{name} environment: {', '.join(names)}"
        if was.memory != now.memory:
            yield f"{name} memory limit: {was.memory} became {now.memory}"
        if was.status != now.status:
            yield f"{name} status: {was.status} became {now.status}"


def _of_tags(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in _differing(before, after):
        if "<none>" in name:
            continue
        was, now = before.get(name), after.get(name)
        yield f"{name} removed" if now is None else f"{name} {'moved to' if was else 'made:'} {_digest(now)}"


def _of_files(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in _differing(before, after):
        if name in after:
            yield f"{name} {'changed' if name in before else 'added'}"


def _beside(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Directories that came beside the cache: backups. What is in the cache itself the service writes too."""
    for name in _differing(before, after):
        if "/" not in name and name not in before:
            yield f"{CACHES}/{name} added"


def _of_git(before: HostState, after: HostState) -> Iterator[str]:
    if before.head != after.head:
        yield f"HEAD {before.head[:12] or 'none'} became {after.head[:12] or 'none'}"
    if after.half_done and not before.half_done:
        yield after.half_done


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def _digest(image: str) -> str:
    return image.removeprefix("sha256:")[:12]


def _state(seen: Mapping[str, object]) -> HostState:
    compose, git = _texts(seen["compose"]), _texts(seen["git"])
    listed = cast("list[Mapping[str, object]]", seen["containers"])
    found = [_container(one) for one in listed]
    return HostState(
        containers={one.name: one for one in found},
        tags=_texts(seen["tags"]),
        files=_texts(seen["files"]),
        head=git["head"],
        half_done=git["half"],
        cache=_texts(seen["cache"]),
        compose=compose["error"] or PARSES,
        passes=passed(compose["config"], _texts(cast("Mapping[str, object]", seen["compose"])["marks"])),
    )


def passed(config: str, marks: Mapping[str, str]) -> tuple[str, ...]:
    """The variables whose mark (a value of its own for each) the compose file's `config` has in an environment."""
    parsed = yaml.safe_load(config) if config else None
    services = parsed.get("services") if isinstance(parsed, dict) else None
    held: list[str] = []
    for service in (services or {}).values():
        given = service.get("environment") or {}
        held += [str(value) for value in (given.values() if isinstance(given, dict) else given)]
    return tuple(sorted(name for name, mark in marks.items() if any(mark in value for value in held)))


def _container(one: Mapping[str, object]) -> ContainerState:
    return ContainerState(
        name=str(one["name"]),
        image=str(one["image"]),
        environment=_texts(one["environment"]),
        memory=int(str(one["memory"])),
        mounts=tuple(map(str, cast("list[object]", one["mounts"]))),
        status=str(one["status"]),
        id=str(one["id"]),
        started_at=str(one["started_at"]),
    )


def _texts(value: object) -> dict[str, str]:
    return {str(name): str(text) for name, text in cast("Mapping[str, object]", value).items()}
