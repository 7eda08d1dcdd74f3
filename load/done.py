"""What became of a load, for the tests, the terminal and the report alike."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from checks.target import Target
from load.compare import WORSE_MAX, compare
from load.compare_failures import MORE_MAX
from load.compare_table import lines_of
from load.compared import Change, Comparison, Row
from load.judged import Judgement, Verdict
from load.load_file import LoadFile, LoadMark
from load.objectives import Objectives
from load.offered import stopped_at_s
from load.plan import Side
from load.series import failures_of, load_file
from load.table import failure_lines, table
from load.verdict import JudgedRun, judged_run, read_run

COMPARISON = "comparison"
"""The name of the one objective of a comparison."""


@dataclass(frozen=True)
class Done:
    """A load that was sent, and what is said of it. `lines`: the closing table."""

    judgements: tuple[Judgement, ...]
    lines: tuple[str, ...]
    file: LoadFile
    measured: Target
    """Where the load went; of two that are compared, the new one."""

    def judgement(self, name: str) -> Judgement:
        """What is said of this objective. KeyError where nothing is."""
        return {one.objective: one for one in self.judgements}[name]


def done(folder: Path, objectives: Objectives, targets: Mapping[Side, Target]) -> Done:
    """What the files in this folder say of a load that went to these targets. Raises RunError where there are none."""
    if "b" in targets:
        return _done_comparing(folder, targets["b"], f"{targets['b'].name} against {targets['a'].name}")
    return done_judging(judged_run(folder, objectives), targets["a"])


def done_judging(judged: JudgedRun, target: Target, marks: Sequence[LoadMark] = ()) -> Done:
    """The same of a run whose objectives are judged."""
    run = judged.run
    stopped = stopped_at_s(run.plan, run.records)
    file = load_file(
        run.records,
        run.plan,
        target=target.name,
        judgements=judged.judgements,
        generator=judged.generator,
        marks=marks,
        ended_early_s=stopped and round(stopped, 1),
        budget=asdict(judged.budget) if judged.budget else None,
        knee=asdict(judged.knee) if judged.knee else None,
    )
    return Done(judged.judgements, tuple(table(judged).splitlines()), file, target)


def _done_comparing(folder: Path, newer: Target, named: str) -> Done:
    run = read_run(folder)
    compared = compare(run.plan, run.records, run.ended)
    judgements = (_of_comparison(compared), *(_of_row(row) for row in compared.rows))
    file = load_file(
        run.records,
        run.plan,
        target=named,
        judgements=judgements,
        generator=compared.generator,
        comparison=asdict(compared),
    )
    failures = [
        line
        for side in get_args(Side)
        for line in failure_lines(failures_of(run.records, run.plan, side), f"failures of {side.upper()}: ")
    ]
    *lines, words = lines_of(compared)
    return Done(judgements, (*lines, *failures, words), file, newer)


def _of_comparison(compared: Comparison) -> Judgement:
    worst = max((row.ratio for row in compared.rows if row.ratio is not None and not row.scarce), default=None)
    return Judgement(
        objective=COMPARISON,
        endpoint="api",
        measure="regression",
        verdict=_VERDICTS[compared.verdict],
        n=sum(row.n_a + row.n_b for row in compared.rows if row.measure == "p95"),
        bad=sum(row.bad_a + row.bad_b for row in compared.rows if row.measure == "p95"),
        limit=1 + WORSE_MAX,
        unit="ratio",
        measured=worst,
        code=compared.code or next((row.code for row in compared.rows if row.verdict is compared.verdict), ""),
        why=compared.words,
    )


def _of_row(row: Row) -> Judgement:
    """Of a p95, by which factor it is higher; of the failures, by which share of all requests they are more."""
    limit, measured = 1 + WORSE_MAX, row.ratio
    if row.measure == "error_rate":
        limit, measured = MORE_MAX, None if row.a is None or row.b is None else row.b - row.a
    return Judgement(
        objective=f"{row.endpoint}.{row.measure}.regression",
        endpoint=row.endpoint,
        measure="regression",
        verdict=_VERDICTS[row.verdict],
        n=row.n_a + row.n_b,
        bad=row.bad_a + row.bad_b,
        limit=limit,
        unit="ratio",
        measured=measured,
        bound=row.lower if row.verdict is Change.REGRESS else row.upper,
        code=row.code,
        why=row.why,
    )


_VERDICTS = {
    Change.REGRESS: Verdict.FAIL,
    Change.NO_REGRESSION: Verdict.PASS,
    Change.CANNOT_TELL: Verdict.INCONCLUSIVE,
}
