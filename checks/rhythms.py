"""Several rhythms in one watch: which checks are looked at how often, in sweeps that overlap where one hangs."""

import collections
import contextlib
import itertools
import json
import math
import queue
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FrameType
from typing import TextIO

import pytest

from checks.marks import check_id, probes_of
from checks.run import RUN, Wanted
from checks.scrape_state import ScrapeState, ScrapeWindow
from checks.sweep import Sweep, Sweeping
from checks.watch_lines import Head, moment, write_lines

OVERLAP_MAX = 40
"""Sweeps of one rhythm under way at a time; one that hangs takes the target's timeout."""
_WAIT_S_MAX = 3600.0
READINGS_SPAN_S = 10.0
"""A reading of /metrics is compared with one of so long ago: there is little in a rhythm's interval to judge by."""


@dataclass(frozen=True)
class Wish:
    """Checks to look at every `every_s` seconds; without ids: all that no other wish names."""

    every_s: float
    check_ids: tuple[str, ...] = ()


def intervals(rest_s: Mapping[str, float], wishes: Sequence[Wish]) -> dict[str, float]:
    """How often each check is looked at: as wished, and never more often than its probes' rest. First wish first.

    `rest_s`: of each check that there is. A check that nobody wishes is left out.
    """
    named = {check_id: wish.every_s for wish in reversed(wishes) for check_id in wish.check_ids}
    others = next((wish.every_s for wish in wishes if not wish.check_ids), None)
    wished = {check_id: named.get(check_id, others) for check_id in rest_s}
    return {check_id: max(every_s, rest_s[check_id]) for check_id, every_s in wished.items() if every_s is not None}


@dataclass
class _Rhythm:
    """Items with one interval. `slot`: the next one's number on the schedule. `full`: too many hang, it was said."""

    every_s: float
    items: list[pytest.Item]
    started: int = 0
    slot: int = 0
    under_way: int = 0
    full: bool = False

    def due_s(self, began_s: float) -> float:
        return began_s + self.slot * self.every_s


@dataclass(frozen=True)
class _Ended:
    """A sweep that has ended; its checks are still to be run."""

    rhythm: _Rhythm
    head: Head
    wanted: Wanted
    seen: Sweep


@dataclass(frozen=True)
class _Word:
    """A line came."""


