"""Runs one step of the runbook on the host, as it is written, and says how it ended."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from drills.bench.interface import HostShell, Ran
from drills.steps import Step

_PLACEHOLDER = re.compile(r"(?<![^\s'\"=])<([a-z]+(?:-[a-z]+)*)>(?![^\s'\";])")
_VALUE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/:@~^-]*")
# What docker, docker-compose and docker compose say of a name that they do not know.
_ABSENT = re.compile(r"no such (service|container|image|object|network|volume): *['\"]?([\w./:@-]+)", re.IGNORECASE)


class StepError(Exception):
    """The step cannot be run as it was asked for; the text says what to give."""


@dataclass(frozen=True)
class StepRun:
    """One run of a step. `script`: what the shell was given. `hint`: for a name that does not exist, one that does."""

    step: Step
    script: str
    ran: Ran
    hint: str | None = None

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


def run_step(
    step: Step,
    shell: HostShell,
    *,
    timeout_s: float,
    given: Mapping[str, str] = MappingProxyType({}),
    existing: Callable[[], Sequence[str]] = tuple,
) -> StepRun:
    """Runs the step's block in the operator's shell, unaltered but for the placeholders in it.

    `given`: the value of each placeholder, by its name (commit-hash for <commit-hash>). `existing`: the names of
    services, containers and images that there are; asked only where the step failed. Raises StepError where a
    placeholder has no value, or a value that a shell would take for more than a word.
    """
    script = filled(step, given)
    ran = shell.operator(script, timeout_s=timeout_s)
    failed = ran.exit_code != 0 or ran.timed_out
    return StepRun(step, script, ran, nearest(ran.stdout + ran.stderr, existing()) if failed else None)


def filled(step: Step, given: Mapping[str, str]) -> str:
    """The step's commands with every placeholder filled in. Raises StepError."""
    wanted = list(dict.fromkeys(_PLACEHOLDER.findall(step.commands)))
    if missing := [name for name in wanted if name not in given]:
        names = ", ".join(f"<{name}>" for name in missing)
        raise StepError(f"{step.where}: step {step.id} has {names} to be filled in: give a value for {missing[0]!r}.")
    if surplus := [name for name in given if name not in wanted]:
        raise StepError(f"{step.where}: step {step.id} has no <{surplus[0]}>: leave the value out.")
    for name, value in given.items():
        if not _VALUE.fullmatch(value):
            raise StepError(
                f"{step.where}: {value!r} cannot stand for <{name}>: give one word without quotes or blanks."
            )
    return _PLACEHOLDER.sub(lambda match: given[match[1]], step.commands)


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
