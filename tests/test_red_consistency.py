"""What breaks nobody's work today: versions, headers, content types, clocks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from drills.bench.embedded import Embedded
from tests.harness.faults import lying
from tests.harness.front import Asked, Lie, Reply, header, json_with
from tests.harness.red import Red, each
from tests.harness.runs import failed, look

pytest_plugins = ["tests.harness.fixtures"]

CONSISTENCY = "checks/test_consistency.py"
SECURITY_HEADERS = ("x-content-type-options", "x-frame-options", "strict-transport-security", "content-security-policy")


def clock_off_by(seconds: float) -> Lie:
    def lie(asked: Asked, reply: Reply) -> Reply:
        return header("date", format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True))(
            asked, reply
        )

    return lie


def version(change: Callable[[dict[str, object]], object]) -> Lie:
    return json_with(change)


@each(
    Red(
        "the webapp is of an older release",
        lying(webapp={"/health": version(lambda said: said.update(version="0.9.0"))}),
        CONSISTENCY,
        {"versions_agree": failed("version.differs")},
    ),
    Red(
        "the API does not tell its version",
        lying(api={"/health": version(lambda said: said.pop("version"))}),
        CONSISTENCY,
        {"versions_agree": failed("version.missing")},
    ),
    *(
        Red(
            f"no {name}",
            lying(api={"/health": header(name, None)}, webapp={"/": header(name, None)}),
            CONSISTENCY,
            {
                "api_sends_security_headers": failed("api.security_headers"),
                "webapp_sends_security_headers": failed("webapp.security_headers"),
            },
        )
        for name in SECURITY_HEADERS
    ),
    Red(
        "metrics and page say that they are something else",
        lying(api={"/metrics": header("content-type", "text/html")}, webapp={"/": header("content-type", None)}),
        CONSISTENCY,
        {
            "api_names_its_content_types": failed("api.content_type"),
            "webapp_names_its_content_type": failed("webapp.content_type"),
        },
    ),
    Red(
        "health says nothing of being JSON",
        lying(api={"/health": header("content-type", None)}),
        CONSISTENCY,
        {"api_names_its_content_types": failed("api.content_type")},
    ),
    Red(
        "its clock is slow",
        lying(api={"/health": clock_off_by(-20)}),
        CONSISTENCY,
        {"clocks_agree": failed("clock.skew")},
    ),
    Red(
        "its clock is fast",
        lying(api={"/health": clock_off_by(20)}),
        CONSISTENCY,
        {"clocks_agree": failed("clock.skew")},
    ),
    Red(
        "it tells no time",
        lying(api={"/health": header("date", None)}),
        CONSISTENCY,
        {"clocks_agree": failed("clock.no_date")},
    ),
)
def test_an_inconsistency_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


@pytest.mark.parametrize("seconds", [-3, 3])
def test_clocks_may_be_a_little_apart(seconds: float, healthy: Embedded) -> None:
    with lying(api={"/health": clock_off_by(seconds)})(healthy) as given:
        seen = look(given, CONSISTENCY)
    assert (seen.exit_code, seen.amiss) == (0, {}), seen.text
