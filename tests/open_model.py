"""A true open model, to compare with: every request starts at its moment, on a task and a connection of its own.

`python -m tests.open_model URL RATE LASTS OUT` asks evenly, whatever is outstanding, and writes each latency from the
intended start, in seconds, as doubles.
"""

import asyncio
import sys
import time
from array import array
from pathlib import Path
from urllib.parse import urlsplit

TIMEOUT_S = 15.0
BODY = b'{"question": "?"}'


async def _ask(url: str, due_s: float, latencies_s: "array[float]") -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    writer.write(head.encode() + BODY)
    answer = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
    latencies_s.append(time.perf_counter() - due_s)
    writer.close()


async def _all(url: str, rate_per_s: float, lasts_s: float) -> "array[float]":
    latencies_s, begins_s = array("d"), time.perf_counter() + 0.5
    async with asyncio.timeout(lasts_s + TIMEOUT_S), asyncio.TaskGroup() as group:
        for n in range(round(rate_per_s * lasts_s)):
            due_s = begins_s + n / rate_per_s
            await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
            group.create_task(_ask(url, due_s, latencies_s))
    return latencies_s


def main() -> None:
    url, rate, lasts, out = sys.argv[1:]
    Path(out).write_bytes(asyncio.run(_all(url, float(rate), float(lasts))).tobytes())


if __name__ == "__main__":
    main()
