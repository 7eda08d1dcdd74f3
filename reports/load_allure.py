"""Puts into Allure's results of a run of load what load.json holds: for each objective its verdict and why, what was
measured against what, and the pictures.

Done in the result files when all are written, for the pictures are of the whole run.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reports.chart_scale import seconds
from reports.fields import objects_in
from reports.load_pictures import API, curves, failures, latency, throughput
from reports.load_record import Load, LoadJudgement, read_load
from reports.record import write_atomically

LABEL = "load"
"""The label of a result that holds the name of its objective."""

_AT_LEAST = ("availability", "rate", "knee")
"""What may not be fallen short of; all else may not be exceeded."""

Attachment = Mapping[str, object]


def tell(results: Path, load: Load | Path) -> int:
    """Adds to the results in this directory what the run's record, or its load.json, says of their objectives.

    How many there were. Raises LoadFileError or OSError.
    """
    run = load if isinstance(load, Load) else read_load(load)
    by_name = {one.objective: one for one in run.judgements}
    pictures = _Pictures(run, results)
    told = 0
    for path in sorted(results.glob("*-result.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        named = [str(label["value"]) for label in objects_in(result.get("labels")) if label["name"] == LABEL]
        judgement = by_name.get(named[0]) if named else None
        if judgement is None:
            continue
        attachments = [*objects_in(result.get("attachments")), *pictures.of(judgement.endpoint)]
        more = {"name": name_of(run, judgement), "description": _description(run, judgement)}
        write_atomically(path, json.dumps({**result, **more, "attachments": attachments}))
        told += 1
    return told


def name_of(load: Load, one: LoadJudgement) -> str:
    """The objective as a sentence: "baseline: question.p95 at most 5 s"."""
    wanted = "at least" if one.measure in _AT_LEAST else "more than" if one.measure == "felt" else "at most"
    return f"{load.profile}: {one.objective} {wanted} {_value(one.limit, one.unit)}"


@dataclass
class _Pictures:
    """The pictures of a run: each is made once, and written for every result that shows it.

    SOURCE: Allure 3.18 shows a file in one result only, and calls it missed in the others (store/convert.js).
    """

    load: Load
    results: Path
    made: dict[str, str] = field(default_factory=dict)
    written: int = 0

    def of(self, endpoint: str) -> list[Attachment]:
        """What a result of this endpoint's objectives shows; of all calls together, all four pictures."""
        load, names = self.load, [one.name for one in self.load.endpoints]
        if endpoint != API and endpoint in names:
            return [
                self._shown("latency over time", endpoint, lambda: latency(load, [endpoint])),
                self._shown("percentiles of latency", endpoint, lambda: curves(load, [endpoint])),
            ]
        return [
            self._shown("latency over time", API, lambda: latency(load)),
            self._shown("percentiles of latency", API, lambda: curves(load)),
            self._shown("throughput", API, lambda: throughput(load)),
            self._shown("failures over time", API, lambda: failures(load)),
            *self._figures(),
        ]

    def _figures(self) -> Iterator[Attachment]:
        """What else the run was judged by, where it was, in figures."""
        all_figures = {"budget": self.load.budget, "knee": self.load.knee, "comparison": self.load.comparison}
        for name, figures in all_figures.items():
            if figures:
                text = f"{json.dumps(figures, indent=2)}\n"
                yield self._written(name, text, ("text/plain", "txt"))

    def _shown(self, name: str, endpoint: str, make: Callable[[], str]) -> Attachment:
        key = f"{name} of {endpoint}"
        if key not in self.made:
            self.made[key] = make()
        return self._written(name, self.made[key], ("image/svg+xml", "svg"))

    def _written(self, name: str, content: str, kind: tuple[str, str]) -> Attachment:
        # A number and no name: that of an endpoint may hold what no file's name may.
        source = f"load-{self.written}-attachment.{kind[1]}"
        self.written += 1
        write_atomically(self.results / source, content)
        return {"name": name, "source": source, "type": kind[0]}


def _description(load: Load, one: LoadJudgement) -> str:
    bound = "" if one.bound is None else f", 95 % bound {_value(one.bound, one.unit)}"
    generator = load.generator
    lag, own = (_value(value, "s") for value in (generator.lag_p99_s, generator.own_error_p99_s))
    return "\n\n".join(
        [
            f"**{one.verdict}**: {one.why}" if one.why else f"**{one.verdict}**",
            f"Measured: {_value(one.measured, one.unit)}{bound}; {one.bad:,} bad of {one.n:,} calls.",
            f"The generator's own error: {lag} late at p99, {own} at its endpoint of known latency at p99; "
            f"{generator.made:,} of {generator.planned:,} planned calls made.",
            *([f"Code: `{one.code}`"] if one.code else []),
        ]
    )


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "not measured"
    if unit == "s":
        return seconds(value)
    return f"{value * 100:.4g} %" if unit == "ratio" else f"{value:,.4g}/s"
