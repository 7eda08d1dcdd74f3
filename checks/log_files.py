"""The service's own log files: their tails, and what the lines of the last minutes say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checks.command import CommandResult
from checks.outcome import fail
from checks.sweep import Prober
from checks.target import Logs

_TAIL_BYTES = 1024 * 1024
_TIME = re.compile(r"^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,]\d+)? ?(Z|[+-]\d\d:?\d\d)?")
_ACCESS_TIME = re.compile(r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]")
_ACCESS_STATUS = re.compile(r'" (\d{3}) ')


@dataclass(frozen=True)
class LogTail:
    """The end of one log file."""

    tail: CommandResult

    def lines(self) -> list[str]:
        """Its lines: fails the check where the file is not there (a grep on it would count a quiet 0)."""
        if "No such file" in self.tail.stderr:
            fail("logs.missing", expected="the log file to be there", seen=self.tail.stderr.strip()[-160:])
        return self.tail.output("logs").splitlines()

    def recent(self, window_s: float) -> list[str]:
        """Its lines of the last `window_s` seconds."""
        return recent(self.lines(), now=datetime.now(UTC), window_s=window_s)


async def see_log(prober: Prober, name: str) -> LogTail:
    """The last MiB of the log file called `name` in the target ("app", "access", "debug")."""
    logs = prober.target.logs
    assert logs is not None
    path = _path(logs, str(getattr(logs, name)))
    return LogTail(await prober.run([*logs.prefix, "tail", "-c", str(_TAIL_BYTES), "--", path]))


def recent(lines: Iterable[str], *, now: datetime, window_s: float) -> list[str]:
    """The lines of the last `window_s` seconds; a line without a time belongs to the line before it."""
    chosen, fresh = [], True
    for line in lines:
        at = line_time(line)
        if at is not None:
            fresh = (now - at).total_seconds() <= window_s
        if fresh:
            chosen.append(line)
    return chosen


def line_time(line: str) -> datetime | None:
    """When a log line was written (UTC where it names no zone), from an ISO or an access-log time; None without."""
    try:
        if found := _TIME.match(line):
            return datetime.fromisoformat(found[1] + (found[2] or "Z")).astimezone(UTC)
        if found := _ACCESS_TIME.search(line):
            return datetime.strptime(found[1], "%d/%b/%Y:%H:%M:%S %z")
    except (ValueError, OverflowError):  # digits that are no time
        return None
    return None


def error_lines(lines: Iterable[str]) -> list[str]:
    """Lines that the runbook's `grep -i error` would show and that are errors: by level, or a traceback's head."""
    return [line for line in lines if re.search(r"\b(ERROR|CRITICAL|FATAL)\b|^Traceback \(most recent", line)]


def rate_limit_lines(lines: Iterable[str]) -> list[str]:
    """What the runbook's `grep -i "rate.limit"` finds."""
    return [line for line in lines if re.search("rate.limit", line, re.IGNORECASE)]


def server_errors(lines: Iterable[str]) -> tuple[int, int]:
    """How many access-log lines have a 5xx status, and how many have a status at all."""
    statuses = [found[1] for line in lines if (found := _ACCESS_STATUS.search(line))]
    return sum(status.startswith("5") for status in statuses), len(statuses)


def _path(logs: Logs, file: str) -> str:
    path = file if file.startswith(("/", "~")) else f"{logs.directory}/{file}"
    # What a prefix leads to has a home of its own, and a shell there to find it.
    return path if logs.prefix else str(Path(path).expanduser())
