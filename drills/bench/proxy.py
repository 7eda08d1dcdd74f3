"""A Toxiproxy that is told what to do and asked what it did, and a link that leads through several of its proxies."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from drills.bench.proxy_api import Api, ProxyError
from drills.bench.proxy_state import ProxyState, ServerState, ToxicState
from drills.bench.toxics import Toxic

DEADLINE_S = 5.0
POLL_S = 0.05
# Of one look while the server starts: short, so that one that was lost does not use up the wait.
_LOOK_S = 0.5
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ADDRESS = re.compile(r"\S*:[0-9]{1,5}")
_Answer = TypeVar("_Answer", bound=BaseModel)


class ProxyServer:
    """The Toxiproxy whose API is at `host` and `port`.

    Each method returns or raises within `deadline_s` (seconds), whatever the server does. Each write is read back:
    ProxyError where the proxy is not exactly as it was with that one change. ProxyHungError says that the server does
    not answer any more; its owner then replaces the container. Deleting a toxic is known to do that on occasion.
    """

    def __init__(self, host: str, port: int, deadline_s: float = DEADLINE_S) -> None:
        self._api = Api(host, port)
        self._deadline_s = deadline_s

    def version(self) -> str:
        """The version that the server says it is, like "2.12.0": also while one of its proxies hangs."""
        return self._version(self._ends_at_s())

    def wait_until_ready(self, deadline_s: float) -> None:
        """Returns once the server answers. `deadline_s` is a time of time.monotonic(); ProxyError when it is past."""
        while True:
            try:
                self._version(min(deadline_s, time.monotonic() + min(_LOOK_S, self._deadline_s)))
            except ProxyError as error:
                if time.monotonic() + POLL_S >= deadline_s:
                    raise ProxyError(f"{self._api.where} was not ready in time; the last look: {error}") from error
            else:
                return
            time.sleep(POLL_S)

    def state(self) -> tuple[ProxyState, ...]:
        """All proxies by name, to be compared with an earlier or later look."""
        return self._state(self._ends_at_s())

    def proxy(self, name: str) -> ProxyState:
        """The proxy of that name; ProxyError where there is none."""
        return self._read(name, self._ends_at_s())

    def create(self, name: str, listen: str, upstream: str) -> ProxyState:
        """A new, enabled proxy from `listen` to `upstream`, both "host:port". Port 0 of `listen` takes a free one."""
        if not _NAME.fullmatch(name):
            raise ProxyError(f"{name!r} is no name for a proxy: use letters, digits, '.', '_' and '-', 100 at most.")
        for address in (listen, upstream):
            if not _ADDRESS.fullmatch(address):
                raise ProxyError(f"{address!r} is no address for a proxy: give host:port, like 127.0.0.1:8080.")
        ends_at_s = self._ends_at_s()
        if any(proxy.name == name for proxy in self._state(ends_at_s)):
            raise ProxyError(f"{self._api.where} has a proxy {name!r} already: choose another name.")
        asked = ProxyState(name=name, listen=listen, upstream=upstream, enabled=True, toxics=())
        self._api.post("/proxies", {"name": name, "listen": listen, "upstream": upstream, "enabled": True}, ends_at_s)
        there = self._read(name, ends_at_s)
        if listen.endswith(":0") and there.port:
            host = asked.listen.removesuffix(":0")
            asked = asked.model_copy(update={"listen": f"{host}:{there.port}"})
        self._require(asked, there)
        return there

    def add_toxic(self, proxy_name: str, toxic: Toxic) -> None:
        """Puts the toxic on the proxy. ProxyError where it holds one of that name: of each kind one a direction."""
        ends_at_s = self._ends_at_s()
        before = self._read(proxy_name, ends_at_s)
        if before.holds(toxic.name):
            raise ProxyError(f"Proxy {proxy_name!r} holds a toxic {toxic.name!r} already: remove it before adding.")
        asked = ToxicState.of(toxic)
        self._post_toxic(proxy_name, asked, ends_at_s)
        self._require(before.with_toxic(asked), self._read(proxy_name, ends_at_s))

    def remove_toxic(self, proxy_name: str, toxic: Toxic) -> None:
        """Takes the toxic of that name off the proxy. ProxyError where it holds none: then no such fault was."""
        ends_at_s = self._ends_at_s()
        before = self._read(proxy_name, ends_at_s)
        if not before.holds(toxic.name):
            raise ProxyError(f"Proxy {proxy_name!r} holds no toxic {toxic.name!r} to remove: see what took it off.")
        self._delete_toxic(proxy_name, toxic.name, ends_at_s)
        self._require(before.without_toxic(toxic.name), self._read(proxy_name, ends_at_s))

    def disable(self, name: str) -> None:
        """Lets the proxy refuse new connections, and closes those that it has."""
        self._switch(name, False)

    def enable(self, name: str) -> None:
        """Lets the proxy listen again, where it did before."""
        self._switch(name, True)

    def clear(self, name: str) -> None:
        """Takes every toxic off the proxy, and enables it."""
        ends_at_s = self._ends_at_s()
        self._restore(self._read(name, ends_at_s).healthy(), ends_at_s)

    def restore(self, before: ProxyState) -> None:
        """Makes the proxy what it was in `before`; ProxyError where its addresses have changed since."""
        self._restore(before, self._ends_at_s())

    def _restore(self, before: ProxyState, ends_at_s: float) -> None:
        now = self._read(before.name, ends_at_s)
        for toxic in now.toxics:
            if toxic not in before.toxics:
                self._delete_toxic(before.name, toxic.name, ends_at_s)
        for toxic in before.toxics:
            if toxic not in now.toxics:
                self._post_toxic(before.name, toxic, ends_at_s)
        if now.enabled != before.enabled:
            self._post_enabled(before.name, before.enabled, ends_at_s)
        self._require(before, self._read(before.name, ends_at_s))

    def _switch(self, name: str, enabled: bool) -> None:
        ends_at_s = self._ends_at_s()
        before = self._read(name, ends_at_s)
        self._post_enabled(name, enabled, ends_at_s)
        self._require(before.switched(enabled), self._read(name, ends_at_s))

    def _post_toxic(self, name: str, toxic: ToxicState, ends_at_s: float) -> None:
        self._api.post(f"{_path(name)}/toxics", toxic.wire, ends_at_s)

    def _delete_toxic(self, name: str, toxic_name: str, ends_at_s: float) -> None:
        self._api.delete(f"{_path(name)}/toxics/{quote(toxic_name, safe='')}", ends_at_s)

    def _post_enabled(self, name: str, enabled: bool, ends_at_s: float) -> None:
        self._api.post(_path(name), {"enabled": enabled}, ends_at_s)

    def _version(self, ends_at_s: float) -> str:
        return self._parsed(_Version, self._api.get("/version", ends_at_s)).version

    def _state(self, ends_at_s: float) -> tuple[ProxyState, ...]:
        return self._parsed(ServerState, self._api.get("/proxies", ends_at_s)).by_name()

    def _read(self, name: str, ends_at_s: float) -> ProxyState:
        return self._parsed(ProxyState, self._api.get(_path(name), ends_at_s))

    def _parsed(self, model: type[_Answer], content: bytes) -> _Answer:
        try:
            return model.model_validate_json(content)
        except ValidationError as error:
            raise ProxyError(
                f"{self._api.where} gave an answer that Toxiproxy 2.12.0 does not give ({content[:200]!r}): "
                "look what listens there."
            ) from error

    def _require(self, asked: ProxyState, there: ProxyState) -> None:
        if differing := asked.differs_in(there):
            parts = (f"{name}: asked {getattr(asked, name)!r}, is {getattr(there, name)!r}" for name in differing)
            raise ProxyError(
                f"{self._api.where} does not hold what it was asked to for proxy {asked.name!r} ({'; '.join(parts)}): "
                "take no fault to be in force, and replace its container."
            )

    def _ends_at_s(self) -> float:
        return time.monotonic() + self._deadline_s


@dataclass(frozen=True)
class Link:
    """One upstream that is reached through several proxies of one server, and is spoilt or mended for all of them.

    Each write is as one of the ProxyServer, on each proxy in turn. Where one fails, all that were touched are put back
    as they were and its error is raised; what could not be put back is in the error's notes. The bound is that of the
    ProxyServer, twice for each name.
    """

    server: ProxyServer
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.names or len(set(self.names)) != len(self.names):
            raise ProxyError(f"A link of the proxies {self.names!r} is none: name one proxy or more, each once.")

    def add(self, toxic: Toxic) -> None:
        self._write(lambda name: self.server.add_toxic(name, toxic))

    def remove(self, toxic: Toxic) -> None:
        self._write(lambda name: self.server.remove_toxic(name, toxic))

    def disable(self) -> None:
        self._write(self.server.disable)

    def enable(self) -> None:
        self._write(self.server.enable)

    def clear(self) -> None:
        """Clears every proxy, also after one that failed: half a cure is better than none. Raises the first error."""
        errors = self._errors_of(self.names, self.server.clear)
        if errors:
            raise _with_notes(errors[0], errors[1:])

    def _write(self, write: Callable[[str], None]) -> None:
        before = {proxy.name: proxy for proxy in self.server.state()}
        if missing := sorted(set(self.names) - set(before)):
            raise ProxyError(f"A link leads through {missing}, which the server does not have: create() them first.")
        for place, name in enumerate(self.names):
            try:
                write(name)
            except ProxyError as error:
                touched = self.names[place::-1]
                _with_notes(error, self._errors_of(touched, lambda name: self.server.restore(before[name])))
                raise

    @staticmethod
    def _errors_of(names: tuple[str, ...], write: Callable[[str], None]) -> list[ProxyError]:
        errors = []
        for name in names:
            try:
                write(name)
            except ProxyError as error:
                errors.append(error)
        return errors


class _Version(BaseModel):
    model_config = ConfigDict(strict=True)

    version: str


def _path(name: str) -> str:
    return f"/proxies/{quote(name, safe='')}"


def _with_notes(error: ProxyError, others: list[ProxyError]) -> ProxyError:
    for other in others:
        error.add_note(f"And besides: {other}")
    return error
