"""The cache as the API counts it: how often it answers, and how often upstreams limited us."""

import pytest

from checks.outcome import require, unknown
from checks.runbook import Section
from checks.scrape import Ratio
from checks.scrape_state import Traffic
from checks.target import Objectives, Target


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.HEALTH_MONITORING, open=Section.CACHE_CORRUPTION)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.needs("metrics.cache_hits", "metrics.cache_misses")
def test_cache_answers_often(traffic: Traffic, target: Target, objectives: Objectives) -> None:
    assert target.metrics and target.metrics.cache_hits and target.metrics.cache_misses
    difference = traffic.since_last_run(target.metrics)
    hits = sum(gain.value for gain in difference.gained(target.metrics.cache_hits))
    misses = sum(gain.value for gain in difference.gained(target.metrics.cache_misses))
    if hits + misses < max(1, objectives.requests_min):
        seen = f"{hits + misses:g} in {difference.span_s:.0f} s"
        unknown("metrics.too_few", expected=f"{objectives.requests_min} look-ups since the last run", seen=seen)
    ratio, least = Ratio(hits, hits + misses), objectives.cache_hit_ratio_min
    require(ratio.value >= least, "cache.hit_rate", expected=f"at least {least:.0%} hits in the cache", seen=str(ratio))


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.HEALTH_MONITORING, open=Section.RATE_LIMITING)
@pytest.mark.depends_on("api_is_reachable")
@pytest.mark.needs("metrics.rate_limited")
def test_upstreams_do_not_limit_us(traffic: Traffic, target: Target, objectives: Objectives) -> None:
    assert target.metrics and target.metrics.rate_limited
    difference = traffic.since_last_run(target.metrics)
    hits = sum(gain.value for gain in difference.gained(target.metrics.rate_limited))
    most, seen = objectives.rate_limit_hits_max, f"{hits:g} in {difference.span_s:.0f} s"
    require(hits <= most, "metrics.rate_limited", expected=f"at most {most} since the last run", seen=seen)
