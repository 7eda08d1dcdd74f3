"""Brings the plan to every process of the generator, and their records into one file.

A process that stands alone writes its own. With workers (`--processes`, or on other machines) the master sends the plan
before the users, and the workers send their records to it over Locust's own connection.
"""

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import msgspec
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner, WorkerRunner

from load.generator import Asking
from load.own_error import OwnError
from load.plan import ENDED_FILE, RECORDS_FILE, Ended, Plan, write_plan
from load.recorder import Recorder
from load.records import RECORD

FLUSH_EVERY_S = 0.5
SPAWNS_S = 1.5
USERS_SPAWNED_PER_S = 500
"""A careful figure: the plan begins when all its users are there."""

LAST_WORD_S = 10.0
"""How long the master waits for the last records of its workers."""

SETTLES_BEFORE_S = 0.4
"""Before the plan begins: time for one walk of the garbage collector over thousands of users (0.1 s)."""

CLOCKS_AGREE_S = 0.1
"""A worker's clock that differs from the master's by more (and by the way of a message) is corrected by what it was."""

_PLAN, _RECORDS, _END = "finchat-plan", "finchat-records", "finchat-end"


class _Sent(msgspec.Struct):
    """What a worker sends: records, how many it has made in all, and whether these are its last."""

    records: bytes
    made: int
    cpu_s: float
    last: bool


class Gathering:
    """The state of one process of the generator; `folder_for` gives the place of a test's files."""

    def __init__(self, environment: Environment, plan: Plan | None, folder_for: Callable[[], Path]) -> None:
        self._environment = environment
        self._folder_for = folder_for
        self._folder = Path()
        self._over_at = 0.0
        self._heard: dict[str, _Sent] = {}
        self._written = 0
        self._workers = 0
        self._is_begun = False
        self._cpu_before_s = 0.0
        self._background: list[gevent.Greenlet[..., None]] = []
        self.plan = plan
        self.asking: Asking | None = None
        runner = environment.runner
        if isinstance(runner, WorkerRunner):
            runner.register_message(_PLAN, self._plan_came)
            runner.register_message(_END, self._end_came)
        elif isinstance(runner, MasterRunner):
            runner.register_message(_RECORDS, self._records_came)

    @property
    def folder(self) -> Path:
        """Where the files of the last test are."""
        return self._folder

    def begin(self, plan: Plan) -> None:
        """Before the users of a test, in the process that plans: sets the moment at which it begins."""
        begins_at = time.time() + SPAWNS_S + plan.users / USERS_SPAWNED_PER_S
        self.plan = msgspec.structs.replace(plan, begins_at=begins_at)
        self._folder = self._folder_for()
        self._heard, self._written, self._is_begun = {}, 0, True
        (self._folder / ENDED_FILE).unlink(missing_ok=True)
        (self._folder / RECORDS_FILE).write_bytes(b"")
        write_plan(self.plan, self._folder)
        if isinstance(runner := self._environment.runner, MasterRunner):
            self._workers = len(runner.clients)
            runner.send_message(_PLAN, {"plan": msgspec.json.encode(self.plan), "sent_at": time.time()})
        else:
            self._begin_asking()

    def is_over(self) -> bool:
        """Whether the plan's last second is past, and every user done or out of time."""
        if self.plan is None or not self.plan.begins_at:
            return False
        past_s = time.time() - self.plan.begins_at - self.plan.lasts_s
        runner = self._environment.runner
        return past_s > 0 and (past_s > self.plan.timeout_s + 1 or (runner is not None and runner.user_count == 0))

    def end(self) -> bool:
        """After the users of a test, in every process. Whether it was this one that began it."""
        for greenlet in self._background:
            greenlet.kill()
        self._background = []
        gc.unfreeze()
        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            self._send(last=True)
        elif self._is_begun and isinstance(runner, MasterRunner):
            self._conclude(self._last_words(runner))
        elif self._is_begun:
            if self.asking is not None:  # else it was stopped before it could ask
                self._heard["itself"] = self._kept(last=True)
                self._write(self._heard["itself"].records)
            self._conclude(1)
        was_begun, self.asking, self._is_begun = self._is_begun, None, False
        return was_begun

    def _begin_asking(self, clock_ahead_s: float = 0.0) -> None:
        assert self.plan is not None
        own_error = OwnError()
        plan = own_error.started(self.plan)
        self._cpu_before_s = time.process_time()
        self._over_at = plan.begins_at + plan.lasts_s + plan.timeout_s + clock_ahead_s
        self.asking = Asking(plan, Recorder(clock_ahead_s), self._is_before_its_end, self._environment.events.request)
        before_s = max(0.0, plan.begins_at + clock_ahead_s - SETTLES_BEFORE_S - time.time())
        self._background = [
            gevent.spawn(self._flush),
            gevent.spawn(own_error.measure, self.asking),
            gevent.spawn_later(before_s, _settle),
        ]

    def _is_before_its_end(self) -> bool:
        return time.time() < self._over_at

    def _flush(self) -> None:
        while True:
            gevent.sleep(FLUSH_EVERY_S)
            if isinstance(self._environment.runner, WorkerRunner):
                self._send(last=False)
            else:
                self._write(self._kept(last=False).records)

    def _kept(self, last: bool) -> _Sent:
        assert self.asking is not None
        recorder = self.asking.recorder
        return _Sent(recorder.take(), recorder.made, time.process_time() - self._cpu_before_s, last)

    def _send(self, last: bool) -> None:
        if self.asking is not None and self._environment.runner is not None:
            self._environment.runner.send_message(
                _RECORDS, msgspec.to_builtins(self._kept(last), builtin_types=(bytes,))
            )

    def _write(self, packed: bytes) -> None:
        with (self._folder / RECORDS_FILE).open("ab") as file:
            self._written += file.write(packed) // RECORD.itemsize

    def _last_words(self, runner: MasterRunner) -> int:
        """Has the workers stop and send what they still have. How many there were, with those that died."""
        runner.send_message(_END)
        until_s = time.monotonic() + LAST_WORD_S
        while time.monotonic() < until_s:
            missing = sum(client.state == STATE_MISSING for client in runner.clients.all)
            if sum(one.last for one in self._heard.values()) >= self._workers - missing:
                break
            gevent.sleep(0.02)
        return max(self._workers, len(self._heard))

    def _conclude(self, processes: int) -> None:
        assert self.plan is not None
        heard = self._heard.values()
        ended = Ended(
            begins_at=self.plan.begins_at,
            made=sum(one.made for one in heard),
            written=self._written,
            processes=processes,
            finished=sum(one.last for one in heard),
            cpu_s=sum(one.cpu_s for one in heard),
        )
        (self._folder / ENDED_FILE).write_bytes(msgspec.json.encode(ended))

    def _plan_came(self, environment: Environment, msg: Any) -> None:
        self.plan = msgspec.json.decode(msg.data["plan"], type=Plan)
        ahead_s = time.time() - msg.data["sent_at"]
        self._begin_asking(ahead_s if abs(ahead_s) > CLOCKS_AGREE_S else 0.0)

    def _end_came(self, environment: Environment, msg: Any) -> None:
        if environment.runner is not None:
            environment.runner.stop()

    def _records_came(self, environment: Environment, msg: Any) -> None:
        sent = msgspec.convert(msg.data, _Sent)
        self._write(sent.records)
        self._heard[msg.node_id] = sent


def _settle() -> None:
    """What is there now stays until the end: the garbage collector need not stop the world to walk over it."""
    gc.collect()
    gc.freeze()
