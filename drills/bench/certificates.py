"""A certificate authority for one run, and the upstreams' certificates from it; both end with the run."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import trustme

HERE = ("127.0.0.1", "localhost")
"""Checks reach an upstream's proxy at this machine's own address."""


@dataclass(frozen=True)
class Certificates:
    """The files of a run's authority. `bundle`: the public roots and ours, for whoever is to trust the upstreams.

    `expired`: certificate and key in one, for the same names, which ended yesterday.
    """

    bundle: Path
    certificate: Path
    key: Path
    expired: Path


def issue(directory: Path, names: tuple[str, ...]) -> Certificates:
    """Makes an authority and one certificate for all `names`, in files of `directory`."""
    authority = trustme.CA(organization_name="FinChat drills, one run only")
    issued = authority.issue_cert(*names, *HERE)
    bundle, certificate, key = (directory / name for name in ("ca-bundle.pem", "upstreams.pem", "upstreams.key"))
    bundle.write_bytes(_public_roots() + authority.cert_pem.bytes())
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    yesterday = datetime.now(UTC) - timedelta(days=1)
    ended = authority.issue_cert(*names, *HERE, not_before=yesterday - timedelta(days=90), not_after=yesterday)
    expired = directory / "upstreams-expired.pem"
    expired.write_bytes(ended.private_key_and_cert_chain_pem.bytes())
    for secret in (key, expired):
        secret.chmod(0o600)
    return Certificates(bundle, certificate, key, expired)


def _public_roots() -> bytes:
    system = ssl.get_default_verify_paths().cafile
    return Path(system if system and Path(system).is_file() else certifi.where()).read_bytes().rstrip() + b"\n"
