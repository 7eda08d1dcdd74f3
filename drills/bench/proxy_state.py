"""What a Toxiproxy holds, as frozen values that compare: what was asked for against what is there."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, RootModel

from drills.bench.toxics import Stream, Toxic

ANY_ADDRESS = "0.0.0.0"
_SAME_HOST = {"": ANY_ADDRESS, "[::]": ANY_ADDRESS, "localhost": "127.0.0.1"}


def _canonical(listen: str) -> str:
    """One spelling of an address: the server reports 0.0.0.0 as [::], and resolves localhost."""
    host, colon, port = listen.rpartition(":")
    return f"{_SAME_HOST.get(host, host)}{colon}{port}"


def _as_pairs(attributes: Any) -> Any:
    return tuple(sorted(attributes.items())) if isinstance(attributes, dict) else attributes


class ToxicState(BaseModel):
    """A toxic on a proxy; `attributes` are pairs of name and value, by name."""

    model_config = ConfigDict(frozen=True, strict=True)

    name: str
    type: str
    stream: Stream
    toxicity: float
    attributes: Annotated[tuple[tuple[str, int | float | str | bool], ...], BeforeValidator(_as_pairs)]

    @classmethod
    def of(cls, toxic: Toxic) -> Self:
        """What the server must show once it holds `toxic`."""
        return cls(
            name=toxic.name,
            type=toxic.kind,
            stream=toxic.stream,
            toxicity=float(toxic.toxicity),
            attributes=_as_pairs(dict(toxic.attributes)),
        )

    @property
    def wire(self) -> dict[str, object]:
        """The body of the request that adds it."""
        return {**self.model_dump(), "attributes": dict(self.attributes)}


def _by_name(toxics: tuple[ToxicState, ...]) -> tuple[ToxicState, ...]:
    return tuple(sorted(toxics, key=lambda toxic: toxic.name))


class ProxyState(BaseModel):
    """A proxy, and its toxics by name. Addresses that mean the same compare equal: [::]:80 reads 0.0.0.0:80."""

    model_config = ConfigDict(frozen=True, strict=True)

    name: str
    listen: Annotated[str, AfterValidator(_canonical)]
    upstream: str
    enabled: bool
    toxics: Annotated[tuple[ToxicState, ...], AfterValidator(_by_name)]

    @property
    def port(self) -> int:
        """The port that the proxy listens on, on the server's machine."""
        return int(self.listen.rpartition(":")[2])

    def holds(self, toxic_name: str) -> bool:
        return any(toxic.name == toxic_name for toxic in self.toxics)

    def with_toxic(self, toxic: ToxicState) -> Self:
        return self._with(toxics=_by_name((*self.without_toxic(toxic.name).toxics, toxic)))

    def without_toxic(self, toxic_name: str) -> Self:
        return self._with(toxics=tuple(toxic for toxic in self.toxics if toxic.name != toxic_name))

    def switched(self, enabled: bool) -> Self:
        return self._with(enabled=enabled)

    def healthy(self) -> Self:
        """The same proxy enabled, and without toxics."""
        return self._with(enabled=True, toxics=())

    def differs_in(self, other: "ProxyState") -> tuple[str, ...]:
        """The names of the fields in which `other` is not as this."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) != getattr(other, name))

    def _with(self, **changes: object) -> Self:
        return self.model_copy(update=changes)


class ServerState(RootModel[dict[str, ProxyState]]):
    """The server's answer on all its proxies."""

    def by_name(self) -> tuple[ProxyState, ...]:
        return tuple(sorted(self.root.values(), key=lambda proxy: proxy.name))
