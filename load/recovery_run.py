"""A load that goes through a drill: starts both, and says what users had of it."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from checks.progress import Say
from checks.target import Target
from checks.target_file import TargetError, load_target
from load.asked import AskedLoad
from load.budget import budget_of
from load.done import Done, done_judging
from load.doubts import doubt_of_run, generator_error
from load.drill_process import DrillFailed, LocustLoad, Standing, Went, drill_command, load_through
from load.guard import Limits
from load.judge import judge_part
from load.judged import Judgement
from load.load_profile import Profile
from load.locust_process import Fleet, LocustFailed, running_locust
from load.objectives import Objectives
from load.offered import numbers
from load.plan import Plan
from load.planning import plan_of
from load.records import Records
from load.through_drill import cut, judged_through, marks_of
from load.verdict import JudgedRun, availability_min, read_run

OF_USERS = ("drill.time_to_recover", "users.fault_felt", "users.time_to_recover")
"""What such a load is judged by beside the objectives before the fault and after the recovery."""


def names_through_drill(objectives: Sequence[str]) -> tuple[str, ...]:
    """The names of all that is judged, given those of the objectives."""
    return (*OF_USERS, *(f"{when}.{name}" for when in ("before", "after") for name in objectives))


def run_through_drill(
    asked: AskedLoad,
    profile: Profile,
    objectives: Objectives,
    folder: Path,
    seed: int,
    environ: Mapping[str, str],
    say: Say,
) -> Done:
    """Runs the drill and the load. Raises LocustFailed where no load was sent."""
    sent: list[Target] = []

    @contextlib.contextmanager
    def start(bench: Standing) -> Iterator[LocustLoad]:
        target = load_target(bench.target_file)
        sent.append(target)
        plan = plan_of(profile, target, Limits.of(target), seed=seed)
        fleet = Fleet(asked.processes, asked.workers)
        with running_locust(plan, folder, fleet, {**environ, **bench.environ}) as process:
            yield LocustLoad(process, folder)

    try:
        went = load_through(drill_command(asked.drill, folder), folder, start, say)
    except (DrillFailed, TargetError) as error:
        raise LocustFailed(str(error)) from None
    return _judged(went, objectives, folder, sent[0])


def _judged(went: Went, objectives: Objectives, folder: Path, target: Target) -> Done:
    run = read_run(folder)
    lost = doubt_of_run(run.records, run.plan, run.ended)
    asked = [one for one in objectives.all if numbers(run.plan, one.endpoint)]

    def judge(plan: Plan, records: Records) -> list[Judgement]:
        generator = generator_error(records, plan, run.ended)
        return [judge_part(one, records, plan, generator) for one in asked]

    trouble = went.trouble or (lost.why if lost else "")
    judgements = judged_through(went.events, run.plan, run.records, went.stopped_at, judge, trouble=trouble)
    # The plan goes on for as long as a drill may; what came after the end of this one nobody was to ask.
    begins_at = run.plan.begins_at or went.stopped_at  # 0: it did not begin
    so_far, _ = cut(run.plan, run.records, begins_at, went.stopped_at, went.stopped_at)
    judged = JudgedRun(
        run,
        generator_error(run.records, so_far, run.ended),
        judgements,
        (),
        budget=None if lost else budget_of(run.records, run.plan, availability_min(objectives)),
    )
    marks = marks_of(went.events, run.plan.begins_at, went.stopped_at) if run.plan.begins_at else ()
    return done_judging(judged, target, marks)
