"""What a stand-in remembers: rules, keys, and the requests that it saw."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel

from drills.bench.upstreams.certificate import Certificate
from drills.bench.upstreams.rules import Rule, RuleBook

PATHS_MAX = 10_000
OTHER_PATHS = "(other paths)"


class SeenReport(BaseModel):
    """Requests counted since the start or the last reset: all, by path, and by the status of the answer.

    `total` and `by_path` count when a request arrives, `by_status` when its answer begins: they differ by what is under
    way.
    """

    total: int
    by_path: dict[str, int]
    by_status: dict[str, int]


class StateReport(BaseModel):
    rules: list[Rule]
    revoked_keys: list[str]
    seen: SeenReport
    certificate_expired: bool | None = None
    """None: it has only one certificate, or none."""


class Seen:
    """Counts requests. Bounded: beyond 10,000 different paths the rest counts as one."""

    def __init__(self) -> None:
        self._by_path: Counter[str] = Counter()
        self._by_status: Counter[str] = Counter()

    def request(self, path: str) -> None:
        known = path in self._by_path or len(self._by_path) < PATHS_MAX
        self._by_path[path if known else OTHER_PATHS] += 1

    def answer(self, status: int) -> None:
        self._by_status[str(status)] += 1

    def clear(self) -> None:
        self._by_path.clear()
        self._by_status.clear()

    def report(self) -> SeenReport:
        return SeenReport(
            total=self._by_path.total(), by_path=dict(self._by_path), by_status=dict(sorted(self._by_status.items()))
        )


class Keys:
    """The API keys that are accepted, and those that were and are no more."""

    def __init__(self, accepted: Iterable[str]) -> None:
        self._at_start = frozenset(accepted)
        self._accepted: set[str] = set()
        self._revoked: set[str] = set()
        self.reset()

    @property
    def revoked(self) -> list[str]:
        return sorted(self._revoked)

    def accepts(self, key: str) -> bool:
        return key in self._accepted

    def accept(self, key: str) -> None:
        self._accepted.add(key)
        self._revoked.discard(key)

    def revoke(self, key: str) -> None:
        self._accepted.discard(key)
        self._revoked.add(key)

    def reset(self) -> None:
        self._accepted = set(self._at_start)
        self._revoked = set()


@dataclass
class State:
    """One stand-in's state, shared by its public and its admin port.

    `keys` is None where the upstream knows none, `certificate` where there is none to switch to. `reset_more` puts back
    what only that stand-in has. `closing` is set when the process has been told to end.
    """

    name: str
    keys: Keys | None = None
    certificate: Certificate | None = None
    reset_more: Callable[[], None] | None = None
    rules: RuleBook = field(default_factory=RuleBook)
    seen: Seen = field(default_factory=Seen)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def reset(self) -> None:
        """Everything as at the start."""
        self.rules.clear()
        self.seen.clear()
        if self.keys is not None:
            self.keys.reset()
        if self.certificate is not None:
            self.certificate.show(expired=False)
        if self.reset_more is not None:
            self.reset_more()

    def report(self) -> StateReport:
        revoked = self.keys.revoked if self.keys is not None else []
        return StateReport(
            rules=self.rules.rules,
            revoked_keys=revoked,
            seen=self.seen.report(),
            certificate_expired=self.certificate.expired if self.certificate else None,
        )
