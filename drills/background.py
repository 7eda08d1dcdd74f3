"""Users in the background of a drill: real questions on a fixed schedule, so that the harm to users is measured.

Open loop, as users are: nobody waits with a question because the service still owes somebody else an answer. Each
question is a user of its own, with new connections and new cookies, and carries no probe mark: the service counts it.
"""

import asyncio
import contextlib
import itertools
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import httpx
import msgspec

from checks.http import sendable
from checks.network import diagnose
from checks.target import Question, Service, Target
from drills.bench.process import BenchError
from drills.impact import Result, UserAnswer

RATE_PER_S = 3.0
"""So many that the checks of error rates, which want 20 requests in 10 s, can tell."""
IN_FLIGHT_MAX = 32
END_WITHIN_S = 1.0
WEBAPP_EVERY = 4
FRESH_EVERY = 10
"""One in so many questions was never asked before, and costs a call to OpenAI's stand-in."""

_BODY_BYTES_MAX = 1024 * 1024
_HEADERS = {"User-Agent": "finchat-drill-user", "Accept-Encoding": "identity", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Road:
    """A way to ask: where, with which headers, and where its CSRF token comes from, if it wants one."""

    via: str
    url: str
    headers: Mapping[str, str]
    csrf_url: str | None = None


class Users:
    """The users of one drill, asking in a thread of their own."""

    def __init__(self, roads: Sequence[Road], question: Question, rate_per_s: float, timeout_s: float) -> None:
        self._roads, self._question = roads, question
        self._rate_per_s, self._timeout_s = rate_per_s, timeout_s
        self._nonce = secrets.token_hex(4)
        self._trust: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._answers: list[UserAnswer] = []
        self._trouble: str | None = None
        self._loop = asyncio.new_event_loop()
        self._leave = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="users", daemon=True)
        self.began_s = 0.0

    def answers(self) -> tuple[UserAnswer, ...]:
        """What came of the questions so far, in the order in which it came; of all, once `asking` is left."""
        with self._lock:
            return tuple(self._answers)

    def trouble(self) -> str | None:
        """Why the answers cannot be believed; None: they can."""
        return self._trouble

    def start(self, trust: ssl.SSLContext | None) -> None:
        """Begins to ask. `trust`: whom to believe over https."""
        self._trust = trust
        self.began_s = time.monotonic()
        self._thread.start()

    def end(self) -> None:
        """Asks no more, and cuts off what hangs."""
        with contextlib.suppress(RuntimeError):  # it ended by itself: `trouble` says why
            self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join(END_WITHIN_S)
        if self._thread.is_alive():
            self._trouble = f"The users did not end within {END_WITHIN_S:.0f} s: what they waited for is not counted."

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._ask_all())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        except Exception as error:
            self._trouble = f"The users stopped asking ({type(error).__name__}: {error}): their answers are not all."
        finally:
            self._loop.close()

    async def _ask_all(self) -> None:
        tasks: set[asyncio.Task[None]] = set()
        try:
            for number in itertools.count() if self._roads else ():
                due_s = due_at(self.began_s, number, self._rate_per_s)
                if await self._left_before(due_s):
                    break
                road = road_of(self._roads, number)
                if len(tasks) >= IN_FLIGHT_MAX:
                    self._note(due_s, road, Result.UNSENT, f"{IN_FLIGHT_MAX} others still wait for an answer")
                    continue
                task = asyncio.create_task(self._one(number, road, due_s))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _left_before(self, moment_s: float) -> bool:
        """Waits until then; whether the users were told to leave before."""
        try:
            async with asyncio.timeout(moment_s - time.monotonic()):
                await self._leave.wait()
        except TimeoutError:
            return False
        return True

    async def _one(self, number: int, road: Road, due_s: float) -> None:
        result, said = Result.CUT_OFF, "the drill was over"
        try:
            async with asyncio.timeout(self._timeout_s):
                result, said = await _ask(road, body_of(self._question, number, self._nonce), self._trust)
        except TimeoutError:
            result, said = Result.FAILED, f"no answer within {self._timeout_s:.3g} s"
        except Exception as error:
            trouble = diagnose(error, road.url)
            result, said = Result.CUT_OFF if trouble.sick else Result.FAILED, trouble.seen
        finally:
            self._note(due_s, road, result, said)

    def _note(self, due_s: float, road: Road, result: Result, said: str) -> None:
        latency_s = 0.0 if result is Result.UNSENT else time.monotonic() - due_s
        with self._lock:
            self._answers.append(UserAnswer(due_s, latency_s, road.via, result, said))


