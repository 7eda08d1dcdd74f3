"""How an upstream answers, as the host's curl sees it from where the API stands: how it ended, when, how much came."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.service_view import from_network, host_name

DECLARED = "finchat-drills ops@example.com"
"""A User-Agent as EDGAR wants it: who calls, and how to reach them."""


@dataclass(frozen=True)
class Seen:
    """One request to `url`. `first_byte_s`: when the answer began. `said`: curl's words on what went wrong. `is_json`:
    there is a body, and it parses."""

    url: str
    curl_exit_code: int
    status: int
    seconds: float
    size_bytes: int
    is_json: bool
    said: str = ""
    first_byte_s: float = 0.0

    @property
    def name(self) -> str:
        return host_name(self.url)


def see(bench: BenchView, urls: Sequence[str], *, patience_s: float, agent: str = shlex.quote(DECLARED)) -> list[Seen]:
    """Asks all `urls` at once from the API's network, each for `patience_s` at most, in their order.

    `agent`: the User-Agent as a word of shell. FaultError where they cannot be asked so.
    """
    script = "".join(f"{{ {_ask(number, url, patience_s, agent)}; }} &\n" for number, url in enumerate(urls))
    printed, error = from_network(bench, "api", f"{script}wait")
    try:
        seen = {int(number): _seen(urls[int(number)], rest) for number, _, rest in _lines(printed)}
        return [seen[number] for number in range(len(urls))]
    except (IndexError, KeyError, ValueError):
        names = ", ".join(urls)
        raise FaultError(
            f"{names} cannot be asked from {bench.container('api')}'s network: {error or 'no answer'}"
        ) from None


def _ask(number: int, url: str, patience_s: float, agent: str) -> str:
    """Shell: prints number|status|first byte|seconds|bytes|curl's exit code|curl's words|jq's exit code, at once."""
    form = shlex.quote(
        "%{stderr}%{http_code}|%{time_starttransfer}|%{time_total}|%{size_download}|%{exitcode}|%{errormsg}"
    )
    curl = f"curl --silent --max-time {patience_s:g} --user-agent {agent} --write-out {form} {shlex.quote(url)}"
    parsed = '[ -n "$body" ] && jq empty <<<"$body" >/dev/null 2>/dev/null'
    return f'said=$({{ body=$({curl} | tr -d \'\\0\'); {parsed}; echo "|$?" >&2; }} 2>&1); echo "{number}|$said"'


def _lines(printed: str) -> list[tuple[str, str, str]]:
    return [line.partition("|") for line in printed.splitlines()]


def _seen(url: str, line: str) -> Seen:
    status, first, seconds, size, code, *words, json = line.split("|")
    return Seen(url, int(code), int(status), float(seconds), int(size), json == "0", "|".join(words), float(first))
