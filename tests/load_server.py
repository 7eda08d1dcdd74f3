"""A tiny FinChat for the tests of load: answers at once or late, well or badly, as the path says.

    POST /query             a good answer              POST /late/0.02/query    the same, 20 ms later
    POST /garbage/query     500, bytes that are no text     POST /elsewhere/query    a redirect to `--elsewhere`
    POST /silent/query      never                      GET /health, /ready      as FinChat's
    POST /broken/query      every second connection ends without a word         GET /asked   how many questions came

`python -m tests.load_server` prints its port and ends with its standard input. SIGSTOP freezes it, as a machine does
that stands still: what arrives meanwhile waits in the kernel.
"""

import argparse
import asyncio
import sys

BACKLOG = 4096
CITED = b'[{"doc_id": "1", "text": "R", "start": 0, "end": 1}]'
ANSWER = b'{"answer": "Risks [1].", "citations": %s, "metadata": {"mode": "full"}}' % CITED
PLAIN = {b"/health": b'{"status": "healthy"}', b"/ready": b'{"ready": true}'}


def _packed(status: bytes, body: bytes, head: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s" % (
        status,
        len(body),
        head,
        body,
    )


ANSWERS = {path: _packed(b"200 OK", body) for path, body in PLAIN.items()}
GOOD = _packed(b"200 OK", ANSWER)
GARBAGE = _packed(b"500 Internal Server Error", b"\xff\xfe\x00\x81 no text")


class _Service:
    """What all connections share."""

    def __init__(self, elsewhere: str) -> None:
        self.asked = 0
        self.moved = _packed(b"307 Temporary Redirect", b"", b"Location: %s/query\r\n" % elsewhere.encode())


class _Connection(asyncio.Protocol):
    def __init__(self, service: _Service) -> None:
        self._service = service
        self._loop = asyncio.get_running_loop()
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            head = self._came[:end]
            marker = head.lower().find(b"content-length:")
            length = int(head[marker + 15 :].split(b"\r\n", 1)[0]) if marker >= 0 else 0
            if len(self._came) < end + 4 + length:
                return
            self._came = self._came[end + 4 + length :]
            self._answer(head.split(b" ", 2)[1])

    def _answer(self, path: bytes) -> None:
        if path == b"/asked":
            self._write(_packed(b"200 OK", b"%d" % self._service.asked))
            return
        self._service.asked += 1
        if path.startswith(b"/late/"):
            self._loop.call_later(float(path.split(b"/")[2]), self._write, GOOD)
        elif path.startswith(b"/garbage/"):
            self._write(GARBAGE)
        elif path.startswith(b"/elsewhere/"):
            self._write(self._service.moved)
        elif path.startswith(b"/broken/") and self._service.asked % 2:
            self._transport.close()
        elif not path.startswith(b"/silent/"):
            self._write(ANSWERS.get(path, GOOD))

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def _serve(host: str, port: int, elsewhere: str) -> None:
    loop, service, over = asyncio.get_running_loop(), _Service(elsewhere), asyncio.Event()
    server = await loop.create_server(lambda: _Connection(service), host, port, backlog=BACKLOG)
    loop.add_reader(sys.stdin.fileno(), lambda: sys.stdin.buffer.read1(1) or over.set())  # type: ignore[union-attr,func-returns-value]
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await over.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load_server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--elsewhere", default="http://127.0.0.1:9", help="where /elsewhere/ redirects to")
    asked = parser.parse_args()
    asyncio.run(_serve(asked.host, asked.port, asked.elsewhere))


if __name__ == "__main__":
    main()
