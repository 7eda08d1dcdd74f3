"""Counts what a stand-in is asked, and applies the rule that a request meets."""

import asyncio
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drills.bench.upstreams.rules import Rule
from drills.bench.upstreams.state import State

# A byte pair that is in no UTF-8 text.
NOT_UTF_8 = b"\xff\xfe"

ErrorAnswer = Callable[[Rule], Response]


class Faults:
    """ASGI middleware around an upstream's application; `error_answer` gives a rule's answer in its shape."""

    def __init__(self, app: ASGIApp, state: State, error_answer: ErrorAnswer) -> None:
        self._app = app
        self._state = state
        self._error_answer = error_answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        self._state.seen.request(path)
        rule = self._state.rules.take(path)

        async def counting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._state.seen.answer(message["status"])
            await send(message)

        await self._answer(rule, scope, receive, counting_send)

    async def _answer(self, rule: Rule | None, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._app
        if rule is not None and rule.delay_s and await _ended_within(self._state.closing, rule.delay_s):
            answer = PlainTextResponse("shutting down", 503)
        elif rule is not None and rule.replaces_answer:
            answer = self._error_answer(rule)
        if rule is None or rule.body == "normal":
            await answer(scope, receive, send)
        else:
            await _spoiled(answer, rule, scope, receive, send)


async def _ended_within(closing: asyncio.Event, delay_s: float) -> bool:
    """Waits `delay_s`, or until the process is to end: then True."""
    try:
        async with asyncio.timeout(delay_s):
            return await closing.wait()
    except TimeoutError:
        return False


async def _spoiled(answer: ASGIApp, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
    """Sends the answer with its body spoiled as the rule says, its length declared accordingly."""
    started: list[Message] = []
    chunks: list[bytes] = []

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        else:
            chunks.append(message.get("body", b""))

    await answer(scope, receive, collect)
    whole = b"".join(chunks)
    sent = {"empty": b"", "malformed": _malformed(whole), "truncated": whole[: len(whole) // 2]}[rule.body]
    truncated = rule.body == "truncated"
    start = started[0]
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["content-length"] = str(len(whole) if truncated else len(sent))
    await send({**start, "headers": headers.raw})
    # With `more_body` the server waits for the declared length; as nothing follows it closes the connection.
    await send({"type": "http.response.body", "body": sent, "more_body": truncated})


def _malformed(body: bytes) -> bytes:
    """A body that comes whole and cannot be parsed: JSON without its colons, else text that is not UTF-8."""
    without_colons = body.replace(b'":', b'"')
    if without_colons != body:
        return without_colons
    middle = len(body) // 2
    return body[:middle] + NOT_UTF_8 + body[middle:]
