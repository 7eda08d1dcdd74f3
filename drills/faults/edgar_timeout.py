"""EDGAR accepts connections and never answers: Toxiproxy holds back what it sends."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.bench.toxics import Timeout
from drills.faults.fault import FaultError

LINKS = ("edgar-data", "edgar-www")
URL = "https://data.sec.gov/files/company_tickers.json"
PATIENCE_S = 3
NO_ANSWER = "28"
"""curl's exit code for an operation that timed out."""

LOOK_BOUND_S = PATIENCE_S + 10.0


class EdgarTimeout:
    """Nothing comes back from data.sec.gov and www.sec.gov. It works on the bench's own EDGAR: there is no other way
    to it from a host of ours."""

    name = "EDGAR timeout"

    def __init__(self) -> None:
        self._toxic = Timeout(timeout_ms=0)

    @property
    def declared(self) -> Mapping[str, str]:
        return {"links": ", ".join(LINKS), "toxic": "timeout, downstream, for ever"}

    def inject(self, bench: BenchView) -> None:
        for link in LINKS:
            bench.links[link].add(self._toxic)

    def witness(self, bench: BenchView) -> str | None:
        """A request from the service's own network, with its own names: connected, and no byte within 3 s."""
        seen = _ask(bench)
        if seen["exit"] != NO_ANSWER or float(seen["connected_s"]) <= 0:
            return None
        return f"connected to data.sec.gov in {seen['connected_s']} s, then no answer in {PATIENCE_S} s"

    def cure(self, bench: BenchView) -> None:
        for link in LINKS:
            bench.links[link].clear()


def _ask(bench: BenchView) -> dict[str, str]:
    """One request to EDGAR in the network namespace of the API's container: curl's exit code and times."""
    container = bench.container("api")
    form = shlex.quote("connected_s=%{time_connect} status=%{http_code}")
    curl = (
        f"curl --silent --output /dev/null --max-time {PATIENCE_S} --user-agent 'finchat-drills ops@example.com' "
        f'--write-out {form} {URL}; echo " exit=$?"'
    )
    # Its names too: the container's resolver and hosts in place of the host's own, for this one process.
    script = (
        f"pid=$(docker inspect --format '{{{{.State.Pid}}}}' {container}) && [ \"$pid\" != 0 ] && "
        "exec nsenter --target $pid --net unshare --mount bash -c "
        + shlex.quote(
            "mount --bind /proc/$0/root/etc/resolv.conf /etc/resolv.conf && "
            f"mount --bind /proc/$0/root/etc/hosts /etc/hosts && {curl}"
        )
        + " $pid"
    )
    ran = bench.host.root(script, timeout_s=LOOK_BOUND_S)
    seen = dict(part.partition("=")[::2] for part in ran.stdout.split())
    if not {"exit", "connected_s"} <= seen.keys():
        raise FaultError(f"EDGAR cannot be asked from {container}'s network: {ran.stderr.strip() or 'no answer'}")
    return seen
