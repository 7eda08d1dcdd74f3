"""By which sign each way to fail is known, and what is taken for another by none."""

import pytest

from drills.faults import signs
from drills.faults.answer_view import Seen
from drills.faults.edgar import URLS

SEEN = {
    "a good answer": Seen(URLS[0], 0, 200, 0.01, 2000, True, first_byte_s=0.009),
    "a late one": Seen(URLS[0], 0, 200, 5.0, 2000, True, first_byte_s=4.99),
    "a slow one": Seen(URLS[0], 0, 200, 5.0, 3000, True, first_byte_s=2.0),
    "a refusal": Seen(URLS[0], 7, 0, 0.0, 0, False, "Failed to connect"),
    "a reset in the handshake": Seen(URLS[0], 35, 0, 0.1, 0, False, "OpenSSL SSL_connect: Connection reset by peer"),
    "a reset after it": Seen(URLS[0], 56, 0, 0.1, 0, False, "Recv failure: Connection reset by peer"),
    "other trouble with TLS": Seen(URLS[0], 35, 0, 0.1, 0, False, "wrong version number"),
    "no such name": Seen(URLS[0], 6, 0, 0.0, 0, False, "Could not resolve host"),
    "an expired certificate": Seen(URLS[0], 60, 0, 0.1, 0, False, "SSL certificate problem: certificate has expired"),
    "an unknown authority": Seen(URLS[0], 60, 0, 0.1, 0, False, "SSL certificate problem: unable to get issuer"),
    "half an answer": Seen(URLS[0], 18, 200, 0.1, 1000, False, "transfer closed"),
    "garbage": Seen(URLS[0], 0, 200, 0.1, 1000, False),
    "no body": Seen(URLS[0], 0, 200, 0.1, 0, False),
    "503": Seen(URLS[0], 0, 503, 0.1, 200, False),
    "silence": Seen(URLS[0], 28, 0, 3.0, 0, False, "Operation timed out"),
}
SIGNS: dict[str, tuple[signs.Sign, set[str]]] = {
    "refused": (signs.refused, {"a refusal"}),
    "reset": (signs.reset, {"a reset in the handshake", "a reset after it"}),
    "no such name": (signs.no_such_name, {"no such name"}),
    "expired": (signs.certificate_expired, {"an expired certificate"}),
    "cut short": (signs.cut_short, {"half an answer"}),
    "not JSON": (signs.not_json, {"garbage"}),
    "503": (signs.status(503), {"503"}),
    "late": (signs.late(2.5), {"a late one", "a slow one"}),
    "dripping": (signs.dripping(1200), {"a slow one"}),
}


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_knows_its_own_and_no_other(sign: str) -> None:
    known, wanted = SIGNS[sign]
    assert {what for what, seen in SEEN.items() if known(seen)} == wanted
