"""EDGAR refuses the service, which does not declare itself: its User-Agent was lost from the configuration."""

import shlex
from collections.abc import Mapping

from drills.bench.host import DEPLOYMENT
from drills.bench.interface import BenchView
from drills.faults.answer_view import see
from drills.faults.as_operator import KEPT
from drills.faults.edgar import URLS
from drills.faults.on_host import must
from drills.faults.signs import OK, PATIENCE_S

CONFIG = f"{DEPLOYMENT}/config/finchat.env"
CONFIG_KEPT = f"{KEPT}/finchat.env"
VARIABLE = "EDGAR_USER_AGENT"
LIBRARY = "python-httpx/0.28.1"
"""What the library would say for itself: who reads the configuration takes an empty value for none."""
FORBIDDEN = 403
OWN_AGENT = f"\"$(tr '\\0' '\\n' </proc/$0/environ | sed -n 's/^{VARIABLE}=//p')\""


class EdgarForbidden:
    """The file that the API reads when it starts names the library in place of who calls, and the API was restarted."""

    name = "EDGAR forbidden"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"file": CONFIG, VARIABLE: LIBRARY}

    def inject(self, bench: BenchView) -> None:
        changed = shlex.quote(f's|^{VARIABLE}=.*|{VARIABLE}="{LIBRARY}"|')
        must(
            bench,
            f"grep -q ^{VARIABLE}= {CONFIG} || {{ echo 'no {VARIABLE} in {CONFIG}' >&2; exit 1; }}\n"
            f"mkdir -p {KEPT} && cp -a {CONFIG} {CONFIG_KEPT} && sed -i {changed} {CONFIG} && "
            f"docker restart {bench.container('api')} >/dev/null",
        )

    def witness(self, bench: BenchView) -> str | None:
        """From the API's network: 403 to what its own process calls itself, and 200 to who says who calls."""
        refused = see(bench, URLS, patience_s=PATIENCE_S, agent=OWN_AGENT)
        if any(one.status != FORBIDDEN for one in refused):
            return None
        if any(one.status != OK for one in see(bench, URLS, patience_s=PATIENCE_S)):
            return None
        return "from the API's network: EDGAR answers 403 to the API's own User-Agent, and 200 to one with an address"

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """From the API's network, with its own User-Agent: any other would be served."""
        seen = see(bench, URLS, patience_s=PATIENCE_S, agent=OWN_AGENT)
        return {one.name: f"status {one.status} after {one.seconds * 1000:.1f} ms" for one in seen}

    def cure(self, bench: BenchView) -> None:
        must(
            bench,
            f"[ -f {CONFIG_KEPT} ] || exit 0\n"
            f"cp -a {CONFIG_KEPT} {CONFIG} && docker restart {bench.container('api')} >/dev/null && "
            f"rm -f {CONFIG_KEPT}",
        )
