"""Drills in one process: a bench that starts for the first, is reset before each further one, and then is gone."""

import contextlib
import copy
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from checks.redaction import Redactor
from drills.ablation import Answer
from drills.announcing import SILENT, Announcer
from drills.background import Users, asking
from drills.bench.bench import Bench
from drills.bench.options import Choice
from drills.bench.process import BenchError
from drills.bench.reset import reset
from drills.bench.run import Run, Say, begin
from drills.bench.spec import prepare
from drills.bench.start import start_bench
from drills.bench.visit import visit
from drills.check_index import UnknownCheck
from drills.detector import WatchDetector, WatchPlan, watching
from drills.diagnosis import Proven, prove
from drills.diagnostics import LookBlock
from drills.drill import Progress, run_drill
from drills.events import Phase, SystemClock
from drills.faults.fault import Fault, Particular, Telling
from drills.hands import Hands
from drills.history import History
from drills.impact import UserImpact, impact_of_users
from drills.one_shell import OneShell
from drills.rehearsing import Told, Typist, rehearse
from drills.scenario import Limits, Scenario
from drills.steady import red_checks, require_first_look, require_steady, watch_options
from drills.surroundings import HostSurroundings
from drills.verified import Subject, hashes_of

INTERVAL_S = 0.25
WIDE_S = 10.0
"""Between two looks at all that a scenario does not name; one more begins as soon as the fault is witnessed."""
INHERITED = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "DOCKER_HOST")
"""What a watch gets of this process's environment: nothing that could point it at another target."""


class NotProvable(BenchError):
    """The deployment has not got what the scenario is about; the text says what."""


