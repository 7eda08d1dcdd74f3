"""What makes a profile a Locust file: its user, its shape, and the options of a run by hand.

    locust -f load/baseline.py --target production.toml        # with Locust's own web page

A run that pytest starts gets its plan as a file instead (FINCHAT_LOAD_PLAN), and leaves its files beside it.
"""

import ctypes
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import gevent
from flask import Response, jsonify, request
from gevent.pool import Group
from locust import FastHttpUser, LoadTestShape, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import STATE_STOPPED, WorkerRunner
from locust.web import WebUI

from checks.outcome import ExitCode
from load.by_hand import NO_HOST, Asked, Refused, plan_by_hand, shown_host
from load.gathering import Gathering
from load.generator import wait_until
from load.load_profile import Profile
from load.plan import PLAN_ENV, Plan, read_plan
from load.schedule import in_flight_max, slots, turn_of

WORD_AFTER_S = 5.0
"""A worker that found no master says so after that."""

_PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal that this process gets when its parent is gone."""

_ATTRIBUTE = "finchat_gathering"


def user_and_shape(profile: Profile) -> tuple[type[FastHttpUser], type[LoadTestShape]]:
    """The classes with which Locust runs this profile, and its listeners."""

    class Customer(_Customer):
        pass

    class Schedule(_Schedule):
        pass

    _listen(profile)
    return Customer, Schedule


def gathering_of(environment: Environment) -> Gathering:
    """The state of this process."""
    found = getattr(environment, _ATTRIBUTE)
    assert isinstance(found, Gathering)
    return found


class _Customer(FastHttpUser):
    """Asks at its slots, whether or not the answers before have come: a service that is slow is not asked less."""

    abstract = True
    insecure = False  # Locust's default trusts any certificate
    host = NO_HOST

    def __init__(self, environment: Environment) -> None:
        plan = gathering_of(environment).plan
        self.network_timeout = self.connection_timeout = plan.timeout_s if plan else 10.0
        self.concurrency = in_flight_max(plan) if plan else 10
        super().__init__(environment)

    @task
    def keep_the_schedule(self) -> None:
        asking = gathering_of(self.environment).asking
        if asking is None:
            raise StopUser
        # By numbers and nothing that differs from run to run: a seed gives the same schedule again.
        user, worker = next(asking.users), getattr(self.environment.runner, "worker_index", 0)
        random = Random(f"{asking.plan.seed} {worker} {user}")
        begins_s, born_s = asking.recorder.counter_at(asking.plan.begins_at), time.perf_counter()
        pool, asked = self.client.client.clientpool, Group()
        # Lazily: what a long run has in thousands of users would be for the garbage collector to walk.
        due = (slot for slot in slots(asking.plan, random, turn_of(user)) if begins_s + slot.at_s >= born_s)
        try:
            for slot in due:
                body = asking.body(slot.endpoint, random)
                wait_until(begins_s + slot.at_s)
                asked.spawn(asking.ask, pool, slot.endpoint, begins_s + slot.at_s, body)
            asked.join()
        finally:
            asked.kill()
            for left in due:
                if begins_s + left.at_s >= time.perf_counter():
                    break
                asking.leave_out(left.endpoint, begins_s + left.at_s)
        raise StopUser


class _Schedule(LoadTestShape):
    """All users at once, before the plan begins, until it is over: its stages are in the users' slots."""

    abstract = True

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None
        gathering = gathering_of(self.runner.environment)
        if gathering.plan is None or gathering.is_over():
            return None
        return gathering.plan.users, float(gathering.plan.users)


def _listen(profile: Profile) -> None:
    hand = _Listener(profile, os.environ.get(PLAN_ENV))
    events.init_command_line_parser.add_listener(hand.add_options)  # type: ignore[no-untyped-call]
    events.init.add_listener(hand.init)  # type: ignore[no-untyped-call]
    events.test_start.add_listener(hand.test_start)  # type: ignore[no-untyped-call]
    events.test_stop.add_listener(hand.test_stop)  # type: ignore[no-untyped-call]


