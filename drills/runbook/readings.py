"""How a command of a diagnostic is read: by a predicate, not here, or not at all."""

from dataclasses import dataclass
from typing import TypeAlias

from drills.runbook.predicate import Predicate


@dataclass(frozen=True)
class NotHere:
    """The command cannot be judged on a bench: the host has it not, or shows something else. `reason`: a phrase."""

    reason: str


@dataclass(frozen=True)
class NoReading:
    """The command prints nothing that could depend on a fault, such as a heading. `reason`: a phrase."""

    reason: str


Reading: TypeAlias = Predicate | NotHere | NoReading
