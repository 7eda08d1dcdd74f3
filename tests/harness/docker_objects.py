"""Objects of an engine that never was, for what removes them: it filters by label as the real one does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Self

from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.networks import Network
from docker.models.volumes import Volume

KINDS = ("containers", "networks", "volumes")


@dataclass
class Thing:
    """A container, network or volume. `raises`: what the engine answers to a removal, instead of doing it."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    id: str = "0" * 64
    raises: Exception | None = None
    gone: bool = False

    def remove(self, **options: object) -> None:
        if self.raises is not None:
            raise self.raises
        self.gone = True


@dataclass
class FakeEngine:
    """What the engine has, by kind. `client` is used as docker.DockerClient is."""

    containers: list[Thing] = field(default_factory=list)
    networks: list[Thing] = field(default_factory=list)
    volumes: list[Thing] = field(default_factory=list)
    images: set[str] = field(default_factory=set)
    base_url: str = "http+docker://localhost"
    root: str = "/nonexistent"
    broken: Exception | None = None

    def having(self, kind: str, *things: Thing) -> Self:
        """The same engine with these, too."""
        getattr(self, kind).extend(things)
        return self

    def left(self) -> list[str]:
        """The names of what is still there."""
        return [thing.name for kind in KINDS for thing in getattr(self, kind) if not thing.gone]

    @property
    def client(self) -> SimpleNamespace:
        wrap = {"containers": _container, "networks": _network, "volumes": _volume}
        listing = {kind: SimpleNamespace(list=self._lists(kind, wrap[kind])) for kind in KINDS}
        return SimpleNamespace(
            **listing,
            images=SimpleNamespace(get=self._image),
            api=SimpleNamespace(base_url=self.base_url),
            info=lambda: {"DockerRootDir": self.root},
            ping=lambda: True,
        )

    def _lists(self, kind: str, wrap: Callable[[Thing], object]) -> Callable[..., list[object]]:
        def listed(filters: Mapping[str, str], **options: object) -> list[object]:
            assert kind != "containers" or options.get("all"), "a stopped container is not listed"
            if self.broken is not None:
                raise self.broken
            name, _, value = filters["label"].partition("=")
            things: list[Thing] = getattr(self, kind)
            return [wrap(thing) for thing in things if not thing.gone and thing.labels.get(name) == value]

        return listed

    def _image(self, name: str) -> SimpleNamespace:
        if self.broken is not None:
            raise self.broken
        if name not in self.images:
            raise NotFound(f"No such image: {name}")
        return SimpleNamespace(id=f"sha256:{name}")


def refused(said: str) -> APIError:
    """What the engine's client raises where the engine says no."""
    return APIError("409 Client Error", explanation=said)


def _container(thing: Thing) -> object:
    attributes = {"Id": thing.id, "Name": f"/{thing.name}", "Config": {"Labels": dict(thing.labels)}}
    return _removed_by(Container(attrs=attributes), thing)


def _network(thing: Thing) -> object:
    return _removed_by(Network(attrs={"Id": thing.id, "Name": thing.name, "Labels": dict(thing.labels)}), thing)


def _volume(thing: Thing) -> object:
    return _removed_by(Volume(attrs={"Name": thing.name, "Labels": dict(thing.labels)}), thing)


def _removed_by(model: object, thing: Thing) -> object:
    model.remove = thing.remove  # type: ignore[attr-defined]
    return model
