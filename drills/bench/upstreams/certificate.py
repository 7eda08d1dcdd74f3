"""The certificate that a stand-in shows: the good one, or one that has expired."""

import ssl
from pathlib import Path


class Certificate:
    """What the public port shows to each new connection. Those that stand keep what they were shown."""

    def __init__(self, context: ssl.SSLContext, certfile: Path, keyfile: Path, expired_file: Path) -> None:
        self._context = context
        self._good = (certfile, keyfile)
        self._expired_file = expired_file
        self.expired = False

    def show(self, *, expired: bool) -> None:
        """Shows the expired certificate from now on, or the good one again."""
        if expired:
            self._context.load_cert_chain(self._expired_file)
        else:
            self._context.load_cert_chain(*self._good)
        self.expired = expired
