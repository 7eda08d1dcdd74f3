"""What users got since the last run, by the API's own counters, against the target file's objectives."""

import math

import pytest

from checks.outcome import require, unknown
from checks.runbook import Section
from checks.scrape import Difference, Ratio, not_numbers, quantile_bounds
from checks.scrape_state import Traffic
from checks.target import Metrics, Objectives, Target


@pytest.fixture
def metrics(target: Target) -> Metrics:
    """The names under which the API counts."""
    assert target.metrics
    return target.metrics


@pytest.fixture
def query_paths(target: Target, metrics: Metrics) -> list[str]:
    """The paths that questions are asked on."""
    return list(metrics.query_paths) or list(filter(None, [target.api.path("query")]))


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.HEALTH_MONITORING)
@pytest.mark.depends_on("api_is_reachable")
def test_api_metrics_are_numbers(traffic: Traffic) -> None:
    bad = not_numbers(traffic.now())
    require(
        not bad, "metrics.not_a_number", expected="numbers in /metrics", seen=f"NaN or less than 0 in {', '.join(bad)}"
    )


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.HEALTH_MONITORING, open=Section.HIGH_MEMORY)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.needs("metrics.memory")
def test_api_memory_is_bounded(traffic: Traffic, metrics: Metrics, objectives: Objectives) -> None:
    assert metrics.memory
    used_mb = sum(sample.value for sample in traffic.now().named(metrics.memory)) / 1e6
    most_mb = objectives.api_memory_mb_max
    require(used_mb <= most_mb, "api.memory", expected=f"at most {most_mb:g} MB of memory", seen=f"{used_mb:.0f} MB")


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.USER_IMPACT, open=Section.USER_IMPACT)
@pytest.mark.depends_on("api_is_reachable")
def test_questions_seldom_fail(
    traffic: Traffic, metrics: Metrics, objectives: Objectives, query_paths: list[str]
) -> None:
    difference = traffic.since_last_run(metrics)
    failed = _enough(difference.failed_questions(query_paths), difference, objectives)
    _require_ratio("api.error_rate", "questions failed", failed, objectives.error_ratio_max)


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.TRIAGE, open=Section.API_DOWN)
@pytest.mark.depends_on("api_is_reachable")
def test_server_errors_are_rare(traffic: Traffic, metrics: Metrics, objectives: Objectives) -> None:
    difference = traffic.since_last_run(metrics)
    failed = _enough(difference.server_errors(), difference, objectives)
    _require_ratio("api.server_errors", "answers with 5xx", failed, objectives.server_error_ratio_max)


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.PERFORMANCE, open=Section.HIGH_MEMORY)
@pytest.mark.depends_on("api_is_reachable")
def test_api_answers_fast(traffic: Traffic, metrics: Metrics, objectives: Objectives) -> None:
    difference = traffic.since_last_run(metrics)
    _require_p95("api.slow", difference, objectives, objectives.api_p95_s, None)


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.USER_IMPACT, open=Section.EXTERNAL_API)
@pytest.mark.depends_on("api_is_reachable")
def test_questions_are_answered_fast(
    traffic: Traffic, metrics: Metrics, objectives: Objectives, query_paths: list[str]
) -> None:
    difference = traffic.since_last_run(metrics)
    _require_p95("api.questions_slow", difference, objectives, objectives.query_p95_s, query_paths)


def _enough(ratio: Ratio, difference: Difference, objectives: Objectives) -> Ratio:
    if ratio.total < max(1, objectives.requests_min):
        unknown(
            "metrics.too_few",
            expected=f"{objectives.requests_min} requests of users since the last run",
            seen=f"{ratio.total:g} in {difference.span_s:.0f} s",
        )
    return ratio


def _require_ratio(code: str, what: str, ratio: Ratio, most: float) -> None:
    require(ratio.value <= most, code, expected=f"{what}: at most {most:.1%}", seen=str(ratio))


def _require_p95(
    code: str, difference: Difference, objectives: Objectives, limit_s: float, paths: list[str] | None
) -> None:
    buckets = difference.latency_buckets(paths)
    _enough(Ratio(0, buckets[-1][1] if buckets else 0), difference, objectives)
    low_s, high_s = quantile_bounds(buckets, 0.95)
    seen = f"between {low_s:g} and {high_s:g} s" if high_s < math.inf else f"more than {low_s:g} s"
    if low_s < limit_s < high_s:
        unknown("metrics.coarse", expected=f"buckets that tell whether p95 is within {limit_s:g} s", seen=seen)
    require(high_s <= limit_s, code, expected=f"95 % of answers within {limit_s:g} s", seen=f"p95 {seen}")
