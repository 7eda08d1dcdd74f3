"""A drill through all of its phases, on a world that does what it is told. No Docker, no waiting."""

import dataclasses

import pytest

from drills.drill import run_drill
from drills.events import Phase
from drills.history import History
from drills.record import record_of
from drills.scenario import Scenario, ScenarioError, Verdict
from drills.sweeps import Sweep
from tests.drill_fakes import API, LIMITS, REFUSED, UNKNOWN, WEBAPP, FakeFault, World, hands, scenario


def drilled(world: World, of: Scenario | None = None) -> History:
    return run_drill(of or scenario(), FakeFault(world), hands(world), LIMITS)


def verdict(history: History) -> Verdict:
    return record_of(history, "d1").verdict


def nothing(world: World) -> None:
    """The step replaced by `true`."""


def worsen(world: World) -> None:
    world.webapp = REFUSED


def mend_late(world: World) -> None:
    world.clock.pause(LIMITS.rto_s + 0.5)
    world.mend()


def mend_in_spite(world: World) -> None:
    world.broken = False


def test_a_step_that_works_recovers() -> None:
    world = World()
    phases: list[Phase] = []
    kept: list[History] = []
    history = run_drill(
        scenario(), FakeFault(world), hands(world), LIMITS, lambda phase, elapsed_s: phases.append(phase), kept.append
    )
    record = record_of(history, "d1")
    assert record.verdict is Verdict.RECOVERED, record.why
    assert phases == list(Phase)
    assert kept == [history]
    assert [done for done in world.done if done != "witness"] == ["inject", "step restart-api", "cure"]
    assert history.control is not None
    assert history.control.held_s >= 2 * scenario().ttr_declared_s
    assert history.control.spared == (WEBAPP,)
    assert record.time_to_detect_s == pytest.approx(0.25)
    assert record.time_to_recover_s == pytest.approx(1.25)
    assert (record.noticed, record.impact, record.doubts) == (True, (API,), ())
    assert record.fault.measured == {"injected": "State.Running is false", "held": "State.Running is false"}
    assert record.documented is not None
    assert record.documented.judged.verdict is Verdict.RECOVERED
    elapsed = [event.elapsed_s for event in record.timeline]
    assert elapsed == sorted(elapsed)


NO_STEP = scenario(steps=(), expect=Verdict.DETECTED)
WORLDS: dict[str, tuple[dict[str, object], Scenario, Verdict, str]] = {
    "no fault": ({"really_injects": False}, scenario(), Verdict.INCONCLUSIVE, "Nothing but the injector"),
    "no witness": ({"witnessed": False}, scenario(), Verdict.INCONCLUSIVE, "Nothing but the injector"),
    "blind monitor": ({"blind": True}, scenario(), Verdict.NOT_DETECTED, "stayed green for 5.0 s"),
    "wrong reason": ({}, scenario(codes=("api.timeout",)), Verdict.NOT_DETECTED, "red for api.refused only"),
    "sick prober": ({"red": UNKNOWN}, scenario(), Verdict.INCONCLUSIVE, "could not tell"),
    "step is `true`": ({"step": nothing}, scenario(), Verdict.NOT_RECOVERED, "red after the step"),
    "after the RTO": ({"step": mend_late}, scenario(), Verdict.NOT_RECOVERED, "the RTO is 30 s"),
    "harm": ({"step": worsen}, scenario(), Verdict.HARMFUL, "webapp_is_reachable stayed green"),
    "heals itself": ({"heals_itself_after_s": 3.0}, scenario(), Verdict.SELF_HEALED, "without any step"),
    "no cure": ({"step": mend_in_spite, "cure_works": False}, scenario(), Verdict.INCONCLUSIVE, "after its cure"),
    "outside fault went away": ({}, scenario(outside=True), Verdict.INCONCLUSIVE, "outside had gone"),
    "in spite of the fault": ({"step": mend_in_spite}, scenario(outside=True), Verdict.RECOVERED, "green"),
    "no step": ({}, NO_STEP, Verdict.DETECTED, "gone with the cure"),
    "no step, no cure": ({"cure_works": False}, NO_STEP, Verdict.INCONCLUSIVE, "after its cure"),
}


@pytest.mark.parametrize("name", WORLDS)
def test_what_each_world_proves(name: str) -> None:
    changes, of, expected, says = WORLDS[name]
    world = World(**changes)  # type: ignore[arg-type]
    record = record_of(drilled(world, of), "d1")
    assert record.verdict is expected, record.why
    assert says in record.why
    assert "cure" in world.done


TWO_STEPS = scenario(corrected=("recreate-api",))


def test_the_corrected_step_is_tried_where_the_documented_one_has_no_effect() -> None:
    world = World(step=nothing)
    record = record_of(drilled(world, TWO_STEPS), "d1")
    assert record.verdict is Verdict.RECOVERED, record.why
    assert record.documented is not None
    assert record.documented.judged.verdict is Verdict.NOT_RECOVERED
    assert record.corrected is not None
    assert record.corrected.judged.verdict is Verdict.RECOVERED
    assert record.time_to_recover_s == pytest.approx(1.25)


