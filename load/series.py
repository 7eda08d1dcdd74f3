"""From the raw records of a run to what its pictures show: bins, curves, rates. Pure.

A failed call is never a fast one: it ranks behind every answer, as for the judge, who counts it as bad.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import get_args

import numpy as np
import numpy.typing as npt

from load import bounds, offered
from load.judged import GeneratorError, Judgement
from load.load_file import Bin, EndpointSeries, Failures, Limit, LoadFile, LoadMark, Rates
from load.offered import API
from load.plan import Plan, Side
from load.records import Answered, Records, failed, latency_s

BINS_MAX = 240
"""More are not told apart in a picture that is 1,000 pixels wide."""
CURVE_POINTS = 60
KINDS_MAX = 6
"""So many kinds of failure are told apart; the rarer ones are one more."""
OTHER = "other"

_BINS_S = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_NAMED_QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)
_WORDS: dict[int, str] = {
    Answered.WRONG_BODY: "wrong answer",
    Answered.NO_ANSWER: "no answer",
    Answered.TIMED_OUT: "timed out",
    Answered.UNSTARTED: "never asked",
    Answered.FALLBACK: "fallback answer",
}

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def load_file(
    records: Records,
    plan: Plan,
    *,
    target: str,
    judgements: Iterable[Judgement],
    generator: GeneratorError,
    marks: Sequence[LoadMark] = (),
    ended_early_s: float | None = None,
    budget: Mapping[str, object] | None = None,
    knee: Mapping[str, object] | None = None,
    comparison: Mapping[str, object] | None = None,
) -> LoadFile:
    """What the report shows of this run. `ended_early_s`: the second at which it was stopped, where it was."""
    judged = tuple(judgements)
    lasts_s = plan.lasts_s if ended_early_s is None else min(ended_early_s, plan.lasts_s)
    bin_s = bin_for(lasts_s)
    calls = offered.judged(plan, records)
    sides = _sides(plan)
    return LoadFile(
        profile=plan.profile,
        target=target,
        begins_at=plan.begins_at,
        lasts_s=plan.lasts_s,
        ended_early_s=ended_early_s,
        bin_s=bin_s,
        generator=generator,
        endpoints=tuple(_endpoints(calls, plan, judged, lasts_s, bin_s)),
        throughput=tuple(one for side in sides for one in _rates(_of(calls, plan, side), plan, side, lasts_s, bin_s)),
        failures=tuple(one for side in sides for one in _failures(_of(calls, plan, side), plan, side, lasts_s, bin_s)),
        marks=tuple(sorted((*_marks_of(plan, ended_early_s, marks), *marks), key=lambda mark: mark.at_s)),
        judgements=judged,
        budget=budget,
        knee=knee,
        comparison=comparison,
    )


def failures_of(records: Records, plan: Plan, side: Side = "a") -> dict[str, int]:
    """How many requests of this side failed in which way, the most frequent first. Empty: none did."""
    calls = _of(offered.judged(plan, records), plan, side)
    bad = calls[failed(calls)]
    return {kind: int(n.sum()) for kind, n in _by_kind(bad, np.zeros(len(bad), np.int64), 1).items()}


def bin_for(lasts_s: float) -> float:
    """The seconds of a bin, so that a run of this length has at most BINS_MAX."""
    return next((one for one in _BINS_S if lasts_s / one <= BINS_MAX), lasts_s / BINS_MAX)


def ranked_s(records: Records) -> Numbers:
    """The latencies, shortest first, without what nobody knows; infinite for what failed."""
    known = records[records["answered"] != Answered.CUT_OFF]
    return np.sort(np.where(failed(known), np.inf, latency_s(known)))


def quantile_s(ranked: Numbers, quantile: float) -> float | None:
    """The least latency that this share of the calls did not exceed. None: the call of that rank failed, or none is."""
    return _seconds(bounds.quantile(ranked, quantile)) if len(ranked) else None


def curve_of(ranked: Numbers) -> Iterator[tuple[float, float | None]]:
    """The percentile curve up to 1 - 1/n: beyond it n calls say nothing."""
    n = len(ranked)
    if not n:
        return
    last = 1.0 - 1.0 / n
    spaced = 1.0 - np.geomspace(1.0, 1.0 / n, CURVE_POINTS)
    wanted = {round(float(one), 9) for one in (*spaced, *_NAMED_QUANTILES) if one <= last}
    for quantile in sorted(wanted):
        yield quantile, quantile_s(ranked, quantile)


def _endpoints(
    calls: Records, plan: Plan, judged: tuple[Judgement, ...], lasts_s: float, bin_s: float
) -> Iterator[EndpointSeries]:
    names = list(dict.fromkeys(endpoint.name for endpoint in plan.endpoints))
    for name in (API, *names):
        for side in _sides(plan):
            ours = _of(calls, plan, side, name)
            known = ours[ours["answered"] != Answered.CUT_OFF]
            yield EndpointSeries(
                name=name,
                side=side,
                n=len(known),
                failed=int(failed(known).sum()),
                limits=tuple(_limits(name, judged)),
                bins=tuple(_bins(known, plan, lasts_s, bin_s)),
                curve=tuple(curve_of(ranked_s(known))),
            )


def _bins(known: Records, plan: Plan, lasts_s: float, bin_s: float) -> Iterator[Bin]:
    due = _bin_numbers(known, plan, lasts_s, bin_s)
    order = np.argsort(due, kind="stable")
    starts = np.searchsorted(due[order], np.arange(1, _bin_count(lasts_s, bin_s)))
    for number, inside in enumerate(np.split(known[order], starts)):
        ranked = ranked_s(inside)
        yield Bin(
            at_s=number * bin_s,
            n=len(inside),
            failed=int(failed(inside).sum()),
            p50_s=quantile_s(ranked, 0.5),
            p95_s=quantile_s(ranked, 0.95),
            max_s=_seconds(answered.max()) if len(answered := ranked[np.isfinite(ranked)]) else None,
        )


def _limits(name: str, judged: tuple[Judgement, ...]) -> Iterator[Limit]:
    for one in judged:
        if one.endpoint == name and one.unit == "s" and one.measure.startswith("p"):
            quantile = round(float(one.measure[1:]) / 100, 9)
            yield Limit(objective=one.objective, quantile=quantile, limit_s=one.limit, verdict=one.verdict)


def _rates(calls: Records, plan: Plan, side: Side, lasts_s: float, bin_s: float) -> Iterator[Rates]:
    ends_s = calls["end"] - plan.begins_at
    over_s = max(lasts_s, float(ends_s.max())) if len(calls) else lasts_s
    count = _bin_count(over_s, bin_s)
    edges = np.arange(count + 1) * bin_s
    # The schedule ends within its last bin, and answers come after it.
    asked_widths = np.clip(lasts_s - edges[:-1], None, bin_s)
    bad, well = failed(calls), calls["answered"] == Answered.WELL
    asked = np.histogram(calls["intended"] - plan.begins_at, edges)[0]
    answered, missed = (np.histogram(ends_s[which], edges)[0] for which in (well, bad))
    for number in range(count):
        width_s = float(asked_widths[number])
        yield Rates(
            at_s=number * bin_s,
            asked_per_s=round(float(asked[number]) / width_s, 3) if width_s > 0 else 0.0,
            answered_per_s=round(float(answered[number]) / bin_s, 3),
            failed_per_s=round(float(missed[number]) / bin_s, 3),
            side=side,
        )


def _failures(calls: Records, plan: Plan, side: Side, lasts_s: float, bin_s: float) -> Iterator[Failures]:
    bad = calls[failed(calls)]
    by_kind = _by_kind(bad, _bin_numbers(bad, plan, lasts_s, bin_s), _bin_count(lasts_s, bin_s))
    for kind, by_bin in by_kind.items():
        yield Failures(kind=kind, n=int(by_bin.sum()), by_bin=tuple(by_bin.tolist()), side=side)


def _by_kind(bad: Records, numbers: npt.NDArray[np.int64], count: int) -> dict[str, npt.NDArray[np.int64]]:
    """How many of each kind in each of so many bins; `numbers`: the bin of each."""
    kinds = [(_kind(int(answered), int(status)), answered, status) for answered, status in _distinct(bad)]
    counted = []
    for kind, answered, status in kinds:
        inside = (bad["answered"] == answered) & (bad["status"] == status)
        counted.append((kind, np.bincount(numbers[inside], minlength=count)))
    merged: dict[str, npt.NDArray[np.int64]] = {}
    for kind, by_bin in sorted(counted, key=lambda one: -int(one[1].sum())):
        name = kind if kind in merged or len(merged) < KINDS_MAX else OTHER
        merged[name] = merged[name] + by_bin if name in merged else by_bin
    return merged


def _distinct(bad: Records) -> list[tuple[int, int]]:
    pairs = np.unique(np.stack([bad["answered"], bad["status"]], axis=1), axis=0) if len(bad) else np.empty((0, 2))
    return [(int(answered), int(status)) for answered, status in pairs]


def _kind(answered: int, status: int) -> str:
    """Records that are none of the generator's have a kind that nobody knows."""
    return f"status {status}" if answered == Answered.WRONG_STATUS else _WORDS.get(answered, OTHER)


