"""How the webapp answers to who posts a question: asked on the host, by its published port, with an empty question."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from drills.bench.host import DEPLOYMENT
from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.on_host import must

ENV_FILE = f"{DEPLOYMENT}/.env"
PATIENCE_S = 3
LOOK_BOUND_S = 14.0
REFUSED = (401, 403)
_VALUE = 's/.*"csrf_token":"//; s/".*//'


@dataclass(frozen=True)
class Posted:
    """One answer: its status, 0 for none, and whether it is a refusal for want of a CSRF token."""

    status: int
    for_csrf: bool

    @property
    def refused(self) -> bool:
        """Whether it was refused for who asked."""
        return self.status in REFUSED


def token_variable(bench: BenchView) -> str:
    """The variable with the webapp's token. FaultError where the target names none."""
    webapp = bench.host_target.webapp
    if webapp is None or webapp.token_env is None:
        raise FaultError(f"The target {bench.host_target.name} has no webapp with a token (token_env in [webapp]).")
    return webapp.token_env


def post(bench: BenchView, *, token_file: str | None, times: int = 1) -> Sequence[Posted]:
    """Posts so many times, or until it is refused for CSRF, on new connections, with a CSRF token that was just given.

    `token_file`: the first of these files ("a b") that exists has the access token, as in .env; None: without one.
    """
    variable, webapp = token_variable(bench), bench.host_target.webapp
    assert webapp is not None
    query, csrf = webapp.path("query"), webapp.path("csrf")
    if query is None:
        raise FaultError(f"The webapp of {bench.host_target.name} takes no questions: nobody can be refused.")
    curl = f"curl --silent --max-time {PATIENCE_S}"
    csrf_url, query_url = shlex.quote(f"{webapp.url}{csrf}"), shlex.quote(f"{webapp.url}{query}")
    given = f"$({curl} --cookie-jar $jar {csrf_url} | sed {shlex.quote(_VALUE)})" if csrf else ""
    ungiven = '[ -n "$csrf" ] || { echo 0 0; continue; }\n' if csrf else ""
    # In no list of processes, as an argument would be.
    bearer = 'printf \'header = "Authorization: Bearer %s"\\n\' "$token"' if token_file else "true"
    printed = must(
        bench,
        f"for file in {token_file or '/dev/null'}; do [ ! -f $file ] || break; done\n"
        f"token=$(sed -n 's/^{variable}=//p' $file | tail -n 1)\n"
        "jar=$(mktemp)\n"
        f"for try in $(seq {times}); do\n"
        f"csrf={given}\n"
        # Who was given none would be refused for that.
        f"{ungiven}"
        f'{bearer} | {curl} --config - --cookie $jar --header "X-CSRF-Token: $csrf" '
        f"--header 'Content-Type: application/json' --data '{{}}' --write-out '\\n%{{http_code}}\\n' {query_url} | "
        "awk '{csrf = csrf || /csrf/; last = $0} END {print last, csrf + 0; exit csrf}' || break\n"
        "done; rm -f $jar",
        LOOK_BOUND_S,
    )
    lines = [line.split() for line in printed.splitlines()]
    if not lines or not all(len(line) == 2 and line[0].isdecimal() for line in lines):
        raise FaultError(f"{webapp.url}{query} cannot be asked on the host: {printed.strip() or 'no answer'}")
    return [Posted(int(status), csrf == "1") for status, csrf in lines]
