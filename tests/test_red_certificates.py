"""Certificates that have expired, are about to, name somebody else, or come from nobody known."""

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from drills.bench.embedded import Embedded
from tests.harness.certificates import Authority, over_tls
from tests.harness.red import Red, each
from tests.harness.runs import Scene, Verdict, failed, look

pytest_plugins = ["tests.harness.fixtures"]

CERTIFICATES = "-k 'certificate or is_reachable' -m p0"


@dataclass(frozen=True)
class Served:
    """A certificate for `name`, good for `days`, of an authority that the run trusts or of another."""

    name: str = "127.0.0.1"
    days: float = 90
    known: bool = True


@dataclass(frozen=True)
class Tls:
    """Both services over TLS, each with its certificate."""

    api: Served = Served()
    webapp: Served = Served()

    @contextlib.contextmanager
    def __call__(self, bench: Embedded) -> Iterator[Scene]:
        known, other = Authority(), Authority()

        def serving(served: Served) -> ssl.SSLContext:
            return (known if served.known else other).serving(served.name, days=served.days)

        with over_tls(bench, known, serving(self.api), serving(self.webapp)) as given:
            yield given


def invalid(*subjects: str) -> dict[str, Verdict]:
    """The certificate does not verify: nobody gets in, and that is the one root cause."""
    return {
        id_: verdict
        for subject in subjects
        for id_, verdict in {
            f"{subject}_is_reachable": failed(f"{subject}.tls_invalid"),
            f"{subject}_certificate_is_valid": failed(f"{subject}.tls_invalid", f"{subject}_is_reachable"),
        }.items()
    }


@each(
    Red(
        "both expire in three days",
        Tls(Served(days=3), Served(days=13.9)),
        CERTIFICATES,
        {
            "api_certificate_is_valid": failed("api.certificate_expires"),
            "webapp_certificate_is_valid": failed("webapp.certificate_expires"),
        },
    ),
    Red("the API's has expired", Tls(api=Served(days=-1)), CERTIFICATES, invalid("api")),
    Red("the webapp's has expired", Tls(webapp=Served(days=-1)), CERTIFICATES, invalid("webapp")),
    Red(
        "they are somebody else's",
        Tls(Served("finchat.example"), Served("127.0.0.2")),
        CERTIFICATES,
        invalid("api", "webapp"),
    ),
    Red(
        "nobody known has issued them",
        Tls(Served(known=False), Served(known=False)),
        CERTIFICATES,
        invalid("api", "webapp"),
    ),
)
def test_a_certificate_that_is_no_good_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


@pytest.mark.parametrize("days", [14.5, 90])
def test_a_certificate_with_days_to_go_is_good(days: float, healthy: Embedded) -> None:
    with Tls(Served(days=days), Served(days=days))(healthy) as given:
        seen = look(given, "-k certificate")
    assert (seen.exit_code, sorted(seen.passed)) == (0, ["api_certificate_is_valid", "webapp_certificate_is_valid"])
