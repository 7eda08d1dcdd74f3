"""What faults have a stand-in for an upstream do, by its admin port, and read back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import httpx

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError

CALL_BOUND_S = 5.0


@dataclass(frozen=True)
class BadAnswer:
    """What every request gets: a status, an error by its code, or the right answer with a spoilt body."""

    status: int | None = None
    error: str | None = None
    body: Literal["normal", "malformed", "truncated", "empty"] = "normal"

    @property
    def declared(self) -> Mapping[str, str]:
        """What of it is set, for a record."""
        given = {"status": self.status, "error": self.error, "body": None if self.body == "normal" else self.body}
        return {name: str(value) for name, value in given.items() if value is not None}


class StandIn:
    """The stand-in "edgar" or "openai" of a bench. FaultError where it does not take what it is told."""

    def __init__(self, bench: BenchView, name: str) -> None:
        self._name = name
        self._url = bench.admin(name)

    def answer(self, status: int) -> None:
        """From now on every answer has that status."""
        self.give(BadAnswer(status=status))

    def give(self, answer: BadAnswer) -> None:
        """From now on every request gets that."""
        wanted: dict[str, object] = {"status": answer.status, "error": answer.error, "body": answer.body}
        self._call("POST", "/rules", wanted)
        rules = self._call("GET", "/state").json()["rules"]
        if not rules or any(rules[0].get(name) != value for name, value in wanted.items()):
            told = " ".join(answer.declared.values())
            raise FaultError(f"The stand-in {self._name} was told to answer {told}, and holds {rules}.")

    def show_certificate(self, *, expired: bool) -> None:
        """Shows new connections a certificate that has expired, or the good one again."""
        if self._call("POST", "/certificate", {"expired": expired}).json()["certificate_expired"] is not expired:
            raise FaultError(f"The stand-in {self._name} was told to show another certificate, and does not.")

    def answer_again(self) -> None:
        """Takes back every answer(); nothing where there was none."""
        self._call("DELETE", "/rules")

    def revoke(self, key: str) -> None:
        """Refuses the key."""
        if key not in self._call("POST", "/keys/revoke", {"key": key}).json()["revoked_keys"]:
            raise FaultError(f"The stand-in {self._name} was told to revoke a key, and did not.")

    def accept(self, key: str) -> None:
        """Accepts the key (again)."""
        self._call("POST", "/keys/accept", {"key": key})

    def _call(self, method: str, path: str, body: dict[str, object] | None = None) -> httpx.Response:
        try:
            with httpx.Client(timeout=CALL_BOUND_S, trust_env=False) as client:
                return client.request(method, f"{self._url}{path}", json=body).raise_for_status()
        except httpx.HTTPError as error:
            raise FaultError(f"The stand-in {self._name} does not take {method} {path}: {error}") from None
