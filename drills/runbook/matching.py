"""Finds in our runbook the command that stands in a line of somebody else's.

A command matches one that is the same, or none: likeness is no verdict. Where the same command stands in several of our
sections, the one is taken whose commands this block has too, and then the one whose headings are most alike.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from drills.runbook.shell import normal
from drills.steps import Runbook, Step, StepLine

HINT_CHARS_MAX = 400

_UNTOLD = frozenset({"the", "a", "and", "or", "of", "to", "for", "common", "incident", "scenarios"})


@dataclass(frozen=True)
class Place:
    """A command of our runbook, and the step in which it stands."""

    step: Step
    line: StepLine


class Finder:
    """Our commands, to look others up in."""

    def __init__(self, ours: Runbook) -> None:
        self._places: dict[str, list[Place]] = {}
        self._sections: dict[str, set[str]] = {}
        for step in ours.steps:
            for line in step.lines:
                key = normal(line.text)
                self._places.setdefault(key, []).append(Place(step, line))
                self._sections.setdefault(step.section, set()).add(key)

    def find(self, command: str, section: str, neighbours: frozenset[str]) -> Place | None:
        """Where we have this command; None where we do not.

        `section`: the headings above it. `neighbours`: the normal form of the commands of its block.
        """
        places = self._places.get(normal(command))
        if not places:
            return None

        def fit(place: Place) -> tuple[int, float, bool]:
            shared = len(self._sections[place.step.section] & neighbours)
            return shared, likeness(place.step.section, section), not place.step.corrects

        return max(places, key=fit)

    def nearest(self, command: str) -> Place | None:
        """The command of ours that reads most like it: a hint for a person, never a match."""
        if len(command) > HINT_CHARS_MAX:
            return None
        near = difflib.get_close_matches(normal(command), self._places, n=1, cutoff=0.75)
        return self._places[near[0]][0] if near else None

    def knows(self, command: str) -> bool:
        """Whether this is a command of ours."""
        return normal(command) in self._places


def neighbours_of(steps: Sequence[Step]) -> frozenset[str]:
    """The commands of one block, in the form in which they are compared."""
    return frozenset(normal(line.text) for step in steps for line in step.lines)


def likeness(one: str, other: str) -> float:
    """How many of their words two headings share, from 0 to 1."""
    left, right = _words(one), _words(other)
    return len(left & right) / len(left | right) if left | right else 0.0


def _words(heading: str) -> set[str]:
    return set(re.findall(r"[a-z]+", heading.lower())) - _UNTOLD
