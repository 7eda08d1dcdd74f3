"""What a drill gives credit for: nothing that was so before, that came by itself, or that the injection did."""

from collections.abc import Callable

import pytest

from drills.drill import run_drill
from drills.record import DrillRecord, record_of
from drills.scenario import Scenario, Verdict
from drills.sweeps import Sweep
from tests.drill_fakes import LIMITS, FakeFault, World, hands, scenario


def record(world: World, of: Scenario, at_witness: Callable[[int], None] = lambda number: None) -> DrillRecord:
    """`at_witness`: what happens while somebody looks for the witness for the first time, the second, ..."""
    own = hands(world)

    class Looked(FakeFault):
        def witness(self, bench: object) -> str | None:
            at_witness(world.done.count("witness"))
            own.detector.wait(len(own.detector.sweeps()) + 2, world.clock.monotonic() + 1.0)
            return super().witness(bench)

    return record_of(run_drill(of, Looked(world), own, LIMITS), "d1")


def nothing(world: World) -> None:
    """The step has no effect."""


def mend_late(world: World) -> None:
    world.clock.pause(LIMITS.rto_s + 0.5)
    world.mend()


def test_what_the_documented_step_brought_back_too_late_is_no_credit_of_the_corrected_one() -> None:
    seen = record(World(step=mend_late, corrected=nothing), scenario(corrected=("recreate-api",)))
    assert seen.documented is not None
    assert seen.documented.judged.verdict is Verdict.NOT_RECOVERED
    assert seen.verdict is Verdict.INCONCLUSIVE, seen.why
    assert "Nothing that had to be green was red when recreate-api began" in seen.why


def test_a_service_that_healed_between_control_and_step_is_no_credit_of_the_step() -> None:
    world = World(step=nothing)

    def heal(number: int) -> None:
        world.broken = world.broken and number != 1  # the fault outside stays

    seen = record(world, scenario(outside=True), heal)
    assert seen.fault.measured.keys() >= {"held", "recovered"}
    assert seen.verdict is Verdict.INCONCLUSIVE, seen.why
    assert "was red when restart-api began" in seen.why


def test_red_while_the_fault_is_being_injected_is_not_noticing_it() -> None:
    world = World()

    def up_again(number: int) -> None:
        world.witnessed = number > 0  # the injection restarts the API, and once the fault is in force all is green
        world.blind = number > 0

    seen = record(world, scenario(steps=(), expect=Verdict.DETECTED), up_again)
    assert seen.verdict is Verdict.INCONCLUSIVE, seen.why
    assert "was red only until the fault was in force" in seen.why


def test_a_service_that_is_up_for_a_moment_has_not_healed_by_itself() -> None:
    world = World()
    original = world.sweep

    def every_fifth_is_green(number: int) -> Sweep:
        world.blind = number % 5 == 0
        return original(number)

    world.sweep = every_fifth_is_green  # type: ignore[method-assign]
    healing = scenario(steps=(), expect=Verdict.SELF_HEALED)
    seen = record(world, healing)
    assert seen.verdict is Verdict.INCONCLUSIVE, seen.why


@pytest.mark.parametrize("after_s", [7.6, 7.9, 8.1])
def test_what_heals_in_the_last_moment_of_the_control_has_healed_by_itself(after_s: float) -> None:
    seen = record(World(heals_itself_after_s=after_s), scenario())
    assert seen.verdict is Verdict.SELF_HEALED, seen.why


def test_steps_of_a_drill_in_doubt_are_not_proven() -> None:
    seen = record(World(raises={"cure": OSError("read-only")}), scenario())
    assert seen.verdict is Verdict.INCONCLUSIVE
    assert seen.documented is not None
    assert seen.documented.judged.verdict is Verdict.INCONCLUSIVE, "a line of the runbook would read: recovers"


def test_a_harm_in_a_drill_in_doubt_stays_one() -> None:
    seen = record(World(raises={"cure": OSError("read-only")}, lost=("~/.env",)), scenario())
    assert seen.documented is not None
    assert seen.documented.judged.verdict is Verdict.HARMFUL
