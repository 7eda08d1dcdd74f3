"""A drill without Docker and without waiting: a clock that is told, a service that obeys, a fault that can lie."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from checks.outcome import Outcome, Severity
from checks.runbook import Section
from checks.target import Api, Target
from drills.bench.interface import HostShell, Ran
from drills.bench.proxy import Link
from drills.hands import Hands
from drills.history import Difference
from drills.scenario import DetectedBy, Limits, Scenario, Verdict
from drills.step_runner import StepRun
from drills.steps import Step
from drills.sweeps import Seen, Sweep

EPOCH = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
INTERVAL_S = 0.25
GREEN = Seen(Outcome.PASS)
REFUSED = Seen(Outcome.FAIL, "api.refused", "expected an answer; saw none")
UNKNOWN = Seen(Outcome.UNKNOWN, "prober.no_dns", "expected a name server; saw none")
API, WEBAPP = "api_is_reachable", "webapp_is_reachable"
LIMITS = Limits(rto_s=30.0, steady_within_s=10.0, witness_within_s=5.0, sweep_within_s=5.0, cure_within_s=5.0)
STEP = Step("restart-api", str(Section.API_DOWN), "runbook.md", 31, "docker-compose restart api\n")
CORRECTED = Step("recreate-api", str(Section.API_DOWN), "runbook.md", 40, "docker-compose up -d api\n")


def scenario(
    *,
    steps: tuple[str, ...] = ("restart-api",),
    corrected: tuple[str, ...] = (),
    codes: tuple[str, ...] = ("api.refused",),
    outside: bool = False,
    expect: Verdict = Verdict.RECOVERED,
) -> Scenario:
    """The API is down, and restarting it helps."""
    return Scenario(
        id="api-down",
        title="The API's container is dead",
        severity=Severity.P0,
        fault="the API's container is killed",
        detected_by=DetectedBy(API, codes),
        noticed_within_s=5.0,
        recover=(API,),
        ttr_declared_s=4.0,
        steps=steps,
        corrected=corrected,
        steady=(WEBAPP,),
        outside=outside,
        expect=expect,
    )


class FakeClock:
    """Stands still unless told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.seconds)

    def pause(self, duration_s: float) -> None:
        self.seconds += duration_s


@dataclass
class World:
    """What there is: a service that the fault breaks, a monitor, and everything that can be wrong with them.

    `heals_itself_after_s`: how long the fault lasts without any help. `step`, `corrected`: what running a step of the
    runbook does, and one of ours. `lost`: files that are gone after either.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    broken: bool = False
    in_force: bool = False
    webapp: Seen = GREEN
    red: Seen = REFUSED
    really_injects: bool = True
    blind: bool = False
    witnessed: bool = True
    cure_works: bool = True
    heals_itself_after_s: float | None = None
    step: Callable[["World"], None] = lambda world: world.mend()
    corrected: Callable[["World"], None] = lambda world: world.mend()
    lost: tuple[str, ...] = ()
    trouble: str | None = None
    broken_at_s: float = 0.0
    done: list[str] = field(default_factory=list)
    raises: Mapping[str, BaseException] = field(default_factory=dict)

    def act(self, what: str) -> None:
        self.done.append(what)
        if what in self.raises:
            raise self.raises[what]

    def mend(self) -> None:
        """What the documented step does where it works."""
        self.clock.pause(1.0)
        self.broken = self.in_force = False

    def sweep(self, number: int) -> Sweep:
        """Looks once, and takes as long as the interval."""
        started_s = self.clock.monotonic()
        lasted_s = started_s - self.broken_at_s
        if self.broken and self.heals_itself_after_s is not None and lasted_s >= self.heals_itself_after_s:
            self.broken = self.in_force = False
        seen = {API: self.red if self.broken and not self.blind else GREEN, WEBAPP: self.webapp}
        self.clock.pause(INTERVAL_S)
        return Sweep(number, self.clock.now(), started_s, self.clock.monotonic(), seen)


class FakeDetector:
    """Sweeps the world whenever somebody waits."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sweeps: list[Sweep] = []

    def sweeps(self) -> Sequence[Sweep]:
        return tuple(self._sweeps)

    def wait(self, more_than: int, until_s: float) -> bool:
        while len(self._sweeps) <= more_than:
            if self._world.trouble or self._world.clock.monotonic() >= until_s:
                return False
            self._sweeps.append(self._world.sweep(len(self._sweeps)))
        return True

    def look(self) -> None:
        """Every sweep sees all."""

    def trouble(self) -> str | None:
        return self._world.trouble


class FakeSurroundings:
    """Says what the world has lost."""

    def __init__(self, world: World) -> None:
        self._world = world

    def note(self) -> None:
        """Nothing to remember."""

    def since(self, may_lose: Sequence[str]) -> Difference:
        return Difference(lost=tuple(path for path in self._world.lost if path not in may_lose))

    def logs(self) -> Mapping[str, str]:
        return {"finchat-api": "killed"}


class FakeShell:
    """Answers every script alike, and remembers them."""

    def __init__(self, answer: Ran) -> None:
        self.answer = answer
        self.scripts: list[str] = []

    def operator(self, script: str, *, timeout_s: float) -> Ran:
        self.scripts.append(script)
        return self.answer

    def root(self, script: str, *, timeout_s: float) -> Ran:
        raise AssertionError("no step is run as root")


@dataclass(frozen=True)
class FakeBench:
    """A bench with a host that nobody should need."""

    host: HostShell
    deployment: str = "reference FinChat 1.0.0"
    links: Mapping[str, Link] = field(default_factory=dict)

    @property
    def host_target(self) -> Target:
        return Target(name="reference", api=Api(url="http://localhost:8000"))

    def admin(self, stand_in: str) -> str:
        raise AssertionError(f"nobody tells the stand-in {stand_in} anything")

    def container(self, role: str) -> str:
        return f"finchat-{role}"


@dataclass(frozen=True)
class FakeFault:
    """Breaks the world, or only says so."""

    world: World
    name: str = "kill the API"
    declared: Mapping[str, str] = field(default_factory=lambda: {"container": "finchat-api"})

    def inject(self, bench: object) -> None:
        self.world.act("inject")
        if self.world.really_injects:
            self.world.broken = self.world.in_force = True
            self.world.broken_at_s = self.world.clock.monotonic()

    def witness(self, bench: object) -> str | None:
        self.world.act("witness")
        return "State.Running is false" if self.world.in_force and self.world.witnessed else None

    def cure(self, bench: object) -> None:
        self.world.act("cure")
        if self.world.cure_works:
            self.world.broken = self.world.in_force = False


def ran(exit_code: int | None = 0, stderr: str = "", *, timed_out: bool = False) -> Ran:
    """How a command ended."""
    return Ran("docker-compose restart api\n", exit_code, "", stderr, 1.0, timed_out)


def hands(world: World) -> Hands:
    """What a drill of this world works with."""

    def run_step(step_id: str) -> StepRun:
        world.act(f"step {step_id}")
        world.step(world)
        return StepRun(STEP, STEP.commands, ran())

    def run_corrected(step_id: str) -> StepRun:
        world.act(f"corrected {step_id}")
        world.corrected(world)
        return StepRun(CORRECTED, CORRECTED.commands, ran())

    bench, detector = FakeBench(FakeShell(ran())), FakeDetector(world)
    return Hands(bench, detector, run_step, run_corrected, FakeSurroundings(world), world.clock)
