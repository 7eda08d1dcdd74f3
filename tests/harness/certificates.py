"""Certificates good and bad, from an authority that a run of the checks can be told to trust."""

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from drills.bench.embedded import Embedded
from tests.harness.front import tls_front
from tests.harness.runs import Scene, scene

HERE = "127.0.0.1"


class Authority:
    """A certificate authority of the tests' own."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    def trust(self, file: Path) -> Mapping[str, str]:
        """The environment of a run that trusts it, by way of `file`."""
        self._ca.cert_pem.write_to_path(str(file))
        return {"SSL_CERT_FILE": str(file)}

    def serving(self, name: str = HERE, *, days: float = 90) -> ssl.SSLContext:
        """What a server with a certificate for `name` speaks with; `days` until it expires, negative where it has."""
        now = datetime.now(UTC)
        leaf = self._ca.issue_cert(name, not_before=now - timedelta(days=400), not_after=now + timedelta(days=days))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        return context


@contextlib.contextmanager
def over_tls(
    bench: Embedded,
    authority: Authority,
    api: ssl.SSLContext,
    webapp: ssl.SSLContext,
    *more: str,
    edits: Mapping[str, str] | None = None,
    state: Path | None = None,
) -> Iterator[Scene]:
    """The bench at https addresses, and an environment that trusts the authority; the rest is for scene()."""
    with tls_front(bench.api_url, api) as api_url, tls_front(bench.webapp_url, webapp) as webapp_url:
        shown = scene(replace(bench, api_url=api_url, webapp_url=webapp_url), *more, edits=edits, state=state)
        yield replace(shown, env={**shown.env, **authority.trust(bench.home / "authority.pem")})
