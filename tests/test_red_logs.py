"""Log files: lines of trouble in them, and log files that are not there, which are no silence."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from drills.bench.embedded import Embedded
from tests.harness.faults import cache_of
from tests.harness.red import Red, each
from tests.harness.runs import Scene, failed, look, scene

pytest_plugins = ["tests.harness.fixtures"]

PLACE = "logs-of-a-test"
LOGS = "checks/test_logs.py --access=logs"
ERROR = "{at} ERROR finchat_sec_qa.openai error openai_unavailable: OpenAI answered with status 500; try again later."
LIMIT = "{at} WARNING finchat_sec_qa.edgar rate limit at EDGAR (status 429)"
SERVED = '127.0.0.1 - - [{clf}] "POST /api/v1/query HTTP/1.1" 200 512'
BROKEN = '127.0.0.1 - - [{clf}] "POST /api/v1/query HTTP/1.1" 502 128'
CORRUPT = "{at} ERROR finchat_sec_qa.cache error corrupt cache file index.joblib (EOFError): treated as missing"
TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True)
class Written:
    """Lines in the three logs: `{at}` and `{clf}` in them are the time `ago_s` seconds ago, in the two ways.

    The logs of the application and of requests end with a line of this moment in which all is well.
    """

    app: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    debug: tuple[str, ...] = ()
    ago_s: float = 5

    @contextlib.contextmanager
    def __call__(self, bench: Embedded) -> Iterator[Scene]:
        then, now = datetime.now(UTC) - timedelta(seconds=self.ago_s), datetime.now(UTC)
        at, clf = f"{then:%Y-%m-%dT%H:%M:%S}.123Z", f"{then:%d/%b/%Y:%H:%M:%S} +0000"
        served = SERVED.format(clf=f"{now:%d/%b/%Y:%H:%M:%S} +0000")
        well = f"{now:%Y-%m-%dT%H:%M:%S}.123Z INFO finchat_sec_qa.request POST /api/v1/query 200 response_time 2.5"
        files = {"app.log": (*self.app, well), "access.log": (*self.access, served), "debug.log": self.debug}
        with logs_in_a_place_of_their_own(bench) as given:
            for name, lines in files.items():
                text = "".join(line.format(at=at, clf=clf) + "\n" for line in lines)
                (bench.home / PLACE / name).write_text(text)
            yield given


@contextlib.contextmanager
def logs_in_a_place_of_their_own(bench: Embedded) -> Iterator[Scene]:
    """A directory for logs, still empty: in the bench's own, an earlier question that it gives up now leaves a line."""
    place = bench.home / PLACE
    place.mkdir()
    try:
        yield scene(
            bench, edits={str(bench.logs): str(place), str(cache_of(bench) / "debug.log"): f"{place}/debug.log"}
        )
    finally:
        shutil.rmtree(place)


@each(
    Red(
        "requests take long",
        Written(app=("{at} INFO finchat_sec_qa.request POST /api/v1/query 200 response_time 9000.0",) * 3),
        LOGS,
        {"logged_response_times_are_short": failed("logs.slow")},
    ),
    Red(
        "the application writes errors",
        Written(app=(ERROR,) * 21),
        LOGS,
        {"application_log_shows_few_errors": failed("logs.errors")},
    ),
    Red(
        "the application writes tracebacks",
        Written(app=("{at} INFO finchat_sec_qa.request started", *(TRACEBACK,) * 21)),
        LOGS,
        {"application_log_shows_few_errors": failed("logs.errors")},
    ),
    Red(
        "upstreams limit the rate",
        Written(app=(LIMIT,) * 6),
        LOGS,
        {"rate_limits_are_seldom_hit": failed("logs.rate_limited")},
    ),
    Red(
        "one request in ten fails",
        Written(access=(*(SERVED,) * 9, BROKEN) * 3),
        LOGS,
        {"access_log_shows_few_server_errors": failed("logs.server_errors")},
    ),
    Red(
        "the cache finds a broken record",
        Written(debug=(CORRUPT,)),
        LOGS,
        {"cache_log_shows_no_corruption": failed("logs.cache_corrupt")},
    ),
    Red(
        "the logs are gone",
        logs_in_a_place_of_their_own,
        LOGS,
        {
            "application_log_shows_few_errors": failed("logs.missing"),
            "logged_response_times_are_short": failed("logs.missing"),
            "rate_limits_are_seldom_hit": failed("logs.missing"),
            "access_log_shows_few_server_errors": failed("logs.missing"),
            "cache_log_shows_no_corruption": failed("logs.missing"),
        },
    ),
)
def test_trouble_in_the_logs_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


@pytest.mark.parametrize(
    "written",
    [
        Written(app=(ERROR,) * 20, access=(*(SERVED,) * 18, BROKEN)),
        Written(app=(LIMIT,) * 5),
        Written(app=(ERROR, LIMIT) * 30, access=(BROKEN,) * 30, debug=(CORRUPT,), ago_s=700),
    ],
    ids=["as many errors as are allowed", "as many limits as are allowed", "what happened long ago"],
)
def test_logs_within_their_limits_pass(written: Written, healthy: Embedded) -> None:
    with written(healthy) as given:
        seen = look(given, LOGS)
    assert (seen.exit_code, len(seen.passed)) == (0, 5), seen.text