def test_the_corrected_step_is_left_out_where_the_documented_one_works() -> None:
    world = World()
    assert drilled(world, TWO_STEPS).corrected is None
    assert "corrected recreate-api" not in world.done


def test_files_that_a_step_loses_are_harm_unless_the_scenario_says_so() -> None:
    world = World(lost=("~/.env",))
    record = record_of(drilled(world), "d1")
    assert (record.verdict, record.data_lost) == (Verdict.HARMFUL, True)
    spared = dataclasses.replace(scenario(), may_lose=("~/.env",))
    record = record_of(drilled(World(lost=("~/.env",)), spared), "d1")
    assert (record.verdict, record.data_lost) == (Verdict.RECOVERED, False)


def test_a_variant_that_is_to_heal_by_itself_is_held_until_it_does() -> None:
    healing = scenario(steps=(), expect=Verdict.SELF_HEALED)
    history = drilled(World(heals_itself_after_s=3.0), healing)
    assert verdict(history) is Verdict.SELF_HEALED
    assert history.control is not None
    assert history.control.held_s == pytest.approx(2.5, abs=0.5)


def test_a_service_that_is_not_steady_is_left_alone() -> None:
    world = World(webapp=REFUSED)
    history = drilled(world)
    assert verdict(history) is Verdict.INCONCLUSIVE
    assert world.done == []
    assert world.clock.monotonic() == pytest.approx(100 + LIMITS.steady_within_s, abs=0.5)


def test_a_control_that_turns_green_spares_the_step() -> None:
    world = World(heals_itself_after_s=2.0)
    assert drilled(world).documented is None
    assert "step restart-api" not in world.done


@pytest.mark.parametrize("where", ["inject", "witness", "step restart-api"])
def test_an_exception_is_recorded_and_the_cure_runs(where: str) -> None:
    world = World(raises={where: RuntimeError("the engine is away")})
    record = record_of(drilled(world), "d1")
    assert record.verdict is Verdict.INCONCLUSIVE
    assert "cure" in world.done
    assert any("RuntimeError: the engine is away" in event.text for event in record.timeline)
    assert any("the engine is away" in doubt for doubt in record.doubts)


@pytest.mark.parametrize("where", ["inject", "witness", "step restart-api"])
def test_an_interrupt_is_raised_on_after_the_cure_and_leaves_its_history(where: str) -> None:
    world = World(raises={where: KeyboardInterrupt()})
    kept: list[History] = []
    with pytest.raises(KeyboardInterrupt):
        run_drill(scenario(), FakeFault(world), hands(world), LIMITS, keep=kept.append)
    assert "cure" in world.done
    assert verdict(kept[0]) is Verdict.INCONCLUSIVE
    assert kept[0].troubles


def test_a_cure_that_fails_is_doubt() -> None:
    world = World(raises={"cure": OSError("read-only")})
    history = drilled(world)
    assert verdict(history) is Verdict.INCONCLUSIVE
    assert "at 'cure': OSError: read-only." in history.troubles[0]
    assert history.steady_after


def test_a_watch_that_dies_is_doubt_and_ends_the_drill() -> None:
    world = World()

    def die(world: World) -> None:
        world.mend()
        world.trouble = "the watch ended by itself; it said nothing"

    world.step = die
    history = drilled(world)
    assert verdict(history) is Verdict.INCONCLUSIVE
    assert "the watch ended by itself" in record_of(history, "d1").why
    assert "cure" in world.done


def test_a_watch_that_dies_before_the_rto_does_not_say_that_nothing_recovered() -> None:
    world = World(step=nothing)
    sweep, after = world.sweep, []

    def die_soon(number: int) -> Sweep:
        if "step restart-api" in world.done:
            after.append(number)
            world.trouble = "the watch ended by itself" if len(after) > 5 else None
        return sweep(number)

    world.sweep = die_soon  # type: ignore[method-assign]
    record = record_of(drilled(world), "d1")
    assert record.verdict is Verdict.INCONCLUSIVE, record.why
    assert "the watch ended by itself" in record.why


def test_a_step_that_restarts_more_than_it_must_is_no_harm_where_that_comes_back() -> None:
    world = World()
    sweeps: list[int] = []

    def restart_all(world: World) -> None:
        world.mend()
        world.webapp = REFUSED

    world.step = restart_all
    original = world.sweep

    def sweep(number: int) -> object:
        if world.webapp is REFUSED:
            sweeps.append(number)
            if len(sweeps) > 8:
                world.webapp = dataclasses.replace(REFUSED, outcome=original(0).of(API).outcome)
        return original(number)

    world.sweep = sweep  # type: ignore[method-assign, assignment]
    history = drilled(world)
    assert verdict(history) is Verdict.RECOVERED, record_of(history, "d1").why
    assert len(sweeps) > 8


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"codes": ()}, "name the codes of api_is_reachable"),
        ({"steps": ()}, "without steps nothing recovers"),
    ],
)
def test_a_scenario_that_could_prove_nothing_is_refused(changes: dict[str, tuple[str, ...]], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        scenario(**changes)  # type: ignore[arg-type]
