"""An endpoint of known latency, a process of its own: it answers 20 ms after it was asked, and says how late it was.

What the generator measures there, and those 20 ms, differ by the generator's own error. `python -m load.yardstick`
prints its port and ends with its standard input.
"""

import asyncio
import sys
from collections.abc import Callable

HOLDS_S = 0.020
LATE_HEADER = "X-Late-S"
"""The header in which it says by how many seconds it missed that."""

_SPIN_S = 0.0015
"""So long before the moment it stops sleeping: the event loop wakes a millisecond late."""


class _Yardstick(asyncio.Protocol):
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._asked = b""
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now_s = self._loop.time()
        self._asked += data
        if self._asked.endswith(b"\r\n\r\n"):
            self._asked = b""
            self._loop.call_at(now_s + HOLDS_S - _SPIN_S, self._answer, now_s + HOLDS_S)

    def _answer(self, due_s: float) -> None:
        while self._loop.time() < due_s:
            pass
        head = f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{LATE_HEADER}: {self._loop.time() - due_s:.6f}\r\n\r\n"
        if isinstance(self._transport, asyncio.WriteTransport) and not self._transport.is_closing():
            self._transport.write(head.encode())


async def _serve(ready: Callable[[int], None]) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Yardstick, "127.0.0.1", 0)
    over = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), lambda: sys.stdin.buffer.read1(1) or over.set())  # type: ignore[func-returns-value,union-attr]
    async with server:
        ready(server.sockets[0].getsockname()[1])
        await over.wait()


def main() -> None:
    asyncio.run(_serve(lambda port: print(port, flush=True)))


if __name__ == "__main__":
    main()
