"""More is asked of EDGAR than it allows: users keep the service at its own limit, which is not alone at its address."""

import json
import shlex
from collections.abc import Mapping

from checks.tickers import ticker_pool
from drills.bench.host import DEPLOYMENT, HOME, USER
from drills.bench.interface import BenchView
from drills.faults.as_operator import KEPT
from drills.faults.calibration import measured_through_proxy
from drills.faults.edgar import LINKS, URLS
from drills.faults.fault import FaultError
from drills.faults.on_host import must
from drills.faults.questions import known
from drills.faults.signs import PATIENCE_S, status, witnessed

USERS = 10
RAISED = {"EDGAR_RATE_LIMIT": "30", "CIRCUIT_BREAKER_THRESHOLD": "1000"}
"""More requests a second than EDGAR allows to all, and a breaker that does not get in their way."""
TOOL_REQUESTS_S = 4
BOUND_S = 180
SETTINGS = f"{DEPLOYMENT}/.env"
UP = f"cd {DEPLOYMENT} && runuser -u {USER} -- env HOME={HOME} docker-compose up -d api 2>&1"
UP_BOUND_S = 60.0
REFUSALS = (429, 403)

# On the host, as no check and no witness of ours: users at the API, and another program of the same office at EDGAR,
# which asks little and obeys a refusal. EDGAR counts all that comes from one address together.
TRAFFIC = """
import http.client, json, random, ssl, sys, threading, time, urllib.error, urllib.request
given = json.loads(sys.argv[1])

def user():
    while True:
        text = f"{given['question']['question']} (user {random.random()})"
        asked = {**given['question'], 'question': text, 'ticker': random.choice(given['tickers'])}
        request = urllib.request.Request(given['api'], json.dumps(asked).encode(), {'Content-Type': 'application/json'})
        try:
            urllib.request.urlopen(request, timeout=30).read()
        except OSError:
            time.sleep(0.2)

def tool():
    connection, due_s = None, time.monotonic()
    while True:
        due_s = max(due_s + 1 / given['tool'], time.monotonic())
        time.sleep(max(0, due_s - time.monotonic()))
        try:
            connection = connection or http.client.HTTPSConnection('data.sec.gov', timeout=5)
            connection.request('GET', '/', headers={'User-Agent': 'OfficeTool tool@finchat.example'})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                due_s = time.monotonic() + 1.5
        except (OSError, http.client.HTTPException):
            connection = None
            time.sleep(1)

for work in [user] * given['users'] + [tool]:
    threading.Thread(target=work, daemon=True).start()
time.sleep(given['bound'])
"""


class EdgarOveruse:
    """Somebody has raised the service's limit for EDGAR, and its breaker's, in .env. 10 users ask about companies that
    nobody asks about, one question after the other, and another program behind the same address asks EDGAR 4 times a
    second: until the cure, or for three minutes."""

    name = "EDGAR overuse"

    @property
    def declared(self) -> Mapping[str, str]:
        tool = f"{TOOL_REQUESTS_S} requests/s"
        return {**RAISED, "users": str(USERS), "another program": tool, "EDGAR allows": "10 requests/s to all together"}

    def inject(self, bench: BenchView) -> None:
        target = bench.host_target
        path, tickers = target.api.path("query"), ticker_pool(target.question.uncached_tickers)
        if path is None or not tickers:
            raise FaultError(f"The target {target.name} names no query or no uncached_tickers: nobody can ask much.")
        given = {
            "api": target.api.url + path,
            "question": known(bench),
            "tickers": tickers,
            "users": USERS,
            "tool": TOOL_REQUESTS_S,
            "bound": BOUND_S,
        }
        raised = "".join(f"{name}={value}\n" for name, value in RAISED.items())
        must(
            bench,
            f"mkdir -p {KEPT} && cp -a {SETTINGS} {KEPT}/settings && printf %s {shlex.quote(raised)} >>{SETTINGS} && "
            f"{UP}",
            UP_BOUND_S,
        )
        must(
            bench,
            f"cd {KEPT} && printf %s {shlex.quote(TRAFFIC)} >overuse.py && "
            f"{{ setsid python3 overuse.py {shlex.quote(json.dumps(given))} </dev/null >overuse.log 2>&1 & "
            "echo $! >overuse.pid; }",
        )

    def witness(self, bench: BenchView) -> str | None:
        """A request from the API's own network is refused too: the limit is that of the address."""
        for refusal in REFUSALS:
            if said := witnessed(bench, URLS[:1], status(refusal), PATIENCE_S):
                return said
        return None

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """One request through the proxy."""
        return measured_through_proxy(bench, LINKS[:1])

    def cure(self, bench: BenchView) -> None:
        must(
            bench,
            f"cd {KEPT} 2>/dev/null && [ -f overuse.pid ] || exit 0\nkill -KILL $(cat overuse.pid) 2>/dev/null\n"
            "rm -f overuse.pid overuse.py overuse.log",
        )
        must(bench, f"[ -f {KEPT}/settings ] || exit 0\nmv {KEPT}/settings {SETTINGS} && {UP}", UP_BOUND_S)
