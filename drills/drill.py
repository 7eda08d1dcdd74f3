"""One drill: steady, inject, witness, detect, control, steps, recover, cure, steady.

Where the documented steps do not bring the service back, the corrected ones are tried after them.

It only acts and measures; `drills.judge` says what that proves. Every wait has a bound and ends with its condition.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Literal, TypeVar

from drills.events import Phase, Timeline
from drills.faults.fault import Calibrated, Fault, Settling
from drills.hands import Hands, RunStep
from drills.history import Attempt, History, Recovery
from drills.judge_attempt import CONTROL_FACTOR
from drills.lanes import lanes
from drills.measure import (
    control_of,
    control_over,
    detection_of,
    faded,
    impact_of,
    recovery_of,
    red_of,
    settled,
)
from drills.noticed import all_heard, noticed
from drills.scenario import Limits, Scenario
from drills.sweeps import Sweep, begun_within, first_red, green_to_the_end

Progress = Callable[[Phase, float], None]
"""Told at the start of each phase, with the seconds since the drill began."""

LOOK_EVERY_S = 0.1
"""Between two looks for a witness."""
CALIBRATED_WITHIN_S = 15.0
"""After the fault was held: measuring has a bound of its own."""

_Found = TypeVar("_Found")


class LostEvidence(Exception):
    """What the detector sees is no longer to be believed, so the drill goes no further than its cure."""


def run_drill(
    scenario: Scenario,
    fault: Fault,
    hands: Hands,
    limits: Limits,
    progress: Progress = lambda phase, elapsed_s: None,
    keep: Callable[[History], None] = lambda history: None,
) -> History:
    """Runs the drill to its end and gives what happened, unjudged.

    The detector watches `scenario.watched` already. The fault is cured whenever its injection was begun, whatever is
    raised. An exception in a phase is a trouble of the history; an interrupt (Ctrl-C) is raised on, after the cure.
    `keep` gets the history in either case, before anybody judges it.
    """
    drill = _Drill(scenario, fault, hands, limits, progress)
    try:
        try:
            drill.guarded(drill.prove)
        finally:
            if drill.injection_begun:
                drill.guarded(drill.cure)
        if drill.injection_begun:
            drill.guarded(drill.steady_again)
    finally:
        history = drill.finished()
        keep(history)
    return history


class _Drill:
    """A drill under way. Each phase adds to the history what it measured."""

    def __init__(self, scenario: Scenario, fault: Fault, hands: Hands, limits: Limits, progress: Progress) -> None:
        self._scenario, self._fault, self._limits, self._progress = scenario, fault, limits, progress
        self._bench, self._detector, self._clock = hands.bench, hands.detector, hands.clock
        self._hands = hands
        self._timeline = Timeline(hands.clock)
        self._phase = Phase.STEADY
        self._injected_s = 0.0
        self._pool = ThreadPoolExecutor(1)
        self._calibrated: Future[Mapping[str, str]] | None = None
        self.injection_begun = False
        began = self._timeline.began_at
        self._history = History(scenario, limits, hands.bench.deployment, {}, began, began, steady_before=False)

    def guarded(self, phase: Callable[[], None]) -> None:
        """Runs a phase; what it raises becomes a trouble, and what is no Exception is raised on."""
        try:
            phase()
        except BaseException as error:
            said = str(error) if isinstance(error, LostEvidence) else f"{type(error).__name__}: {error}".rstrip(": ")
            text = f"While {self._scenario.id} was at {self._phase.value!r}: {said}."
            self._history = replace(self._history, troubles=(*self._history.troubles, text.replace("..", ".")))
            self._say(text)
            if not isinstance(error, Exception):
                raise

    def finished(self) -> History:
        """The history, with its end, its timeline and what the watched checks said over it."""
        self._pool.shutdown(wait=False)
        seen = lanes(self._detector.sweeps(), self._scenario.watched, self._timeline.began_s)
        return replace(self._history, finished_at=self._clock.now(), timeline=self._timeline.events, lanes=seen)

    def prove(self) -> None:
        """All phases before the cure; ends early where the next could prove nothing."""
        self._enter(Phase.STEADY)
        # All that the detector has seen so far is of this state.
        if not self._wait_until_steady(float("-inf"), self._clock.monotonic() + self._limits.steady_within_s):
            self._say("the steady state is not green: nothing is injected")
            return
        self._history = replace(self._history, steady_before=True)
        self._inject()
        if not self._witness():
            return
        witnessed_s = self._clock.monotonic()
        self._detector.look()
        self._calibrate()
        detected = self._detect(witnessed_s)
        try:
            if detected is None or not self._scenario.held or not self._control(detected.received_s):
                return
        finally:
            self._note_the_fault(witnessed_s)
        self._mitigate()
        self._hands.tried(self._history)

    def cure(self) -> None:
        """Has the fault undone, and looks for its witness until there is none, or the time is up."""
        self._enter(Phase.CURE)
        if self._history.window_s is None:
            self._history = replace(self._history, window_s=(self._injected_s, self._clock.monotonic()))
        self._fault.cure(self._bench)
        deadline_s = self._clock.monotonic() + self._limits.cure_within_s
        while (evidence := self._fault.witness(self._bench)) is not None and self._clock.monotonic() < deadline_s:
            self._clock.pause(LOOK_EVERY_S)
        self._say(f"still in force: {evidence}" if evidence is not None else "no longer in force")
        self._history = replace(self._history, witnessed_cured=evidence)

    def steady_again(self) -> None:
        """Waits for the steady state that was there before."""
        self._enter(Phase.STEADY_AGAIN)
        now_s = self._clock.monotonic()
        steady = self._wait_until_steady(now_s, now_s + self._limits.steady_within_s)
        self._say("the steady state is back" if steady else "the steady state is not back")
        self._history = replace(self._history, steady_after=steady)

    def _inject(self) -> None:
        self._enter(Phase.INJECT)
        self._history = replace(self._history, declared=dict(self._fault.declared))
        self._injected_s = self._clock.monotonic()
        self.injection_begun = True
        self._fault.inject(self._bench)
        self._history = replace(self._history, declared=dict(self._fault.declared), injected=True)

    def _witness(self) -> bool:
        self._enter(Phase.WITNESS)
        deadline_s = self._clock.monotonic() + self._limits.witness_within_s
        while (evidence := self._fault.witness(self._bench)) is None and self._clock.monotonic() < deadline_s:
            self._clock.pause(LOOK_EVERY_S)
        self._say(evidence if evidence is not None else "nothing shows that the fault is in force")
        self._history = replace(self._history, witnessed=evidence)
        return evidence is not None

    def _calibrate(self) -> None:
        """Begins to measure what the fault really does, while the checks are to notice it."""
        if isinstance(self._fault, Calibrated):
            self._calibrated = self._pool.submit(self._fault.calibrate, self._bench)

    def _detect(self, witnessed_s: float) -> Sweep | None:
        self._enter(Phase.DETECT)
        by, deadline_s = self._scenario.detected_by, witnessed_s + self._scenario.noticed_within_s

        def red(sweeps: Sequence[Sweep]) -> Sweep | None:
            under_fault = begun_within(sweeps, self._injected_s)
            return first_red([one for one in under_fault if one.received_s <= deadline_s], by.check, by.codes)

        found = self._wait_for(red, deadline_s)
        ended_s = min(self._clock.monotonic(), deadline_s)
        detection = detection_of(self._detector.sweeps(), by, found, witnessed_s, ended_s)
        self._history = replace(self._history, detection=detection)
        self._say(f"{by.check} is red: {detection.code}" if found else f"{by.check} did not go red for a named reason")
        self._believe()
        return found

    def _control(self, from_s: float) -> bool:
        """Holds the fault without a step; gives whether the check did not turn green."""
        self._enter(Phase.CONTROL)
        check, until_s = self._scenario.detected_by.check, from_s + CONTROL_FACTOR * self._scenario.ttr_declared_s
        self._wait_for(
            lambda sweeps: control_over(sweeps, check, from_s, until_s) or None, until_s + self._limits.sweep_within_s
        )
        control = control_of(self._detector.sweeps(), self._scenario, from_s)
        self._history = replace(self._history, control=control)
        turned = "turned green by itself" if control.turned_green else "did not turn green"
        self._say(f"{check} {turned} in {control.held_s:.1f} s")
        self._believe()
        return not control.turned_green

    def _note_the_fault(self, witnessed_s: float) -> None:
        """What the fault did until here, what every check made of it, and whether it is still in force."""
        until_s = self._clock.monotonic() + self._limits.sweep_within_s
        self._wait_for(lambda sweeps: all_heard(sweeps, witnessed_s) or None, until_s)
        sweeps, now_s = self._detector.sweeps(), self._clock.monotonic()
        gone, detection = faded(sweeps, self._scenario.detected_by.check, witnessed_s), self._history.detection
        self._history = replace(
            self._history,
            detection=detection and replace(detection, faded=gone),
            impact=impact_of(sweeps, self._scenario, self._injected_s),
            noticed=noticed(sweeps, self._injected_s, witnessed_s, now_s),
            witnessed_held=self._fault.witness(self._bench),
            logs=self._hands.surroundings.logs(),
            calibrated=dict(self._calibrated.result(CALIBRATED_WITHIN_S)) if self._calibrated else {},
        )

    def _mitigate(self) -> None:
        """Tries the documented steps, and the corrected ones where these leave anything amiss."""
        if self._scenario.steps:
            tried = self._try("documented", self._scenario.steps, self._hands.documented)
            if tried.came_back(self._limits.rto_s):
                return
        if self._scenario.corrected:
            self._try("corrected", self._scenario.corrected, self._hands.corrected)

    def _try(self, name: Literal["documented", "corrected"], step_ids: Sequence[str], run_step: RunStep) -> Attempt:
        """Runs the steps in their order, and waits for what has to recover."""
        attempt = Attempt()

        def keep(**found: object) -> None:  # at once, so that an interrupt loses nothing
            nonlocal attempt
            attempt = replace(attempt, **found)  # type: ignore[arg-type]
            self._history = replace(self._history, **{name: attempt})  # type: ignore[arg-type]

        keep()
        self._hands.surroundings.note()
        keep(red_before=red_of(self._detector.sweeps(), self._scenario.recover))
        began_s = self._clock.monotonic()
        for step_id in step_ids:
            self._enter(Phase.STEP)
            run = run_step(step_id)
            keep(steps=(*attempt.steps, run))
            self._say(f"{name} {run.sentence}")
        ended_s = self._clock.monotonic()
        self._enter(Phase.RECOVER)
        keep(recovery=self._recovery(began_s, ended_s), witnessed=self._fault.witness(self._bench))
        if isinstance(self._fault, Settling) and attempt.came_back(self._limits.rto_s):
            keep(amiss=self._fault.amiss(self._bench))
        keep(difference=self._hands.surroundings.since(self._scenario.may_lose))
        self._believe()
        return attempt

    def _recovery(self, began_s: float, ended_s: float) -> Recovery:
        spared = self._history.control.spared if self._history.control else ()
        rto_s = self._limits.rto_s

        def over(sweeps: Sequence[Sweep]) -> Recovery | None:
            return settled(sweeps, self._scenario, began_s, ended_s, spared, rto_s)

        recovery = self._wait_for(over, max(began_s + rto_s, ended_s) + self._limits.sweep_within_s)
        if recovery is None:  # what came until then has to do
            recovery = recovery_of(self._detector.sweeps(), self._scenario, began_s, ended_s, spared)
        ttr_s = recovery.time_to_recover_s
        if ttr_s is not None:
            self._history = replace(self._history, window_s=(self._injected_s, began_s + ttr_s))
        self._say("not green" if ttr_s is None else f"green after {ttr_s:.1f} s")
        return recovery

    def _wait_until_steady(self, from_s: float, until_s: float) -> bool:
        watched = self._scenario.watched
        found = self._wait_for(lambda sweeps: green_to_the_end(begun_within(sweeps, from_s), watched), until_s)
        self._believe()
        return found is not None

    def _wait_for(self, found: Callable[[Sequence[Sweep]], _Found | None], until_s: float) -> _Found | None:
        """What `found` sees in the sweeps, as soon as it does; None where the time is up, or none come any more."""
        while True:
            sweeps = self._detector.sweeps()
            result = found(sweeps)
            if result is not None or not self._detector.wait(len(sweeps), until_s):
                return result

    def _believe(self) -> None:
        if trouble := self._detector.trouble():
            raise LostEvidence(trouble)

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._timeline.add(phase, "begins")
        self._progress(phase, self._timeline.elapsed_s)

    def _say(self, text: str) -> None:
        self._timeline.add(self._phase, text)
