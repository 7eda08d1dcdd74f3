"""The service's own log files: their tails, and what the lines of the last minutes say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from checks.command import CommandResult, home_quoted, shell
from checks.outcome import fail, unknown
from checks.sweep import Prober

_TAIL_BYTES = 1024 * 1024
_TIME = re.compile(r"^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,]\d+)? ?(Z|[+-]\d\d:?\d\d)?")
_ACCESS_TIME = re.compile(r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]")
# A level as a word in capitals, as a field of its own, or at the head of a line; and the head of a traceback.
_ERROR = re.compile(
    r"\b(?:ERROR|CRITICAL|FATAL)\b|^Traceback \(most recent"
    r"|(?i:\blevel\W{1,4}(?:error|critical|fatal)\b|\[(?:error|crit|alert|emerg)\]|^(?:error|critical|fatal):)"
)
_ACCESS_STATUS = re.compile(r'" (\d{3}) ')


@dataclass(frozen=True)
class LogTail:
    """The end of one log file."""

    tail: CommandResult

    def lines(self) -> list[str]:
        """Its lines: fails the check where the file is not there (a grep on it would count a quiet 0)."""
        return self._printed()[1:]

    def recent(self, window_s: float, *, may_be_quiet: bool = False) -> list[str]:
        """Its lines of the last `window_s` seconds.

        Unknown where no line has a time, or none that recent: a log that nobody writes to any more shows no error.
        `may_be_quiet`: a log of rare events, for which that is no doubt.
        """
        zone, *lines = self._printed()
        offset = datetime.strptime(zone.strip(), "%z").tzinfo
        now = datetime.now(UTC)
        chosen = recent(lines, now=now, window_s=window_s, zone=offset or UTC)
        if not chosen and not may_be_quiet:
            seen = lines[-1][:120] if lines else "an empty file"
            unknown(
                "logs.stale", expected=f"a dated line of the last {window_s / 60:g} minutes", seen=f"none; last: {seen}"
            )
        return chosen

    def _printed(self) -> list[str]:
        if "No such file" in self.tail.stderr:
            fail("logs.missing", expected="the log file to be there", seen=self.tail.stderr.strip()[-160:])
        return self.tail.output("logs").splitlines()


async def see_log(prober: Prober, name: str) -> LogTail:
    """The last MiB of the log called `name` in the target ("app", "access", "debug"), and the host's time zone."""
    logs = prober.target.logs
    assert logs is not None
    file = str(getattr(logs, name))
    path = file if file.startswith(("/", "~")) else f"{logs.directory}/{file}"
    return LogTail(await prober.run(shell(logs.prefix, f"date +%z; exec tail -c {_TAIL_BYTES} -- {home_quoted(path)}")))


def recent(lines: Iterable[str], *, now: datetime, window_s: float, zone: tzinfo = UTC) -> list[str]:
    """The lines of the last `window_s` seconds; a line without a time belongs to the line before it.

    `zone` is that of times that name none. Lines before the first time are left out: nobody knows how old they are.
    """
    chosen, fresh = [], False
    for line in lines:
        at = line_time(line, zone)
        if at is not None:
            fresh = (now - at).total_seconds() <= window_s
        if fresh:
            chosen.append(line)
    return chosen


def line_time(line: str, zone: tzinfo = UTC) -> datetime | None:
    """When a log line was written (in `zone` where it names none), from an ISO or an access-log time; None without."""
    try:
        if found := _TIME.match(line):
            at = datetime.fromisoformat(found[1] + (found[2] or ""))
            return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        if found := _ACCESS_TIME.search(line):
            return datetime.strptime(found[1], "%d/%b/%Y:%H:%M:%S %z")
    except (ValueError, OverflowError):  # digits that are no time
        return None
    return None


def error_lines(lines: Iterable[str]) -> list[str]:
    """Lines that the runbook's `grep -i error` would show and that are errors: by level, or a traceback's head."""
    return [line for line in lines if _ERROR.search(line)]


def rate_limit_lines(lines: Iterable[str]) -> list[str]:
    """What the runbook's `grep -i "rate.limit"` finds."""
    return [line for line in lines if re.search("rate.limit", line, re.IGNORECASE)]


def server_errors(lines: Iterable[str]) -> tuple[int, int]:
    """How many access-log lines have a 5xx status, and how many have a status at all."""
    statuses = [found[1] for line in lines if (found := _ACCESS_STATUS.search(line))]
    return sum(status.startswith("5") for status in statuses), len(statuses)


def response_times_ms(lines: Iterable[str], word: str) -> list[float]:
    """The numbers that end the lines in which `word` stands, as the runbook's awk takes them."""
    found = [re.search(rf"\b{re.escape(word)}\b.*?([0-9]+(?:\.[0-9]+)?)\s*$", line) for line in lines]
    return [float(match[1]) for match in found if match]