def _marks_of(plan: Plan, ended_early_s: float | None, marks: Sequence[LoadMark]) -> Iterator[LoadMark]:
    # The sides of a comparison take turns: its pictures show which is which by colour.
    stages = plan.stages if len(plan.stages) > 1 and len(_sides(plan)) == 1 else ()
    for stage in stages:
        rate = f"{stage.rate_per_s:g}/s"
        yield LoadMark(label=f"{stage.name}, {rate}" if stage.name else rate, at_s=stage.from_s, kind="stage")
    if ended_early_s is not None and not any(mark.kind == "stop" for mark in marks):
        yield LoadMark(label="stopped early", at_s=ended_early_s, kind="stop")


def _of(calls: Records, plan: Plan, side: Side, name: str = API) -> Records:
    numbers = [n for n, one in enumerate(plan.endpoints) if one.side == side and name in (API, one.name)]
    return calls[np.isin(calls["endpoint"], numbers)]


def _sides(plan: Plan) -> list[Side]:
    used = {endpoint.side for endpoint in plan.endpoints}
    return [side for side in get_args(Side) if side in used]


def _bin_numbers(records: Records, plan: Plan, lasts_s: float, bin_s: float) -> npt.NDArray[np.int64]:
    numbers = ((records["intended"] - plan.begins_at) / bin_s).astype(np.int64)
    return np.clip(numbers, 0, _bin_count(lasts_s, bin_s) - 1)


def _bin_count(lasts_s: float, bin_s: float) -> int:
    return max(1, math.ceil(round(lasts_s / bin_s, 9)))


def _seconds(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None