@contextlib.contextmanager
def asking(target: Target, environ: Mapping[str, str], rate_per_s: float = RATE_PER_S) -> Iterator[Users]:
    """Users of `target` as it is seen from here, who ask for as long as the context lasts.

    `environ` holds the target's tokens, and in SSL_CERT_FILE whom to trust; BenchError where a token is not there.
    """
    roads = roads_of(target, environ)
    over_tls = any(road.url.startswith("https:") for road in roads)
    trust = ssl.create_default_context(cafile=environ.get("SSL_CERT_FILE")) if over_tls else None
    users = Users(roads, target.question, rate_per_s, target.timeout_s)
    users.start(trust)
    try:
        yield users
    finally:
        users.end()


def due_at(began_s: float, number: int, rate_per_s: float) -> float:
    """When question `number` is to be asked: an absolute moment, so that no delay moves the ones after it."""
    return began_s + number / rate_per_s


def roads_of(target: Target, environ: Mapping[str, str]) -> tuple[Road, ...]:
    """The ways to ask that the target has: the API's, and the webapp's last."""
    api, webapp = target.api, target.webapp
    roads = []
    if path := api.path("query"):
        roads.append(Road("api", f"{api.url}{path}", _headers(api, environ)))
    if webapp and (path := webapp.path("query")):
        csrf = webapp.path("csrf")
        url = f"{webapp.url}{path}"
        roads.append(Road("webapp", url, _headers(webapp, environ), f"{webapp.url}{csrf}" if csrf else None))
    return tuple(roads)


def road_of(roads: Sequence[Road], number: int) -> Road:
    """The way that question `number` takes: one in four is the webapp's."""
    return roads[-1] if number % WEBAPP_EVERY == WEBAPP_EVERY - 1 else roads[0]


def body_of(question: Question, number: int, nonce: str) -> bytes:
    """What user `number` asks: the target's own question, word for word, or now and then one that no cache holds."""
    fresh = number % FRESH_EVERY == FRESH_EVERY - 1
    text = f"{question.text} (user {nonce}-{number})" if fresh else question.text
    asked = {"question": text, "ticker": question.ticker, "form_type": question.form_type, "limit": question.limit}
    return json.dumps(asked).encode()


class _Reply(msgspec.Struct):
    answer: str
    metadata: dict[str, object] | None = None


class _Csrf(msgspec.Struct):
    csrf_token: str


def verdict_on(status: int, body: bytes) -> tuple[Result, str]:
    """What a user makes of this reply."""
    if status != 200:
        return Result.FAILED, f"status {status}"
    try:
        reply = msgspec.json.decode(body, type=_Reply)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return Result.FAILED, "a reply that is no answer"
    if not reply.answer.strip():
        return Result.FAILED, "an answer without a word"
    mode = (reply.metadata or {}).get("mode")
    return (Result.DEGRADED, "a fallback") if mode == "fallback" else (Result.ANSWERED, "an answer")


async def _ask(road: Road, body: bytes, trust: ssl.SSLContext | None) -> tuple[Result, str]:
    # A new client for each user: nobody shares a session, or a connection that broke. Plain HTTP needs no roots.
    async with httpx.AsyncClient(verify=trust or False, timeout=None, trust_env=False, headers=_HEADERS) as client:
        headers = dict(road.headers)
        if road.csrf_url:
            status, got = await _fetch(client, "GET", road.csrf_url, headers, None)
            token = _csrf_token(got)
            if token is None:
                return Result.FAILED, f"status {status} and no CSRF token"
            headers["X-CSRF-Token"] = token
        return verdict_on(*await _fetch(client, "POST", road.url, headers, body))


async def _fetch(
    client: httpx.AsyncClient, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, bytes]:
    """Status and body; no more of the body than an answer can be long."""
    got = bytearray()
    async with client.stream(method, url, headers=headers, content=body) as response:
        async for chunk in response.aiter_raw():
            got += chunk
            await asyncio.sleep(0)  # a flood of tiny chunks leaves the others their turn
            if len(got) > _BODY_BYTES_MAX:
                break
        return response.status_code, bytes(got)


def _csrf_token(body: bytes) -> str | None:
    try:
        token = msgspec.json.decode(body, type=_Csrf).csrf_token
    except (ValueError, RecursionError):
        return None
    return token if sendable(token) else None


def _headers(service: Service, environ: Mapping[str, str]) -> dict[str, str]:
    name = service.token_env
    if not name:
        return {}
    if not environ.get(name):
        raise BenchError(f"The users of {service.url} need its token: put {name} into the environment.")
    return {"Authorization": f"Bearer {environ[name]}"}
