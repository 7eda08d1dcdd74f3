"""The table at the end of a run: one line an objective, then what the generator was worth, then every reason. Pure."""

import math
import textwrap
from collections.abc import Mapping

from load import figures
from load.budget import DAYS, Budget
from load.judged import GeneratorError, Judgement, Verdict
from load.knee import Knee
from load.load_profile import CallName
from load.offered import stopped_at_s
from load.series import failures_of
from load.verdict import JudgedRun

WIDTH = 120
HEAD = ("objective", "wanted", "measured", "with 95 % confidence", "n", "verdict")
_TO_THE_RIGHT = {4}
_PAID = (CallName.QUESTION_FRESH, CallName.QUESTION_EDGAR)
"""What reaches OpenAI: not asked where that costs money."""
_HELD = {Verdict.PASS: "yes", Verdict.FAIL: "no", Verdict.INCONCLUSIVE: "?"}


def table(judged: JudgedRun) -> str:
    """All that a person needs of this run, as text."""
    rows = [HEAD, *(row(one) for one in judged.judgements)]
    widths = [max(len(line[column]) for line in rows) for column in range(len(HEAD))]
    lines = ["  ".join(_aligned(cell, widths[n], n) for n, cell in enumerate(line)).rstrip() for line in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    if not judged.judgements:
        lines = ["no objective asks for anything of this load"]
    knee = _stage_lines(judged.knee) if judged.knee else []
    budget = budget_lines(judged.budget) if judged.budget else []
    failures = failure_lines(failures_of(judged.run.records, judged.run.plan))
    below = generator_lines(judged.generator) + failures + budget
    parts = [[_title(judged)], lines, knee, below, *_reasons(judged)]
    return "\n\n".join("\n".join(part) for part in parts if part)


def row(one: Judgement) -> tuple[str, ...]:
    """The line of one objective."""
    at_least = one.measure in ("availability", "rate", "knee")
    sign = ">" if one.measure == "felt" else ">=" if at_least else "<="
    wanted = f"{sign} {figures.figure(one.limit, one.unit)}"
    measured = "-" if one.measured is None else figures.figure(one.measured, one.unit)
    return one.objective, wanted, measured, _bound(one, at_least), f"{one.n:,}", one.verdict.value


def generator_lines(generator: GeneratorError) -> list[str]:
    """What the generator itself was worth in this run."""
    made = f"{generator.made:,} of {generator.planned:,} planned requests by {generator.processes} process"
    made += "es" if generator.processes != 1 else ""
    lag = _pair(generator.lag_p50_s, generator.lag_p99_s)
    own_error = _pair(generator.own_error_p50_s, generator.own_error_p99_s)
    return [f"generator: {made}", f"           its lag {lag}; its own error {own_error}"]


def failure_lines(by_kind: Mapping[str, int], of: str = "failures:  ") -> list[str]:
    """How requests failed, where any did: no line of a load of which none did."""
    said = ", ".join(f"{kind} {n:,}" for kind, n in by_kind.items())
    return textwrap.wrap(f"{of}{said}", WIDTH, subsequent_indent=" " * len(of)) if said else []


def budget_lines(budget: Budget) -> list[str]:
    """What the run would spend of the error budget, and when somebody would be called."""
    up = figures.share(budget.availability_min)
    lines = [
        f"budget:    {budget.bad:,} of {budget.n:,} requests found the service down: {budget.burn_rate:.3g} times what "
        f"{up} allows, {figures.share(budget.spent)} of {DAYS} days' budget"
    ]
    for one in budget.alerts:
        windows = f"{figures.duration(one.long_s)} and {figures.duration(one.short_s)}"
        if one.fires_at_s is not None:
            when = f"fires {figures.duration(one.fires_at_s)} into the run"
        elif one.would_fire_at_s is not None:
            when = f"not in this run; if it went on like this, after {figures.duration(one.would_fire_at_s)}"
        else:
            when = "never, if it goes on like this"
        lines.append(f"           alert at {one.times:g} times ({windows}): {when}")
    return lines


def _stage_lines(knee: Knee) -> list[str]:
    head = ("asked", "achieved", "p95", "p99", "errors", "n", "held")
    rows = [head]
    for one in knee.stages:
        p95, p99 = ("-" if value is None else figures.time(value) for value in (one.p95_s, one.p99_s))
        errors = "-" if one.error_share is None else figures.share(one.error_share)
        rates = f"{one.asked_per_s:.3g}/s", f"{one.achieved_per_s:.3g}/s"
        rows.append((*rates, p95, p99, errors, f"{one.n:,}", _HELD[one.verdict]))
    widths = [max(len(line[column]) for line in rows) for column in range(len(head))]
    return ["  ".join(cell.rjust(widths[n]) for n, cell in enumerate(line)) for line in rows]


def _title(judged: JudgedRun) -> str:
    plan = judged.run.plan
    stopped = stopped_at_s(plan, judged.run.records)
    end = "" if stopped is None else f", stopped after {figures.duration(stopped)}"
    asked = f"{plan.planned:,.0f} requests in {figures.duration(plan.lasts_s)}"
    return f"load {plan.profile}: {asked}{end}: {judged.verdict.value}"


def _bound(one: Judgement, at_least: bool) -> str:
    if one.bound is None or math.isinf(one.bound):
        return "-"
    above = at_least is not (one.verdict is Verdict.FAIL)
    return f"{'>=' if above else '<='} {figures.figure(one.bound, one.unit)}"


def _pair(p50_s: float | None, p99_s: float | None) -> str:
    if p50_s is None or p99_s is None:
        return "not measured"
    return f"p50 {figures.time(p50_s)}, p99 {figures.time(p99_s)}"


def _reasons(judged: JudgedRun) -> list[list[str]]:
    found = [f"{one.objective}: {one.verdict.value} [{one.code}]: {one.why}" for one in judged.judgements if one.code]
    if judged.not_asked:
        names = ", ".join(one.name for one in judged.not_asked)
        money = "or its questions cost money (say `paid = false` under [openai] where they do not)"
        costs = any(one.endpoint in _PAID for one in judged.not_asked)
        why = f"the profile or the target has no such call{f', {money}' if costs else ''}"
        found.append(f"not asked for in this load, for {why}: {names}")
    return [textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_long_words=False) for text in found]


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column in _TO_THE_RIGHT else cell.ljust(width)
