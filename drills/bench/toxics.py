"""What Toxiproxy can do to a connection, one type each, refused here where the server would take it and break.

The server validates next to nothing: a negative rate crashes it, a slicer without a size overflows its stack, and a
toxicity of 7 or a latency of -5 are taken in silence. So a toxic that exists is one that the server can hold.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

Stream = Literal["upstream", "downstream"]

TIME_MS_MAX = 600_000
RATE_KB_S_MAX = 1_000_000
SIZE_BYTES_MAX = 1_000_000_000
DELAY_US_MAX = 10_000_000
# The server keeps a toxicity in 32 bits: more decimals than these do not come back as they were sent.
TOXICITY_DECIMALS = 6


class ToxicError(ValueError):
    """A toxic that would do nothing, something else than it says, or end the server; the text says what to give."""


@dataclass(frozen=True)
class Toxic(ABC):
    """One fault of a connection. `stream` is the direction that it spoils: "downstream" is from the upstream back.

    `toxicity` is the share of connections that meet it, drawn once for each connection; adding any later toxic draws
    again. ToxicError where a value makes no sense.
    """

    kind: ClassVar[str]

    stream: Stream = field(default="downstream", kw_only=True)
    toxicity: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        if self.stream not in get_args(Stream):
            self._refuse(f"stream is {self.stream!r}", "give 'upstream' or 'downstream'")
        share = self.toxicity
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            self._refuse(f"toxicity is {share!r}", "give a share of the connections, from 0 to 1")
        if round(share, TOXICITY_DECIMALS) != share:
            self._refuse(f"toxicity is {share!r}", f"give at most {TOXICITY_DECIMALS} decimals")
        self._validate()

    @property
    def name(self) -> str:
        """What the toxic is called on its proxy: the same on every run, and one of a kind in each direction."""
        return f"{self.kind}_{self.stream}"

    @property
    @abstractmethod
    def attributes(self) -> Mapping[str, int]:
        """The values under the names, and in the units, that the server has for them."""

    @abstractmethod
    def _validate(self) -> None:
        """ToxicError where a value of this kind makes no sense."""

    def _require_whole(self, what: str, value: int, least: int, most: int, mend: str | None = None) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._refuse(f"{what} is {value!r}", mend or f"give a whole number from {least} to {most}")

    def _refuse(self, what: str, mend: str) -> None:
        raise ToxicError(f"{type(self).__name__}: {what}; {mend}.")


@dataclass(frozen=True)
class Latency(Toxic):
    """Data comes `latency_ms` later, give or take `jitter_ms`. A connect is not delayed, a TLS handshake is."""

    kind = "latency"
    latency_ms: int
    jitter_ms: int = 0

    @property
    def attributes(self) -> Mapping[str, int]:
        return {"latency": self.latency_ms, "jitter": self.jitter_ms}

    def _validate(self) -> None:
        self._require_whole("latency_ms", self.latency_ms, 1, TIME_MS_MAX)
        mend = f"give a whole number from 0 to latency_ms ({self.latency_ms})"
        self._require_whole("jitter_ms", self.jitter_ms, 0, self.latency_ms, mend)


@dataclass(frozen=True)
class Timeout(Toxic):
    """Data is swallowed, and the connection closed `timeout_ms` after the last of it; 0 never closes it.

    An upstream that closes first ends the connection at once. Removing the toxic closes the connections that it held.
    """

    kind = "timeout"
    timeout_ms: int

    @property
    def attributes(self) -> Mapping[str, int]:
        return {"timeout": self.timeout_ms}

    def _validate(self) -> None:
        self._require_whole("timeout_ms", self.timeout_ms, 0, TIME_MS_MAX)


@dataclass(frozen=True)
class Bandwidth(Toxic):
    """No more than `rate_kb_s` (1000 bytes a second) a connection; 0 holds all data back until the toxic is removed."""

    kind = "bandwidth"
    rate_kb_s: int

    @property
    def attributes(self) -> Mapping[str, int]:
        return {"rate": self.rate_kb_s}

    def _validate(self) -> None:
        self._require_whole("rate_kb_s", self.rate_kb_s, 0, RATE_KB_S_MAX)


@dataclass(frozen=True)
class Slicer(Toxic):
    """Data comes in pieces of `average_size_bytes`, give or take `size_variation_bytes`, `delay_us` after each."""

    kind = "slicer"
    average_size_bytes: int
    size_variation_bytes: int
    delay_us: int

    @property
    def attributes(self) -> Mapping[str, int]:
        return {
            "average_size": self.average_size_bytes,
            "size_variation": self.size_variation_bytes,
            "delay": self.delay_us,
        }

    def _validate(self) -> None:
        self._require_whole("average_size_bytes", self.average_size_bytes, 1, SIZE_BYTES_MAX)
        most = self.average_size_bytes - 1
        mend = f"give a whole number from 0 to {most}, less than average_size_bytes"
        self._require_whole("size_variation_bytes", self.size_variation_bytes, 0, most, mend)
        self._require_whole("delay_us", self.delay_us, 0, DELAY_US_MAX)


@dataclass(frozen=True)
class ResetPeer(Toxic):
    """The connection is reset (RST) `timeout_ms` after the first data. One that was open before is closed in order.

    Removing the toxic can take the server as long as `timeout_ms`: keep that well under the deadline of the
    ProxyServer. The server resets whatever the toxicity, so none but 1 is taken.
    """

    kind = "reset_peer"
    timeout_ms: int

    @property
    def attributes(self) -> Mapping[str, int]:
        return {"timeout": self.timeout_ms}

    def _validate(self) -> None:
        self._require_whole("timeout_ms", self.timeout_ms, 0, TIME_MS_MAX)
        if self.toxicity != 1:
            self._refuse(f"toxicity is {self.toxicity!r}", "leave it at 1, as the server resets every connection")


@dataclass(frozen=True)
class LimitData(Toxic):
    """The connection is closed once `bytes_max` bytes went through."""

    kind = "limit_data"
    bytes_max: int

    @property
    def attributes(self) -> Mapping[str, int]:
        return {"bytes": self.bytes_max}

    def _validate(self) -> None:
        mend = f"give a whole number from 1 to {SIZE_BYTES_MAX} (0 closes at once: disable the proxy for that)"
        self._require_whole("bytes_max", self.bytes_max, 1, SIZE_BYTES_MAX, mend)


@dataclass(frozen=True)
class SlowClose(Toxic):
    """The end of the connection comes `delay_ms` late; its data does not."""

    kind = "slow_close"
    delay_ms: int

    @property
    def attributes(self) -> Mapping[str, int]:
        return {"delay": self.delay_ms}

    def _validate(self) -> None:
        self._require_whole("delay_ms", self.delay_ms, 1, TIME_MS_MAX)
