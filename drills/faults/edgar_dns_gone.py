"""EDGAR's names are gone: the name server that containers ask does not know them."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.answer_view import see
from drills.faults.edgar import LINKS, URLS
from drills.faults.on_host import must
from drills.faults.on_links import OnLinks
from drills.faults.service_view import host_name
from drills.faults.signs import PATIENCE_S, no_such_name, witnessed

NAMES = tuple(host_name(url) for url in URLS)
SERVER = "dnsmasq --conf-file=/etc/finchat/dnsmasq.conf"
ENDED = """\
pids=$(pgrep -x dnsmasq) && kill $pids
for i in $(seq 50); do pgrep -x dnsmasq >/dev/null || break; sleep 0.05; done
"""


class EdgarDnsGone(OnLinks):
    """The host's name server says of both names that there are none, and the connections that stood are closed, as they
    would end by themselves sooner or later."""

    name = "EDGAR without a name"

    def __init__(self) -> None:
        super().__init__(LINKS)

    @property
    def declared(self) -> Mapping[str, str]:
        return {"names": ", ".join(NAMES), "name server": "no such name"}

    def inject(self, bench: BenchView) -> None:
        gone = " ".join(f"--address=/{name}/" for name in NAMES)
        must(bench, f"{ENDED}{SERVER} {gone}")
        self.cut(bench)

    def witness(self, bench: BenchView) -> str | None:
        return witnessed(bench, URLS, no_such_name)

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """From the API's network: this machine asks no names."""
        seen = see(bench, URLS, patience_s=PATIENCE_S)
        return {one.name: f"{one.said or one.status} after {one.seconds * 1000:.1f} ms" for one in seen}

    def cure(self, bench: BenchView) -> None:
        must(bench, f"{ENDED}{SERVER}")
        super().cure(bench)
