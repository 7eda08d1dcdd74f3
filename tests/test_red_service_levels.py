"""What users got between two runs: too many failures, too slow, too often not from the cache, too often limited."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from drills.bench.embedded import Embedded
from tests.harness.faults import Fault, described, fresh_questions, lying, rule, use
from tests.harness.front import added, status
from tests.harness.red import Red, each
from tests.harness.runs import Scene, failed, look, scene, unknown

pytest_plugins = ["tests.harness.fixtures"]

LEVELS = "checks/test_service_levels.py"
# A quarter of a second, so that real slowness takes no longer to make; the bounds are those of a histogram's buckets.
QUICK = "[objectives]\napi_p95_s = 0.25\nquery_p95_s = 0.25"
_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Used:
    """A run of the checks, then users who ask `questions` while `during` holds; it is over when the next run looks."""

    during: Fault
    questions: int
    objectives: str = ""

    @contextlib.contextmanager
    def __call__(self, bench: Embedded) -> Iterator[Scene]:
        given = scene(bench, self.objectives, state=bench.home / f"state-{next(_NUMBERS)}")
        first = look(given, "-k api_metrics_are_numbers")
        assert first.exit_code == 0, first.text
        with self.during(bench):
            use(bench, fresh_questions(self.questions))
        yield given


@each(
    Red(
        "OpenAI fails",
        Used(rule("openai", match="/v1/chat", status=500), 30),
        f"{LEVELS} checks/test_logs.py --access=http,logs",
        {
            "questions_seldom_fail": failed("api.error_rate"),
            "server_errors_are_rare": failed("api.server_errors"),
            "application_log_shows_few_errors": failed("logs.errors"),
            "access_log_shows_few_server_errors": failed("logs.server_errors"),
        },
    ),
    Red(
        "OpenAI is slow",
        Used(rule("openai", match="/v1/chat", delay_s=0.4), 24, QUICK),
        LEVELS,
        {"api_answers_fast": failed("api.slow"), "questions_are_answered_fast": failed("api.questions_slow")},
    ),
    Red(
        "OpenAI limits the rate",
        Used(rule("openai", match="/v1/chat", status=429), 12),
        "checks/test_cache.py checks/test_logs.py --access=http,logs -k limit",
        {
            "upstreams_do_not_limit_us": failed("metrics.rate_limited"),
            "rate_limits_are_seldom_hit": failed("logs.rate_limited"),
        },
    ),
    Red(
        "the API holds more memory than it may",
        described("[objectives]\napi_memory_mb_max = 1.0"),
        f"{LEVELS} -k memory",
        {"api_memory_is_bounded": failed("api.memory")},
    ),
    Red(
        "nobody asks twice",
        Used(described(), 25),
        "checks/test_cache.py",
        {"cache_answers_often": failed("cache.hit_rate")},
    ),
)
def test_what_users_got_since_the_last_run_is_judged(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


NUMBERS = "-k api_metrics_are_numbers"


@each(
    *(
        Red(name, lying(api={"/metrics": lie}), NUMBERS, {"api_metrics_are_numbers": failed(code)})
        for name, lie, code in (
            ("a series is no number", added("finchat_error_rate NaN\n"), "metrics.not_a_number"),
            ("a counter is less than nothing", added("finchat_odd_total -1\n"), "metrics.not_a_number"),
            ("the answer is an error", status(500), "metrics.status"),
        )
    ),
)
def test_metrics_that_are_none_are_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


FROM_TRAFFIC = ("questions_seldom_fail", "server_errors_are_rare", "api_answers_fast", "questions_are_answered_fast")


def test_a_first_reading_and_too_few_users_are_unknown_and_our_own_probes_are_no_users(healthy: Embedded) -> None:
    """Every question of ours fails between the readings: the users' figures do not show it."""
    given = scene(healthy, state=healthy.home / f"state-{next(_NUMBERS)}")
    first = look(given, LEVELS)
    assert first.amiss == dict.fromkeys(FROM_TRAFFIC, unknown("metrics.first_reading"))
    assert first.exit_code == 3
    with rule("openai", match="/v1/chat", status=500)(healthy):
        asked = look(given, "-k 'fresh or truth'")
        assert len(asked.amiss) == 2, asked.text
    second = look(given, LEVELS)
    assert second.amiss == dict.fromkeys(FROM_TRAFFIC, unknown("metrics.too_few")), second.text
    assert second.exit_code == 3
