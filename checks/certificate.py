"""The TLS certificate of a service, seen in a handshake of our own."""

import asyncio
import contextlib
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from checks.exchange import NoAnswer
from checks.network import diagnose, trust_store
from checks.sweep import Prober


@dataclass(frozen=True)
class Certificate:
    """A certificate that verified; `days_left` until it expires, by this machine's clock."""

    subject: str
    days_left: float


async def see_certificate(prober: Prober, subject: str) -> Certificate | NoAnswer:
    """The certificate at the service's https address, or why it does not verify."""
    service = prober.target.service(subject)
    assert service is not None
    parts = urlsplit(service.url)
    try:
        trust = trust_store()
    except OSError as error:
        return NoAnswer(subject, "ca_file", f"this machine's CA file is of no use: {error}; mend SSL_CERT_FILE", True)
    try:
        async with asyncio.timeout(prober.left_s):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=trust)
    except TimeoutError:
        return NoAnswer(subject, "timeout", f"no TLS handshake with {parts.netloc} in time")
    except OSError as error:
        trouble = diagnose(error, service.url)
        return NoAnswer(subject, trouble.kind, trouble.seen, trouble.sick)
    peer = writer.get_extra_info("peercert")
    writer.close()
    with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(0.5):
            await writer.wait_closed()
    return Certificate(subject, (ssl.cert_time_to_seconds(peer["notAfter"]) - time.time()) / 86400)
