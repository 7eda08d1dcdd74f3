"""What the service measures, as Prometheus metrics on a registry of its own."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE

from finchat_sec_qa import errors

__all__ = ["CONTENT_TYPE", "Metrics", "Recent"]

_PAGE_BYTES = 4096
_DURATION_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40)
_BUCKET_S = 10


@dataclass
class _Bucket:
    number: int
    requests: int = 0
    failures: int = 0
    total_s: float = 0.0


class Recent:
    """The requests of the last minutes, in buckets of 10 s."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, keep_s: float = 300) -> None:
        self._clock = clock
        self._buckets: deque[_Bucket] = deque(maxlen=int(keep_s / _BUCKET_S))

    def add(self, duration_s: float, failed: bool) -> None:
        number = int(self._clock() / _BUCKET_S)
        if not self._buckets or self._buckets[-1].number != number:
            self._buckets.append(_Bucket(number))
        bucket = self._buckets[-1]
        bucket.requests += 1
        bucket.failures += failed
        bucket.total_s += duration_s

    def mean_s(self, within_s: float) -> float:
        """The mean duration; 0 when there was no request."""
        buckets = self._within(within_s)
        return sum(bucket.total_s for bucket in buckets) / max(1, sum(bucket.requests for bucket in buckets))

    def failure_share(self, within_s: float) -> float:
        """The share of requests that failed, 0 to 1; 0 when there was no request."""
        buckets = self._within(within_s)
        return sum(bucket.failures for bucket in buckets) / max(1, sum(bucket.requests for bucket in buckets))

    def _within(self, within_s: float) -> list[_Bucket]:
        oldest = int((self._clock() - within_s) / _BUCKET_S)
        return [bucket for bucket in list(self._buckets) if bucket.number > oldest]


class Metrics:
    """All metrics. Labels have few values, known beforehand, and every error counter stands at 0 from the start."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        # A second series for each counter, with the time of its creation, would tell nobody anything.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.recent = Recent(clock)
        registry = self.registry
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "finchat_http_requests",
            "Answered HTTP requests; client is probe for those with the header X-FinChat-Probe.",
            ["method", "path", "status", "client"],
            registry=registry,
        )
        self.duration = Histogram(
            "finchat_http_request_duration_seconds",
            "Time to answer an HTTP request.",
            ["method", "path", "client"],
            buckets=_DURATION_BUCKETS_S,
            registry=registry,
        )
        Gauge(
            "finchat_response_time_seconds",
            "Mean time to answer in the last minute; questions and risk assessments only, 0 without any.",
            registry=registry,
        ).set_function(lambda: self.recent.mean_s(60))
        Gauge(
            "finchat_error_rate",
            "Share of answers with a 5xx status in the last 5 minutes; questions and risk assessments only.",
            registry=registry,
        ).set_function(lambda: self.recent.failure_share(300))
        Gauge("finchat_memory_bytes", "Resident memory of this process.", registry=registry).set_function(_memory)
        self.errors = Counter("finchat_errors", "Errors by code.", ["code"], registry=registry)
        self.queries = Counter("finchat_qa_queries", "Questions.", ["mode", "outcome"], registry=registry)
        self.service_health = Gauge(
            "finchat_service_health", "1 ok, 0.5 degraded, 0 failed.", ["service"], registry=registry
        )
        self.cache_hits = Counter("finchat_cache_hits", "Found in the cache.", ["kind"], registry=registry)
        self.cache_misses = Counter("finchat_cache_misses", "Not found in the cache.", ["kind"], registry=registry)
        self.cache_corrupt = Counter("finchat_cache_corrupt", "Cache files that could not be read.", registry=registry)
        self.cache_entries = Gauge("finchat_cache_entries", "Files in the cache.", registry=registry)
        self.rate_limited = Counter(
            "finchat_rate_limited",
            "Answers of an upstream that say: too many requests.",
            ["upstream"],
            registry=registry,
        )
        self.upstream_failures = Counter(
            "finchat_upstream_request_failures",
            "Calls to an upstream that failed after all retries.",
            ["upstream", "code"],
            registry=registry,
        )
        self.circuit_state = Gauge(
            "finchat_circuit_state", "0 closed, 1 half open, 2 open.", ["upstream"], registry=registry
        )
        for leaf in errors.leaves(errors.FinChatError):
            self.errors.labels(leaf.code)
            if leaf.upstream:
                self.upstream_failures.labels(leaf.upstream, leaf.code)
                self.rate_limited.labels(leaf.upstream)
        self.errors.labels(errors.FinChatError.code)
        for mode in ("live", "cache", "fallback"):
            for outcome in ("answered", "refused", "failed"):
                self.queries.labels(mode, outcome)
        for kind in ("tickers", "submissions", "filing", "answer"):
            self.cache_hits.labels(kind)
            self.cache_misses.labels(kind)

    def text(self) -> bytes:
        return generate_latest(self.registry)


def _memory() -> float:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    except OSError:  # not on Linux
        return 0
