"""A mitigation's steps as an operator runs them: all commands typed into one shell on a terminal of the host, so that
exports and `cd` carry from one block to the next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from drills.bench.host import Host
from drills.bench.interface import Ran
from drills.diagnostics import LIMIT_S, LOOK_S
from drills.runbook.lint_commands import runs_on
from drills.step_runner import StepRun, fill_in, nearest, placeholders
from drills.steps import Step
from drills.terminal import BlockRun, CommandRun, Typed, run_block

COMMAND_BOUND_S = 10 * LIMIT_S
"""For a command of a mitigation: a restart waits for a service that does not end by itself."""


class OneShell:
    """Runs the steps of one mitigation when the first is asked for, and gives each its part of what happened."""

    def __init__(
        self,
        host: Host,
        steps: Sequence[Step],
        existing: Callable[[], Sequence[str]],
        told: Callable[[], Mapping[str, str]] = dict,
        cut_last_s: float | None = None,
    ) -> None:
        """`existing`: the names of services, containers and images. `told`: what stands for placeholders, as an
        operator finds it out; asked only where a step has one. `cut_last_s`: the last command is ended after that."""
        self._host = host
        self._steps = {step.id: step for step in steps}
        self._existing = existing
        self._told = told
        self._cut_last_s = cut_last_s
        self._runs: dict[str, StepRun] = {}

    def __call__(self, step_id: str) -> StepRun:
        """How the step with this id ran. StepError, before anything is typed, for a placeholder that nobody fills."""
        if not self._runs:
            told = self._told() if any(placeholders(step.commands) for step in self._steps.values()) else {}
            lines = [fill_in(step, line.text, told) for step in self._steps.values() for line in step.lines]
            typed = [_typed(line) for line in lines]
            if self._cut_last_s is not None and typed:
                typed[-1] = replace(typed[-1], limit_s=self._cut_last_s)
            self._share(run_block(self._host, typed), told)
        return self._runs[step_id]

    def _share(self, block: BlockRun, told: Mapping[str, str]) -> None:
        left = list(block.commands)
        for step in self._steps.values():
            own, left = left[: len(step.lines)], left[len(step.lines) :]
            ran = as_ran(step, own, block.cut_short)
            failed = ran.exit_code != 0 or ran.timed_out
            hint = nearest(ran.stdout, self._existing()) if failed else None
            script = fill_in(step, step.commands, told)
            self._runs[step.id] = StepRun(step, script, ran, hint, tuple(own))


def as_ran(step: Step, commands: Sequence[CommandRun], cut_short: str | None) -> Ran:
    """A step's commands as one: its exit code is the first that is not 0; none where one did not end by itself."""
    whole = len(commands) == len(step.lines) and all(one.exit_code is not None for one in commands)
    codes = [one.exit_code for one in commands if one.exit_code]
    shown = [f"$ {one.command}\n{one.output}{''.join(f'[{note}]' for note in one.notes)}" for one in commands]
    return Ran(
        command=step.commands,
        exit_code=(codes[0] if codes else 0) if whole else None,
        stdout="\n".join(shown),
        stderr=cut_short or "",
        duration_s=sum(one.duration_s for one in commands),
        timed_out=any(one.timed_out for one in commands),
    )


def _typed(text: str) -> Typed:
    return Typed(text, LOOK_S if runs_on(text) else COMMAND_BOUND_S)
