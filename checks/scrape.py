"""One reading of /metrics, and what happened between two of them.

Counters are judged by their difference, so the figures are those of the time since the last run. A counter that fell
was reset by a restart: what it reads now is then its whole difference, as Prometheus' `increase` takes it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from checks.exchange import Answer
from checks.outcome import fail, unknown
from checks.target import Metrics

_BODY_BYTES_MAX = 1024 * 1024

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sample:
    """A counter or gauge at one moment."""

    name: str
    labels: Labels
    value: float

    def label(self, name: str) -> str | None:
        return dict(self.labels).get(name)


@dataclass(frozen=True)
class Scrape:
    """The samples of one reading; `taken_at` is seconds since 1970."""

    taken_at: float
    samples: tuple[Sample, ...]
    declared: frozenset[str] = field(default=frozenset(), compare=False)

    def named(self, name: str) -> list[Sample]:
        """The samples of series `name`; none yet, where it is declared and has not counted anything."""
        found = [sample for sample in self.samples if sample.name == name]
        if not found and name not in self.declared:
            unknown("metrics.no_series", expected=f"a series {name} in /metrics", seen="none; name it in [metrics]")
        return found


@dataclass(frozen=True)
class Ratio:
    """`bad` of `total` events."""

    bad: float
    total: float

    @property
    def value(self) -> float:
        """As a fraction of 1. Raises ZeroDivisionError for nothing of nothing: that is doubt, not 0."""
        return self.bad / self.total

    def __str__(self) -> str:
        return f"{self.bad:g} of {self.total:g}" + (f" ({self.value:.1%})" if self.total else "")


def read_scrape(answer: Answer) -> Scrape:
    """The samples in a /metrics body; fails the check for a status, text or number that is none."""
    from prometheus_client.parser import text_string_to_metric_families

    if answer.status != 200:
        fail("metrics.status", expected="200 from /metrics", seen=answer.seen)
    if len(answer.body) > _BODY_BYTES_MAX:  # a MiB takes a second to parse
        seen = f"{len(answer.body)} from {answer.url}"
        fail("metrics.too_large", expected=f"at most {_BODY_BYTES_MAX} bytes of /metrics", seen=seen)
    samples, declared = list[Sample](), set[str]()
    try:
        for family in text_string_to_metric_families(answer.text()):
            declared |= {family.name, f"{family.name}_total", f"{family.name}_bucket"}
            samples += [Sample(s.name, tuple(sorted(s.labels.items())), float(s.value)) for s in family.samples]
    except (ValueError, KeyError, IndexError) as error:
        fail("metrics.malformed", expected="Prometheus text", seen=f"{str(error)[:120]} ({answer.seen})")
    if not samples:
        fail("metrics.empty", expected="at least one series in /metrics", seen=answer.seen)
    return Scrape(answer.received_at, tuple(samples), frozenset(declared))


def not_numbers(scrape: Scrape) -> list[str]:
    """Series whose value is NaN or, for a counter, less than nothing."""
    bad = [s for s in scrape.samples if math.isnan(s.value) or (s.name.endswith(("_total", "_count")) and s.value < 0)]
    return sorted({sample.name for sample in bad})


@dataclass(frozen=True)
class Difference:
    """What counters gained between two readings, our own probes left out where their label is known."""

    before: Scrape
    after: Scrape
    metrics: Metrics

    @property
    def span_s(self) -> float:
        return self.after.taken_at - self.before.taken_at

    def gained(self, name: str) -> list[Sample]:
        old = {(s.name, s.labels): s.value for s in self.before.samples}
        gains = []
        for sample in self._users(self.after.named(name)):
            earlier = old.get((sample.name, sample.labels), 0.0)
            gain = sample.value - earlier if sample.value >= earlier else sample.value
            if not (math.isfinite(gain) and gain >= 0):
                fail("metrics.not_a_number", expected=f"a count in {sample.name}", seen=f"{sample.value:g}")
            gains.append(Sample(sample.name, sample.labels, gain))
        return gains

    def server_errors(self) -> Ratio:
        """Answers with a 5xx status among all."""
        gains = self._by_status()
        return Ratio(sum(g.value for g in gains if self._status(g).startswith("5")), sum(g.value for g in gains))

    def failed_questions(self, paths: Iterable[str]) -> Ratio:
        """Questions not answered for a reason that is not the asker's (5xx and 429) among questions on `paths`."""
        asked = [gain for gain in self._by_status() if gain.label(self.metrics.path_label) in set(paths)]
        # 4xx apart from 429 are the asker's own: a misspelt ticker is no error of the service.
        judged = [gain for gain in asked if self._status(gain) == "429" or self._status(gain)[:1] in ("2", "5")]
        bad = sum(gain.value for gain in judged if not self._status(gain).startswith("2"))
        return Ratio(bad, sum(gain.value for gain in judged))

    def latency_buckets(self, paths: Iterable[str] | None = None) -> list[tuple[float, float]]:
        """Cumulative (upper bound in seconds, requests) of the time between, for `paths` or for all."""
        wanted = None if paths is None else set(paths)
        totals: dict[float, float] = {}
        for gain in self.gained(f"{self.metrics.duration}_bucket"):
            if wanted is None or gain.label(self.metrics.path_label) in wanted:
                bound = _bound(gain)
                totals[bound] = totals.get(bound, 0.0) + gain.value
        if totals and math.inf not in totals:  # without it, what is slower than the last bound is not counted
            fail("metrics.malformed", expected=f"{self.metrics.duration} with a +Inf bucket", seen="none")
        return sorted(totals.items())

    def _by_status(self) -> list[Sample]:
        gains = self.gained(self.metrics.requests)
        if any(gain.label(self.metrics.status_label) is None for gain in gains):
            label = self.metrics.status_label
            unknown(
                "metrics.no_label", expected=f"a label {label} on {self.metrics.requests}", seen="series without it"
            )
        return gains

    def _status(self, sample: Sample) -> str:
        return sample.label(self.metrics.status_label) or ""

    def _users(self, samples: list[Sample]) -> list[Sample]:
        label = self.metrics.probe_label
        return [s for s in samples if label is None or s.label(label) != self.metrics.probe_value]


def _bound(bucket: Sample) -> float:
    text = bucket.label("le")
    try:
        bound = float(text or "")
    except ValueError:
        bound = math.nan
    if math.isnan(bound):
        fail("metrics.malformed", expected=f"an upper bound `le` on each {bucket.name}", seen=repr(text))
    return bound


def quantile_bounds(buckets: list[tuple[float, float]], q: float) -> tuple[float, float]:
    """Between which two values quantile `q` lies: a histogram tells no more than the bucket. (0, 0) for no requests."""
    total = buckets[-1][1] if buckets else 0.0
    if total <= 0:
        return 0.0, 0.0
    lower = 0.0
    for bound, count in buckets:
        if count >= q * total:
            return lower, bound
        lower = bound
    return lower, math.inf
