"""One step of the runbook as it was run on the host: what was typed, and how it ended."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drills.bench.interface import Ran
from drills.steps import Step
from drills.terminal import CommandRun

_PLACEHOLDER = re.compile(r"(?<![^\s'\"=])<([a-z]+(?:-[a-z]+)*)>(?![^\s'\";])")
_VALUE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/:@~^-]*")
# What docker, docker-compose and docker compose say of a name that they do not know.
_ABSENT = re.compile(r"no such (service|container|image|object|network|volume): *['\"]?([\w./:@-]+)", re.IGNORECASE)


class StepError(Exception):
    """The step cannot be run as it was asked for; the text says what to give."""


@dataclass(frozen=True)
class StepRun:
    """One run of a step. `script`: what the shell was given. `hint`: for a name that does not exist, one that does.
    `commands`: how each of its commands ended."""

    step: Step
    script: str
    ran: Ran
    hint: str | None = None
    commands: tuple[CommandRun, ...] = ()

    @property
    def ended(self) -> str:
        """How it ended, in words: its exit code, or that its time was up."""
        if self.ran.timed_out:
            return f"did not end within {self.ran.duration_s:.1f} s"
        if self.ran.exit_code is None:
            return "ended in a way that nobody saw"
        return f"ended with exit code {self.ran.exit_code}"

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself, with 0."""
        return self.ran.exit_code == 0 and not self.ran.timed_out

    @property
    def sentence(self) -> str:
        """For a report: which step, how it ended, and the hint."""
        said = f"step {self.step.id} ({self.step.where}) {self.ended}"
        return f"{said}: {self.hint}" if self.hint else said


def placeholders(text: str) -> list[str]:
    """The names in angle brackets that a person has to fill in: commit-hash for <commit-hash>."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def fill_in(step: Step, text: str, given: Mapping[str, str]) -> str:
    """A line of the step with every placeholder filled in; no other character is altered.

    Raises StepError where a placeholder has no value, or a value that a shell would take for more than a word.
    """
    for name in placeholders(text):
        if name not in given:
            raise StepError(f"{step.where}: step {step.id} has <{name}> to be filled in: give a value for {name!r}.")
        if not _VALUE.fullmatch(given[name]):
            raise StepError(
                f"{step.where}: {given[name]!r} cannot stand for <{name}>: give one word without quotes or blanks."
            )
    return _PLACEHOLDER.sub(lambda match: given[match[1]], text)


def nearest(output: str, existing: Sequence[str]) -> str | None:
    """Where `output` says that a name does not exist: a sentence with the nearest of `existing`. Otherwise None."""
    absent = _ABSENT.search(output)
    if absent is None:
        return None
    kind, name = absent[1].lower(), absent[2].rstrip(".")
    containing = [other for other in existing if name in other or other in name]
    near = difflib.get_close_matches(name, containing or list(existing), n=1, cutoff=0.0 if containing else 0.4)
    if near:
        return f"there is no {kind} {name!r}; the nearest that exists is {near[0]!r}"
    known = f"there are {', '.join(existing)}" if existing else "there is none"
    return f"there is no {kind} {name!r}; {known}"