class DrillSession:
    """The one bench of this process. Each drill gets it in its first state."""

    def __init__(self, choice: Choice, subject: Subject, say: Say, suffix: str = "") -> None:
        self._choice = choice
        self._subject = subject
        self._say = say
        self._suffix = suffix
        self._run: Run | None = None
        self._bench: Bench | None = None
        self._in_vain: BenchError | None = None

    def bench(self) -> Bench:
        """The bench in its first state, its steady state proven. Raises BenchError."""
        bench = self._in_first_state()
        state = _state_of(bench)
        visit(bench.target, state)
        require_steady(bench.target_file, watch_environment(bench), state)
        self._say(f"steady: {bench.deployment}")
        return bench

    def _in_first_state(self) -> Bench:
        if self._bench is None or not self._was_reset(self._bench):
            self._bench = self._started()
        return self._bench

    def drill(self, scenario: Scenario, fault: Fault, progress: Progress, announced: Announcer = SILENT) -> History:
        """Runs one drill on the bench. Raises BenchError where there is no bench in its steady state to run it on."""
        return self._drill(scenario, fault, progress, self._typed_by_the_runbook, announced)

    def ablate(self, scenario: Scenario, fault: Fault, history: History, progress: Progress) -> tuple[Answer, ...]:
        """What the mitigation that brought the service back in `history` says when its lines are left out, run twice or
        stopped midway; nothing where none did. Each answer costs a drill. `fault`: as it was before that drill."""
        if history.decisive is None or not history.decisive.came_back(history.limits.rto_s):
            return ()
        steps = [run.step for run in history.decisive.steps]

        def drilled(once: Scenario, typist: Typist) -> History:
            return self._drill(once, copy.deepcopy(fault), progress, typist)

        return rehearse(scenario, steps, drilled)

    def _drill(
        self, scenario: Scenario, fault: Fault, progress: Progress, typist: Typist, announced: Announcer = SILENT
    ) -> History:
        standing, began_s = self._bench, time.monotonic()
        with contextlib.ExitStack() as stack:
            try:
                # A watch takes a second to start: it does so while the bench is reset.
                early = stack.enter_context(watching(_plan_of(standing, scenario))) if standing else None
                bench = self._in_first_state()
                again = early is None or bench is not standing
                detector = stack.enter_context(watching(_plan_of(bench, scenario))) if again else early
            except UnknownCheck as error:
                raise BenchError(f"{scenario.id}: {error}") from None
            assert detector is not None
            visit(bench.target, _state_of(bench))
            detector.begin()
            scenario = self._fitting(scenario, require_first_look(detector))
            if isinstance(fault, Particular) and (why := fault.unfit(bench)):
                raise NotProvable(f"{scenario.id} cannot be proven on this deployment: {why}.")
            self._say(f"steady: {bench.deployment}")
            prepared_s = time.monotonic() - began_s
            announced.bench(bench.target_file, bench.environment_file, bench.target.api.url)
            history = self._run_drill(bench, detector, scenario, fault, progress, typist, announced)
            return replace(history, prepared_s=prepared_s)

    def _run_drill(
        self,
        bench: Bench,
        detector: WatchDetector,
        scenario: Scenario,
        fault: Fault,
        progress: Progress,
        typist: Typist,
        announced: Announcer,
    ) -> History:
        ledger, entry = bench.run.ledger, f"{fault.name} on {bench.name}"
        told: Told = (lambda: fault.told(bench)) if isinstance(fault, Telling) else dict
        ours = [self._subject.corrected(one) for one in scenario.corrected]
        documented, corrected = typist(scenario, bench, told), OneShell(bench.host, ours, bench.names, told)
        surroundings = HostSurroundings(bench, [bench.container(role) for role in bench.roles])
        hands = announced.told(Hands(bench, detector, documented, corrected, surroundings, SystemClock()))

        def note(phase: Phase, elapsed_s: float) -> None:
            if phase is Phase.INJECT:
                ledger.note("fault", entry)
            progress(phase, elapsed_s)

        with asking(bench.target, watch_environment(bench)) as users:
            history = run_drill(scenario, fault, hands, Limits(rto_s=bench.target.objectives.rto_s), note)
        if trouble := users.trouble():
            self._say(f"{scenario.id}: what users got is not known: {trouble}")
        history = replace(history, users=_impact(history, users))
        if history.injected and history.witnessed_cured is None:
            ledger.undone("fault", entry)
        return history

    def _typed_by_the_runbook(self, scenario: Scenario, bench: Bench, told: Told) -> OneShell:
        """One shell for the documented steps of the scenario."""
        return OneShell(bench.host, [self._subject.step(one) for one in scenario.steps], bench.names, told)

    def _fitting(self, scenario: Scenario, available: frozenset[str]) -> Scenario:
        """The scenario without the checks that this target has not got. BenchError where nothing is left to prove."""
        missing = [check for check in scenario.watched if check not in available]
        if not missing:
            return scenario
        recover, steady = (
            tuple(check for check in checks if check not in missing) for checks in (scenario.recover, scenario.steady)
        )
        if scenario.detected_by.check in missing or (scenario.recover and not recover):
            raise NotProvable(
                f"{scenario.id} cannot be proven on this deployment: its target has no {', '.join(missing)}. "
                "Describe more of it in the target file, or leave this drill out."
            )
        self._say(f"{scenario.id}: the target has no {', '.join(missing)}: not looked at")
        return replace(scenario, recover=recover, steady=steady)

    def _was_reset(self, bench: Bench) -> bool:
        """Whether the bench is in its first state again; one that cannot be brought there is removed."""
        self._say("resetting the bench")
        try:
            reset(bench)
        except BenchError as error:
            self._say(f"another bench takes its place: {error}")
            self.end()
            return False
        return True

    def _started(self) -> Bench:
        if self._in_vain is not None:  # what did not start once is not tried again for every drill
            raise BenchError(str(self._in_vain))
        try:
            self._run = begin(self._say)
            spec = prepare(self._run, self._choice)
            self._say("starting a bench")
            return start_bench(self._run, spec, self._suffix)
        except BenchError as error:
            self._in_vain = error
            raise

    def diagnose(self, fault: Fault, blocks: Sequence[LookBlock]) -> Proven:
        """Proves the diagnostics about one fault on the bench. Raises BenchError or NoProof."""
        bench = self.bench()
        entry = f"{fault.name} on {bench.name}"
        bench.run.ledger.note("fault", entry)
        state = _state_of(bench)
        env = watch_environment(bench)
        proven = prove(bench, fault, blocks, lambda: red_checks(bench.target_file, env, state), self._say)
        bench.run.ledger.undone("fault", entry)
        return proven

    def proof(self) -> dict[str, str]:
        """What a verdict is taken of: hashes of the compose file, the images and the suite, and the time."""
        assert self._bench is not None
        hashes = hashes_of(self._bench.spec.deployment, self._bench.spec.image_ids)
        return {**hashes, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}

    def redact(self, text: str) -> str:
        """`text` without the secrets of what is deployed on the bench."""
        secrets = self._bench.secrets if self._bench else {}
        return Redactor.from_environment(tuple(secrets), secrets)(text)

    def end(self) -> None:
        """Removes the bench and all that belongs to it. BenchError names what is still there."""
        run, self._run, self._bench = self._run, None, None
        if run is not None:
            run.end()


def _impact(history: History, users: Users) -> UserImpact | None:
    """What the users got under the fault; None where there was none, or what they say cannot be believed."""
    if history.window_s is None or users.trouble():
        return None
    return impact_of_users(users.answers(), *history.window_s)


def _plan_of(bench: Bench, scenario: Scenario) -> WatchPlan:
    return WatchPlan(
        check_ids=tuple(dict.fromkeys([scenario.detected_by.check, *scenario.recover])),
        target=bench.target_file,
        interval_s=INTERVAL_S,
        env=watch_environment(bench),
        options=watch_options(_state_of(bench)),
        steady=scenario.steady,
        wide_s=WIDE_S,
        held=True,
    )


def _state_of(bench: Bench) -> Path:
    """Where the checks keep what the next run compares with: the visits leave the first reading there."""
    return bench.target_file.with_name("state")


def watch_environment(bench: Bench) -> dict[str, str]:
    """The environment of a watch of this bench: its secrets, its authority, and little of ours."""
    return {**{name: os.environ[name] for name in INHERITED if name in os.environ}, **bench.environment}