class RhythmsWatch:
    """Takes the place of pytest's one pass over the checks.

    Sweeps begin on the schedule of their rhythm, whether earlier ones have ended or not. When one ends its checks are
    run on it and written; so they come in the order of their ends. `words`: lines that it waits for; it begins with the
    first, and with each further one looks at once at what is looked at least often. Their end ends it.
    """

    def __init__(self, wishes: Sequence[Wish], rounds: int | None, out: TextIO, words: TextIO | None = None) -> None:
        self._wishes = wishes
        self._rounds = rounds
        self._out = out
        self._words = words
        # Unlike threading.Event, which a signal handler can deadlock, a SimpleQueue is reentrant.
        self._news: queue.SimpleQueue[_Ended | _Word | None] = queue.SimpleQueue()
        self._ended: list[_Ended] = []
        self._told = False

    def end(self, number: int = 0, frame: FrameType | None = None) -> None:
        """End, and give up what is under way; also a signal handler."""
        self._told = True
        self._news.put(None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        run = self._run = session.config.stash[RUN]
        for item in session.items:
            # A traceback costs more than the check itself, and nobody reads one here: the line has the reason.
            setattr(item, "repr_failure", _shortly)  # noqa: B010  an attribute for mypy, a method for pytest
        self._rhythms = _rhythms(session.items, self._wishes)
        self._announce()
        self._wait_for_the_word()
        first = ScrapeState(run.ground.state, run.target.api.url).load()
        run.ground = replace(run.ground, readings=ScrapeWindow(READINGS_SPAN_S, first))
        self._began_s = time.monotonic()
        self._sweeping = Sweeping()
        try:
            self._go_round(session)
        finally:
            self._sweeping.end()
        return True

    def _go_round(self, session: pytest.Session) -> None:
        while not self._told and not all(map(self._is_over, self._rhythms)):
            self._start_those_due()
            due_s = min((one.due_s(self._began_s) for one in self._rhythms if self._goes_on(one)), default=math.inf)
            self._take_news(0.0 if self._ended else min(_WAIT_S_MAX, max(0.0, due_s - time.monotonic())))
            if self._ended and not self._told:
                # The last to begin tells most: those that hung before it must not hold up what it says.
                self._judge(session, self._ended.pop(max(range(len(self._ended)), key=self._began_of)))

    def _take_news(self, wait_s: float) -> None:
        with contextlib.suppress(queue.Empty):
            news = self._news.get(timeout=wait_s)
            while True:
                if isinstance(news, _Ended):
                    self._ended.append(news)
                elif isinstance(news, _Word):
                    self._start(self._rhythms[-1], 0.0)
                news = self._news.get_nowait()

    def _began_of(self, number: int) -> float:
        return self._ended[number].head.began_s or 0.0

    def _announce(self) -> None:
        said = [{"every_s": one.every_s, "checks": [check_id(item) for item in one.items]} for one in self._rhythms]
        print(json.dumps({"target": self._run.target.name, "rhythms": said}), file=self._out, flush=True)

    def _wait_for_the_word(self) -> None:
        """Until the first line comes, or the end of them, or a signal."""
        if self._words:
            threading.Thread(target=self._listen, args=(self._words,), daemon=True, name="words").start()
            self._news.get()

    def _listen(self, words: TextIO) -> None:
        for _ in words:
            self._news.put(_Word())
        self.end()

    def _goes_on(self, rhythm: _Rhythm) -> bool:
        return self._rounds is None or rhythm.started < self._rounds

    def _is_over(self, rhythm: _Rhythm) -> bool:
        return not self._goes_on(rhythm) and not rhythm.under_way

    def _start_those_due(self) -> None:
        now_s = time.monotonic()
        for rhythm in self._rhythms:
            late_s = now_s - rhythm.due_s(self._began_s)
            if self._told or late_s < 0 or not self._goes_on(rhythm):
                continue
            # A slot that has gone by altogether is lost, and the schedule kept.
            rhythm.slot = int((now_s - self._began_s) / rhythm.every_s) + 1
            if rhythm.under_way < OVERLAP_MAX:
                self._start(rhythm, late_s)
            elif not rhythm.full:
                rhythm.full = True
                said = f"{OVERLAP_MAX} sweeps hang, one every {rhythm.every_s:g} s: none begins until one of them ends"
                print(said, file=sys.stderr, flush=True)

    def _start(self, rhythm: _Rhythm, late_s: float) -> None:
        head = Head(moment(), rhythm.started, late_s, self._run.target.name, rhythm.every_s, time.monotonic())
        rhythm.started += 1
        rhythm.under_way += 1
        rhythm.full = False
        wanted = self._run.want(rhythm.items)
        self._sweeping.begin(
            self._run.ground, wanted.probes, lambda seen: self._news.put(_Ended(rhythm, head, wanted, seen))
        )

    def _judge(self, session: pytest.Session, ended: _Ended) -> None:
        ended.rhythm.under_way -= 1
        if reporter := session.config.pluginmanager.get_plugin("terminalreporter"):
            reporter.stats.clear()  # what earlier rounds left would only grow
        items = self._run.take(ended.wanted, ended.seen)
        for item, following in itertools.zip_longest(items, items[1:]):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self._start_those_due()
        if not write_lines(ended.head, self._run.results, self._out):
            self.end()


def _shortly(error: pytest.ExceptionInfo[BaseException]) -> str:
    return type(error.value).__name__


def _rhythms(items: Iterable[pytest.Item], wishes: Sequence[Wish]) -> list[_Rhythm]:
    by_id = {check_id(item): item for item in items}
    rest_s = {name: max((probe.rest_s for probe in probes_of(item)), default=0.0) for name, item in by_id.items()}
    groups: dict[float, list[pytest.Item]] = collections.defaultdict(list)
    for name, every_s in intervals(rest_s, wishes).items():
        groups[every_s].append(by_id[name])
    return [_Rhythm(every_s, groups[every_s]) for every_s in sorted(groups)]
