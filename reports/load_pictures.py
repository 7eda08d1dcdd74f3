"""The four pictures of a run of load: latency over time, percentile curve, throughput, failures. SVG, pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from reports.chart import svg
from reports.chart_parts import Band, Bars, Chart, Level, Line, Mark, Panel
from reports.chart_scale import elapsed, rank_scale, seconds, time_scale, value_scale
from reports.load_record import Load, LoadEndpoint, LoadLimit, LoadRates

API = "api"
_ALL = "all calls"

_ONE, _SEVERAL = 260.0, 150.0
"""The height of a panel that stands alone, and of one among others."""


def latency(load: Load, names: Sequence[str] = ()) -> str:
    """Latency over time, a panel for each endpoint (of these names, where there are any), with its objectives."""
    chosen = _names(load, names)
    panels = tuple(_latency_panel(load, name, _ONE if len(chosen) == 1 else _SEVERAL) for name in chosen)
    return svg(_over_time(load, "Latency over time", _verdicts(load, chosen), panels, _tally(load, chosen)))


def curves(load: Load, names: Sequence[str] = ()) -> str:
    """The percentile curve of each endpoint, with the objectives at their quantiles."""
    lines, levels = [], []
    for number, name in enumerate(_names(load, names)):
        for one in _sides(load, name):
            known = tuple((quantile, value) for quantile, value in one.curve if value is not None)
            lost = tuple(quantile for quantile, value in one.curve if value is None)[:1]
            label = _label(load, one)
            place = (number, number) if not _compared(load) else (number, 0 if one.side == "a" else 1)
            colour = number if not _compared(load) else 2 * number + (one.side == "b")
            lines.append(Line(label, known, colour, place[1], lost=lost))
        levels += [
            Level(f"{limit.objective} ≤ {seconds(limit.limit_s)}: {limit.verdict}", limit.limit_s, _around(limit))
            for limit in _limits(load, name)
        ]
    last = max((one.curve[-1][0] for one in load.endpoints if one.curve), default=0.0)
    last = max([last, *(level.span[1] for level in levels if level.span)])
    values = [value for line in lines for _, value in line.points if value is not None]
    empty = "" if values else "No call was answered."
    y = value_scale([*values, *(level.at for level in levels)], "s")
    panel = Panel("", y, tuple(lines), levels=tuple(levels), height=380.0, note=empty)
    return svg(
        Chart(
            title=_title(load, "Percentiles of latency"),
            subtitle="Of 100 calls, so many were answered within this time; failed calls rank behind all answers. "
            "Even in log(1 / (1 - q)).",
            said=_verdicts(load, _names(load, names)),
            x=rank_scale(last),
            x_title="share of the calls",
            panels=(panel,),
        )
    )


def throughput(load: Load) -> str:
    """Calls per second: due, answered, failed."""
    lines, wide_s = [], load.bin_s
    for number, side in enumerate(sorted({one.side for one in load.throughput})):
        rates = [one for one in load.throughput if one.side == side and (_is_busy(one) or not _compared(load))]
        # The schedule ends where the run does; answers come after it.
        due = [one for one in rates if one.at_s < _over_s(load) and (one.asked_per_s or not _compared(load))]
        whose = f", {_build(side)}" if _compared(load) else ""
        lines += [
            Line("asked", _steps([(r.at_s, r.asked_per_s) for r in due], wide_s), 7, 1, True, 3.0),
            Line(f"answered{whose}", _steps([(r.at_s, r.answered_per_s) for r in rates], wide_s), number, 0, True),
            Line(f"failed{whose}", _steps([(r.at_s, r.failed_per_s) for r in rates], wide_s), 3 + number, 2, True, 2.2),
        ]
    y = value_scale(value for line in lines for _, value in line.points if value is not None)
    asked, made = load.generator.planned, load.generator.made
    said = f"{made:,} of {asked:,} planned calls were made."
    panel = Panel("calls per second", y, tuple(lines))
    return svg(_over_time(load, "Throughput", said, (panel,)))


def failures(load: Load) -> str:
    """Failed calls by the moment at which they were due, by kind."""
    kinds = load.failures
    totals: dict[int, int] = {}
    for one in kinds:
        for number, count in enumerate(one.by_bin):
            totals[number] = totals.get(number, 0) + count
    bars = tuple(
        Bars(
            f"{one.kind}: {one.n:,}{f', {_build(one.side)}' if _compared(load) else ''}",
            tuple((number * load.bin_s, float(count)) for number, count in enumerate(one.by_bin)),
            load.bin_s,
            colour,
        )
        for colour, one in enumerate(kinds)
    )
    n = sum(one.n for one in _sides(load, API))
    bad = sum(one.n for one in kinds)
    said = f"{bad:,} of {n:,} calls failed." if bad else f"No call failed: all {n:,} were answered as they should be."
    note = "" if bad else said if n else "No call was made."
    panel = Panel(
        f"failed calls in {elapsed(load.bin_s)}",
        value_scale(map(float, totals.values()), "count"),
        bars=bars,
        note=note,
    )
    panel = panel if bad else replace(panel, height=_SEVERAL)
    return svg(_over_time(load, "Failures over time", note or said, (panel,)))


def _over_time(load: Load, title: str, said: str, panels: tuple[Panel, ...], tally: str = "") -> Chart:
    begins = datetime.fromtimestamp(load.begins_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    lasted = elapsed(round(_over_s(load), 1))
    lasted += f" of {elapsed(load.lasts_s)}: stopped early" if load.ended_early_s is not None else ""
    last_s = max([_over_s(load), *(line.points[-1][0] for panel in panels for line in panel.lines if line.points)])
    return Chart(
        title=_title(load, title),
        subtitle=f"Begins {begins}, lasts {lasted}; each point is {elapsed(load.bin_s)}. {tally or said}",
        said=said,
        x=time_scale(last_s),
        x_title="time since the run began",
        panels=panels,
        marks=tuple(Mark(mark.label, mark.at_s, mark.kind) for mark in load.marks),
        bands=tuple(_bands(load)),
    )


def _bands(load: Load) -> Iterator[Band]:
    """From each fault to the recovery that follows, or to the end."""
    for fault in (mark for mark in load.marks if mark.kind == "fault"):
        ends = [mark.at_s for mark in load.marks if mark.kind == "recovered" and mark.at_s > fault.at_s]
        yield Band("from the fault to the recovery", fault.at_s, min([*ends, _over_s(load)]))


def _latency_panel(load: Load, name: str, height: float) -> Panel:
    lines = [line for one in _sides(load, name) for line in _latency_lines(load, one)]
    limits = _limits(load, name)
    levels = [_level(limit) for limit in limits]
    values = [value for line in lines for _, value in line.points if value is not None]
    n = ", ".join(f"{one.n:,} calls{_whose(load, one)}" for one in _sides(load, name))
    scale = value_scale([*values, *(limit.limit_s for limit in limits)], "s")
    note = (
        "" if values else "No call was answered." if any(one.n for one in _sides(load, name)) else "No call was made."
    )
    return Panel(f"{_named(name)}: {n}", scale, tuple(lines), levels=tuple(levels), height=height, note=note)


def _latency_lines(load: Load, one: LoadEndpoint) -> Iterator[Line]:
    middle_s = load.bin_s / 2

    def line(label: str, values: Sequence[float | None], colour: int, dash: int, thick: float) -> Line:
        points = tuple((each.at_s + middle_s, value) for each, value in zip(one.bins, values, strict=True))
        lost = tuple(at_s for (at_s, value), each in zip(points, one.bins, strict=True) if value is None and each.n)
        return Line(label, points, colour, dash, thick=thick, lost=lost)

    p50_s, p95_s, max_s = ([getattr(each, field) for each in one.bins] for field in ("p50_s", "p95_s", "max_s"))
    if _compared(load):
        number, whose = (0, "a") if one.side == "a" else (1, "b")
        yield line(f"median, {_build(whose)}", p50_s, number, 1, 1.4)
        yield line(f"p95, {_build(whose)}", p95_s, number, 0, 2.2)
    else:
        yield line("longest answer", max_s, 7, 2, 1.6)
        yield line("p95", p95_s, 1, 0, 2.0)
        yield line("median", p50_s, 0, 1, 1.8)


def _level(limit: LoadLimit) -> Level:
    return Level(f"p{limit.quantile * 100:.10g} ≤ {seconds(limit.limit_s)}: {limit.verdict}", limit.limit_s)


def _limits(load: Load, name: str) -> list[LoadLimit]:
    """The objectives of latency of an endpoint, each once: both sides have the same."""
    return list({limit.objective: limit for one in reversed(_sides(load, name)) for limit in one.limits}.values())


def _around(limit: LoadLimit) -> tuple[float, float]:
    """From and to which quantile the short line of an objective goes."""
    rest = 1 - limit.quantile
    return max(0.0, 1 - rest * 1.35), 1 - rest / 1.35


def _steps(points: Sequence[tuple[float, float]], wide_s: float) -> tuple[tuple[float, float | None], ...]:
    """Each value to the end of its bin; a gap where bins are left out."""
    found: list[tuple[float, float | None]] = []
    for at_s, value in points:
        if found and at_s - found[-1][0] > wide_s / 2:
            found.append((at_s, None))
        found += [(at_s, value), (at_s + wide_s, value)]
    return tuple(found)


def _is_busy(one: LoadRates) -> bool:
    """Whether it is the turn of this side."""
    return bool(one.asked_per_s or one.answered_per_s or one.failed_per_s)


def _sides(load: Load, name: str) -> list[LoadEndpoint]:
    return [one for one in load.endpoints if one.name == name]


def _names(load: Load, names: Sequence[str]) -> list[str]:
    """The endpoints to show. All calls together are no more than the only endpoint, unless more is wanted of them."""
    there = list(dict.fromkeys(one.name for one in load.endpoints))
    if chosen := [name for name in there if name in names]:
        return chosen
    return there[1:] if len(there) == 2 and not _limits(load, API) else there


def _compared(load: Load) -> bool:
    return any(one.side == "b" for one in load.endpoints)


def _build(side: str) -> str:
    return f"build {side}"


def _whose(load: Load, one: LoadEndpoint) -> str:
    return f" of {_build(one.side)}" if _compared(load) else ""


def _named(name: str) -> str:
    return _ALL if name == API else name


def _label(load: Load, one: LoadEndpoint) -> str:
    return f"{_named(one.name)}, {_build(one.side)}" if _compared(load) else _named(one.name)


def _title(load: Load, title: str) -> str:
    return f"{title}: {load.profile} load on {load.target}"


def _verdicts(load: Load, names: Sequence[str]) -> str:
    said = [f"{one.objective}: {one.verdict}" for one in load.judgements if one.endpoint in names]
    return "; ".join(said) + "." if said else ""


def _tally(load: Load, names: Sequence[str]) -> str:
    verdicts = Counter(str(one.verdict) for one in load.judgements if one.endpoint in names)
    return f"Objectives: {', '.join(f'{n} {verdict}' for verdict, n in verdicts.items())}." if verdicts else ""


def _over_s(load: Load) -> float:
    return load.lasts_s if load.ended_early_s is None else load.ended_early_s
