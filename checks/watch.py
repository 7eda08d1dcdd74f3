"""The runbook's "continuous health check": the same checks again and again, one JSON line an outcome.

    python -m checks.watch --interval 30 -m p0 --target production.toml
    python -m checks.watch --every 0.25:api_is_ready,api_is_healthy --every 3      # several rhythms (checks.rhythms)

Rounds keep an absolute schedule. Ends on Ctrl-C or SIGTERM, with the exit code of the last round.
"""

import argparse
import contextlib
import itertools
import math
import os
import queue
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn, TextIO

import pytest

from checks.entry import joined
from checks.outcome import ExitCode
from checks.rhythms import RhythmsWatch, Wish
from checks.run import RUN, WATCH, ChecksRun
from checks.watch_lines import Head, moment, write_lines

_INTERVAL_S_MIN = 0.1
# This module is imported before pytest could rewrite it, and has no assertion to rewrite.
_PYTEST = ("-q", "--evidence", "none", "-W", "ignore::pytest.PytestAssertRewriteWarning")


class Watch:
    """Takes the place of pytest's one pass over the checks: a sweep and all checks, every `interval_s` seconds."""

    def __init__(self, interval_s: float, rounds: int | None, out: TextIO) -> None:
        self.interval_s = interval_s
        self.rounds = rounds
        self.out = out
        # Unlike threading.Event, which a signal handler can deadlock, a SimpleQueue is reentrant.
        self._told: queue.SimpleQueue[None] = queue.SimpleQueue()

    def end(self, number: int = 0, frame: FrameType | None = None) -> None:
        """End after the round in progress; also a signal handler."""
        self._told.put(None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        run = session.config.stash[RUN]
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        started, number, done = time.monotonic(), 0, 0
        while session.items and self._told.empty():
            if reporter:
                reporter.stats.clear()  # what earlier rounds left would only grow
            late_s = max(0.0, time.monotonic() - started - number * self.interval_s)
            self._round(run, session, number, late_s)
            done += 1
            if done == self.rounds:
                break
            # A round that took longer than the interval loses the slots that it covered, and keeps to the schedule.
            number = int((time.monotonic() - started) / self.interval_s) + 1
            if self._told_within(started + number * self.interval_s - time.monotonic()):
                break
        return True

    def _told_within(self, wait_s: float) -> bool:
        try:
            self._told.get(timeout=max(0.0, wait_s))
        except queue.Empty:
            return False
        return True

    def _round(self, run: ChecksRun, session: pytest.Session, number: int, late_s: float) -> None:
        head = Head(moment(), number, late_s, run.target.name)
        items = run.fetch(session.items)
        for item, following in itertools.zip_longest(items, items[1:]):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if not write_lines(head, run.results, self.out):
            self.end()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.USAGE, f"ERROR: {message}\n")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not _INTERVAL_S_MIN <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"takes {_INTERVAL_S_MIN:g} to 86400 seconds, not {text}")
    return value


def _wish(text: str) -> Wish:
    every, _, named = text.partition(":")
    return Wish(_seconds(every), tuple(filter(None, named.split(","))))


def _count(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"takes a whole number, 1 or more, not {text}")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Watch until told to end; everything but --interval and --rounds goes to pytest."""
    parser = _Parser(
        prog="python -m checks.watch",
        description="Run the checks again and again; one JSON line an outcome on standard output.",
        epilog="Every option of pytest works too: -m p0, --target FILE, --access http,docker, ...",
        allow_abbrev=False,
    )
    parser.add_argument("--interval", type=_seconds, default=30.0, help="seconds from one round to the next (30)")
    parser.add_argument(
        "--every",
        type=_wish,
        action="append",
        metavar="SECONDS[:CHECK,...]",
        help="a rhythm for these checks, or for all others; sweeps overlap, upstreams are spared; repeatable",
    )
    parser.add_argument(
        "--told",
        action="store_true",
        help="with --every: begin when a line comes on standard input, and look at the rarest at once with each other",
    )
    parser.add_argument("--rounds", type=_count, help="end after so many rounds (default: go on)")
    own, others = parser.parse_known_args(arguments)
    watch: Watch | RhythmsWatch = Watch(own.interval, own.rounds, sys.stdout)
    if own.every:
        # A copy, as pytest's capture takes the place of standard input.
        words = os.fdopen(os.dup(sys.stdin.fileno())) if own.told else None
        watch = RhythmsWatch(own.every, own.rounds, sys.stdout, words)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, watch.end)
    # pytest's own words go to standard error: standard output holds JSON lines and nothing else.
    with contextlib.redirect_stdout(sys.stderr):
        return int(pytest.main([*_PYTEST, *joined(others)], plugins=[_Named(watch)]))


class _Named:
    """Registers the watch under the name by which the checks plugin knows it."""

    def __init__(self, watch: Watch | RhythmsWatch) -> None:
        self._watch = watch

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.register(self._watch, WATCH)


if __name__ == "__main__":
    sys.exit(main())
