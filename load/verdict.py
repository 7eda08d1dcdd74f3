"""Judges the files that a run left: `python -m load.verdict DIR [--objectives FILE]`.

Prints the table and ends with 0 (every objective held), 1 (one did not), 3 (nobody can tell) or 4 (no such run).
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from checks.outcome import ExitCode
from load.budget import AVAILABILITY_MIN, Budget, budget_of
from load.doubts import doubt_of_run, generator_error
from load.drift import drift_of
from load.drill_events import EVENTS_FILE
from load.guard import LASTS_S_MAX, RATE_MAX_PER_S
from load.judge import judge
from load.judged import GeneratorError, Judgement, Verdict
from load.knee import Knee, knee_of
from load.load_file import LOAD_FILE
from load.load_profile import JudgedBy, profile_named
from load.objectives import DEFAULTS, Objective, Objectives, ObjectivesError, read_objectives
from load.offered import API, asked_s, numbers
from load.plan import ENDED_FILE, PLAN_FILE, RECORDS_FILE, Ended, Plan, read_plan
from load.records import RECORD, Records, read_records
from load.settles import settles_of


class RunError(Exception):
    """There is no run to judge; the text says what to give instead."""


@dataclass(frozen=True)
class Run:
    """The files of a run. `ended` None: the generator did not come to its end."""

    plan: Plan
    records: Records
    ended: Ended | None


@dataclass(frozen=True)
class JudgedRun:
    """A run and all that is said of it.

    `not_asked`: objectives of calls that are no part of this load, for the profile or the target has them not. They
    count for nothing, and the table names them.
    """

    run: Run
    generator: GeneratorError
    judgements: tuple[Judgement, ...]
    not_asked: tuple[Objective, ...]
    knee: Knee | None = None
    """Its stages, where the profile looks for the knee."""
    budget: Budget | None = None
    """What it would spend; None: nothing was asked, or the records are not all there."""

    @property
    def verdict(self) -> Verdict:
        """The worst one; a run of which nothing is judged is doubt."""
        found = {one.verdict for one in self.judgements}
        if Verdict.FAIL in found:
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in found or not found else Verdict.PASS

    @property
    def exit_code(self) -> ExitCode:
        codes = {Verdict.PASS: ExitCode.ALL_PASS, Verdict.FAIL: ExitCode.FAILED}
        return codes.get(self.verdict, ExitCode.UNKNOWN)


def judged_run(folder: Path, objectives: Objectives) -> JudgedRun:
    """What these objectives say of the run in this folder. Raises RunError where there is none that they judge."""
    run = read_run(folder)
    if any(stage.side == "b" for stage in run.plan.stages):
        raise RunError(f"{folder} holds a comparison of two builds: what came of it is in its {LOAD_FILE}")
    generator = generator_error(run.records, run.plan, run.ended)
    judged_by = _judged_by(run.plan)
    asked, not_asked = _divided(objectives, run.plan) if "objectives" in judged_by else ((), ())
    found = [judge(one, run.records, run.plan, generator, run.ended) for one in asked]
    knee = knee_of(objectives, run.records, run.plan, run.ended) if "knee" in judged_by else None
    if knee:
        found.append(knee.judgement)
    if "drift" in judged_by:
        found.append(drift_of(objectives.drift.p95_growth_max, run.records, run.plan, generator, run.ended))
    if "settles" in judged_by:
        found.append(settles_of(objectives, run.records, run.plan, run.ended))
    lost = doubt_of_run(run.records, run.plan, run.ended)
    budget = None if lost else budget_of(run.records, run.plan, availability_min(objectives))
    return JudgedRun(run, generator, tuple(found), not_asked, knee, budget)


def availability_min(objectives: Objectives) -> float:
    """The availability that the error budget is of; where no objective asks for one, the documented one."""
    return next((one.limit for one in objectives.all if one.name == "api.availability"), AVAILABILITY_MIN)


def read_run(folder: Path) -> Run:
    """The files of a run in this folder. Raises RunError where it has no plan; what else is not there is doubt."""
    try:
        plan = read_plan(folder / PLAN_FILE)
    except OSError as error:
        raise RunError(
            f"{folder} holds no run ({PLAN_FILE}: {error.strerror}); give the folder of its records"
        ) from None
    except ValueError as error:
        raise RunError(f"{folder / PLAN_FILE} is not the plan of a run: {str(error)[:200]}; run it again") from None
    if not _is_sound(plan):
        raise RunError(f"{folder / PLAN_FILE} is not the plan of a run: its figures make no sense; run it again")
    try:
        records = read_records(folder / RECORDS_FILE)
    except OSError:
        records = np.zeros(0, RECORD)
    return Run(plan, records, _ended(folder / ENDED_FILE))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m load.verdict", description="Judge the records of a load.")
    parser.add_argument("folder", type=Path, help="where the run left its records")
    parser.add_argument("--objectives", type=Path, default=DEFAULTS, metavar="FILE", help="TOML (default: FinChat 2.0)")
    try:
        asked = parser.parse_args(arguments)
    except SystemExit as ended:
        return ExitCode.USAGE if ended.code else ExitCode.ALL_PASS
    try:
        judged = judged_run(asked.folder, read_objectives(asked.objectives))
        if (asked.folder / EVENTS_FILE).exists():
            raise RunError(f"{asked.folder} holds a load through a drill: what came of it is in its {LOAD_FILE}")
    except (RunError, ObjectivesError) as error:
        print(error, file=sys.stderr)
        return ExitCode.USAGE
    from load.table import table

    try:
        print(table(judged), flush=True)
    except BrokenPipeError:  # whoever read has seen enough; what is still buffered goes nowhere, or the exit stumbles
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return judged.exit_code


def _is_sound(plan: Plan) -> bool:
    """Whether a generator could have kept it: what comes after may reckon with its figures."""
    at_s = 0.0
    for stage in plan.stages:
        if not (at_s <= stage.from_s < stage.to_s <= LASTS_S_MAX and 0 <= stage.rate_per_s <= RATE_MAX_PER_S):
            return False
        at_s = stage.to_s
    fractions = all(0 <= one.fraction <= 1 for one in plan.endpoints)
    sides = {stage.side for stage in plan.stages} == {one.side for one in plan.endpoints}
    return fractions and sides and plan.users > 0 and plan.seed >= 0 and bool(numbers(plan, API)) and asked_s(plan) > 0


def _ended(path: Path) -> Ended | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ended)
    except (OSError, ValueError):
        return None


def _judged_by(plan: Plan) -> tuple[JudgedBy, ...]:
    try:
        return profile_named(plan.profile).judged_by
    except (KeyError, ImportError):
        return ("objectives",)


def _divided(objectives: Objectives, plan: Plan) -> tuple[tuple[Objective, ...], tuple[Objective, ...]]:
    """Those of calls that the plan makes, and the others. A call that it makes and that nobody recorded is not among
    the others: that is doubt."""
    asked = tuple(one for one in objectives.all if numbers(plan, one.endpoint))
    return asked, tuple(one for one in objectives.all if one not in asked)


if __name__ == "__main__":
    sys.exit(main())
