"""The labels that every object of this suite carries; what does not carry them is never touched."""

from collections.abc import Mapping
from types import MappingProxyType

SUITE = "finchat-drills"
RUN = f"{SUITE}.run"
OWNER = f"{SUITE}.owner"
ROLE = f"{SUITE}.role"

IMAGE_LABELS: Mapping[str, str] = MappingProxyType({SUITE: "image"})
STORE_LABELS: Mapping[str, str] = MappingProxyType({SUITE: "store"})


def run_labels(run_id: str, owner: str, role: str = "") -> dict[str, str]:
    """The labels of an object that a run made and that goes with it."""
    return {SUITE: "run", RUN: run_id, OWNER: owner, **({ROLE: role} if role else {})}
