"""What faults have a stand-in for an upstream do, by its admin port, and read back."""

import httpx

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError

CALL_BOUND_S = 5.0


class StandIn:
    """The stand-in "edgar" or "openai" of a bench. FaultError where it does not take what it is told."""

    def __init__(self, bench: BenchView, name: str) -> None:
        self._name = name
        self._url = bench.admin(name)

    def answer(self, status: int) -> None:
        """From now on every answer has that status."""
        self._call("POST", "/rules", {"status": status})
        rules = self._call("GET", "/state").json()["rules"]
        if not rules or rules[0].get("status") != status:
            raise FaultError(f"The stand-in {self._name} was told to answer {status}, and holds {rules}.")

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
