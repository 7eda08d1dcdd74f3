"""The host's declared inventory: which packages are on it, and which commands an operator finds there."""

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("host") / "inventory.txt"


@dataclass(frozen=True)
class Inventory:
    """Debian's packages on the host, and the commands that a step of the runbook may use."""

    packages: tuple[str, ...]
    commands: frozenset[str]


def read_inventory(text: str) -> Inventory:
    """The inventory that this text declares: a line a package, then its commands, or - for none."""
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    commands = {command for row in rows for command in row[1:] if command != "-"}
    return Inventory(tuple(row[0] for row in rows), frozenset(commands))


def inventory() -> Inventory:
    """The inventory of the host's image."""
    return read_inventory(FILE.read_text())
