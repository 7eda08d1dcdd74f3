"""The logs of the last minutes: errors, server errors, rate limits. A log file that is missing is a failure, not 0."""

import statistics

import pytest

from checks.log_files import LogTail, error_lines, rate_limit_lines, response_times_ms, server_errors
from checks.outcome import require, unknown
from checks.runbook import Section
from checks.scrape import Ratio
from checks.target import Objectives, Target


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.LOG_ANALYSIS, open=Section.API_DOWN)
def test_application_log_shows_few_errors(app_log: LogTail, objectives: Objectives) -> None:
    found = error_lines(app_log.recent(objectives.log_window_s))
    seen = f"{len(found)}, the last: {found[-1]}" if found else "none"
    most, minutes = objectives.log_errors_max, objectives.log_window_s / 60
    require(len(found) <= most, "logs.errors", expected=f"at most {most} errors in {minutes:g} minutes", seen=seen)


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.USER_IMPACT, open=Section.HIGH_MEMORY)
@pytest.mark.needs("logs.response_time")
def test_logged_response_times_are_short(app_log: LogTail, target: Target, objectives: Objectives) -> None:
    """The mean that the runbook's awk prints."""
    assert target.logs and isinstance(target.logs.response_time, str)
    times_ms = response_times_ms(app_log.recent(objectives.log_window_s), target.logs.response_time)
    if not times_ms:
        unknown("logs.no_response_times", expected="response times in the last minutes", seen="no line with one")
    mean_ms, most_ms = statistics.fmean(times_ms), objectives.api_p95_s * 1000
    seen = f"{mean_ms:.0f} ms over {len(times_ms)} requests"
    require(mean_ms <= most_ms, "logs.slow", expected=f"a mean response time of at most {most_ms:g} ms", seen=seen)


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.RATE_LIMITING, open=Section.RATE_LIMITING)
def test_rate_limits_are_seldom_hit(app_log: LogTail, objectives: Objectives) -> None:
    found = rate_limit_lines(app_log.recent(objectives.log_window_s))
    seen = f"{len(found)}, the last: {found[-1]}" if found else "none"
    most, minutes = objectives.rate_limit_hits_max, objectives.log_window_s / 60
    require(len(found) <= most, "logs.rate_limited", expected=f"at most {most} in {minutes:g} minutes", seen=seen)


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.USER_IMPACT, open=Section.API_DOWN)
def test_access_log_shows_few_server_errors(access_log: LogTail, objectives: Objectives) -> None:
    bad, total = server_errors(access_log.recent(objectives.log_window_s))
    if not total:
        unknown("logs.no_requests", expected="requests in the access log's last minutes", seen="no line with a status")
    ratio, most = Ratio(bad, total), objectives.server_error_ratio_max
    require(ratio.value <= most, "logs.server_errors", expected=f"at most {most:.0%} answers with 5xx", seen=str(ratio))


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.LOG_ANALYSIS, open=Section.CACHE_CORRUPTION)
def test_cache_log_shows_no_corruption(debug_log: LogTail, objectives: Objectives) -> None:
    found = [line for line in debug_log.recent(objectives.log_window_s, may_be_quiet=True) if "corrupt" in line.lower()]
    seen = f"{len(found)}, the last: {found[-1]}" if found else "none"
    require(not found, "logs.cache_corrupt", expected="no corrupt entry in the cache's log", seen=seen)