class _Listener:
    """Listens to Locust: a plan from the file that pytest gave, or from the options of whoever started Locust."""

    def __init__(self, profile: Profile, given: str | None) -> None:
        self._profile = profile
        self._given = Path(given) if given else None
        self._shown = NO_HOST
        os.register_at_fork(after_in_child=lambda: _end_with_the_parent(signal.SIGKILL))
        if given:
            _end_with_the_parent(signal.SIGTERM)
        self._waits = gevent.spawn_later(WORD_AFTER_S, _say_that_it_waits)

    def add_options(self, parser: LocustArgumentParser) -> None:
        # Of the parser itself and as text: the page shows no argument of a group, and sends an empty field as text.
        add = parser.add_argument
        add("--target", metavar="FILE", default="runbook", help="target file, or a built-in one's name")
        add("--load-rate", metavar="N", default="", help="highest rate in requests/s; empty: the profile's")
        add("--load-lasts", metavar="S", default="", help="seconds that the whole profile lasts; empty: its own")
        add("--load-records", metavar="DIR", default="", help="where the raw records go", include_in_web_ui=False)

    def init(self, environment: Environment, web_ui: WebUI | None = None, **_: object) -> None:
        self._waits.kill(block=False)
        plan = None if isinstance(environment.runner, WorkerRunner) else self._plan(environment)
        if plan is not None and not environment.host:
            self._shown = shown_host(plan)
            for user_class in environment.user_classes:
                user_class.host = self._shown
        setattr(environment, _ATTRIBUTE, Gathering(environment, plan, lambda: self._folder(environment)))
        # Here, so that it comes before the runner's own: a worker's last records, then its farewell.
        environment.events.quitting.add_listener(self.quitting)  # type: ignore[no-untyped-call]
        _stop_at_signals(environment, is_headless=web_ui is None)
        if web_ui is not None and web_ui.app is not None and not self._given:
            web_ui.app.before_request(lambda: self._refusal(environment))

    def test_start(self, environment: Environment, **_: object) -> None:
        if not isinstance(environment.runner, WorkerRunner):
            gathering_of(environment).begin(self._plan(environment))

    def test_stop(self, environment: Environment, **_: object) -> None:
        gathering = gathering_of(environment)
        was_begun = gathering.end()
        if was_begun and not self._given:
            print(f"records: {gathering.folder} (judge them: python -m load.verdict {gathering.folder})", flush=True)

    def quitting(self, environment: Environment, **_: object) -> None:
        if isinstance(environment.runner, WorkerRunner):
            environment.runner.stop()
        if environment.process_exit_code is None:
            environment.process_exit_code = 0  # what failed is the judge's to say

    def _plan(self, environment: Environment) -> Plan:
        if self._given:
            return read_plan(self._given)
        try:
            return plan_by_hand(
                self._profile, Asked.of(vars(environment.parsed_options), environment.host, self._shown)
            )
        except (Refused, ValueError) as error:
            print(error, file=sys.stderr, flush=True)
            sys.exit(ExitCode.USAGE)

    def _refusal(self, environment: Environment) -> Response | None:
        """Before the page starts a run: the answer that it is not, where the run would be refused."""
        if request.method != "POST" or not request.path.endswith("/swarm"):
            return None
        options = {**vars(environment.parsed_options), **request.form.to_dict()}
        try:
            plan_by_hand(self._profile, Asked.of(options, request.form.get("host", environment.host), self._shown))
        except (Refused, ValueError) as error:
            print(error, file=sys.stderr, flush=True)
            return jsonify({"success": False, "message": str(error), "host": environment.host})
        return None

    def _folder(self, environment: Environment) -> Path:
        if self._given:
            return self._given.parent
        asked = environment.parsed_options
        if asked is None or not asked.load_records:
            return Path(tempfile.mkdtemp(prefix=f"finchat-load-{self._profile.name}-"))
        path = Path(asked.load_records)
        if not asked.headless:  # the page can start several runs
            path /= time.strftime("%Y-%m-%dT%H-%M-%S")
        path.mkdir(parents=True, exist_ok=True)
        return path


def _end_with_the_parent(number: signal.Signals) -> None:
    """This process gets that signal when the one that started it ends, however that ends: nobody would judge its load.

    A worker of `--processes` is ended with its master: Locust forgets its workers where the master exits early, and a
    worker notices a dead master after a minute, or never. Linux only; elsewhere it is as Locust has it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


def _stop_at_signals(environment: Environment, is_headless: bool) -> None:
    """Ctrl-C and SIGTERM end a run in its main greenlet, and not in whichever user asks just then.

    Locust itself listens to SIGTERM only after a headless run: until then it would die with what it has.
    """
    main = gevent.getcurrent()

    def stop() -> None:
        gevent.kill(main, KeyboardInterrupt)

    def stop_unless_stopped() -> None:
        if environment.runner is not None and environment.runner.state != STATE_STOPPED:
            stop()

    gevent.signal_handler(signal.SIGINT, stop)
    if is_headless and not isinstance(environment.runner, WorkerRunner):
        gevent.signal_handler(signal.SIGTERM, stop_unless_stopped)


def _say_that_it_waits() -> None:
    print(
        f"no master has answered this worker for {WORD_AFTER_S:g} s: start it, or see --master-host and --master-port "
        "(the worker goes on trying for five minutes)",
        file=sys.stderr,
        flush=True,
    )
