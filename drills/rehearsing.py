"""Asks of a mitigation what `drills.ablation` wants to know: for each question a drill with other things typed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from drills.ablation import STOP_AFTER_S, Answer, Question, Rehearsal, answer, rehearsals
from drills.bench.bench import Bench
from drills.bench.process import BenchError
from drills.hands import RunStep
from drills.history import History
from drills.host_state import HostState, look
from drills.judge import judge
from drills.one_shell import OneShell
from drills.scenario import Scenario
from drills.step_runner import StepRun
from drills.steps import Step

HELD_S = 0.5
"""The drill itself has shown that the fault stays: here it is held just long enough to be seen."""

Told = Callable[[], Mapping[str, str]]
Typist = Callable[[Scenario, Bench, Told], RunStep]
"""Makes of a bench what types the documented steps of a scenario there."""
Drilled = Callable[[Scenario, Typist], History]
"""Runs a drill in which another types."""


def rehearse(scenario: Scenario, steps: Sequence[Step], drilled: Drilled) -> tuple[Answer, ...]:
    """The answers about the mitigation that these steps are; each costs a drill."""
    return tuple(_answered(scenario, asked, drilled) for asked in rehearsals(steps))


def _answered(scenario: Scenario, asked: Rehearsal, drilled: Drilled) -> Answer:
    rehearsing: list[_Rehearsing] = []

    def typist(scenario: Scenario, bench: Bench, told: Told) -> _Rehearsing:
        rehearsing.append(_Rehearsing(bench, asked, told))
        return rehearsing[-1]

    last = asked.shells[-1][-1].id
    once = replace(scenario, steps=(last,), corrected=(), ttr_declared_s=HELD_S)
    try:
        history = drilled(once, typist)
    except BenchError as error:
        return answer(asked, None, 0.0, None, str(error))
    return answer(asked, history.documented, history.limits.rto_s, rehearsing[-1].same, doubt_of(history))


def doubt_of(history: History) -> str | None:
    """Why the drill tells nothing about what was typed; None where it does."""
    if history.documented is None:
        return judge(history).why
    if history.witnessed_held is None:
        return "the fault was gone before anything was typed"
    if history.documented.red_before == ():
        return "all was green before anything was typed"
    if history.scenario.outside and history.documented.witnessed is None:
        return "the fault outside had gone before the service was seen to come back"
    return next(iter(history.troubles), None)


class _Rehearsing:
    """Types into one shell after the other, and looks at the host where both are to leave it alike."""

    def __init__(self, bench: Bench, asked: Rehearsal, told: Told) -> None:
        self._bench, self._asked, self._told = bench, asked, told
        self.same: bool | None = None

    def __call__(self, step_id: str) -> StepRun:
        first: HostState | None = None
        *before, last = self._asked.shells
        for steps in before:
            self._type(steps, STOP_AFTER_S if self._asked.cut else None)
            first = look(self._bench.host)
        run = self._type(last, None)
        if self._asked.question is Question.TWICE and first is not None:
            self.same = look(self._bench.host) == first
        return run

    def _type(self, steps: Sequence[Step], cut_last_s: float | None) -> StepRun:
        shell = OneShell(self._bench.host, steps, self._bench.names, self._told, cut_last_s)
        return [shell(step.id) for step in steps][-1]
