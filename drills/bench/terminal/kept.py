"""What is kept of an output: its two ends."""

import base64
import re


class Kept:
    """The first and the last bytes of an output, and how many between them are gone."""

    def __init__(self, size: int) -> None:
        self.half = size // 2
        self.head = bytearray()
        self.tail = bytearray()
        self.cut = 0

    def add(self, data: bytes | bytearray) -> None:
        room = self.half - len(self.head)
        self.head += data[:room]
        self.tail += data[room:]
        if len(self.tail) > self.half:
            self.cut += len(self.tail) - self.half
            del self.tail[: -self.half]

    def packed(self) -> dict[str, str | int]:
        """As words of JSON."""
        return {"head": _text(self.head), "cut": self.cut, "tail": _text(self.tail)}


def _text(data: bytearray) -> str:
    return base64.b64encode(data).decode()


def last_line(output: bytes) -> str:
    """The last line of what a terminal got, where nothing ended it: perhaps a question."""
    line = re.split(rb"[\r\n]", output)[-1]
    return re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x1f\x7f]", "", line.decode(errors="replace")).strip()[-80:]
