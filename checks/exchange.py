"""What came of one request: an answer that checks read from, or the reason why there is none."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from checks.outcome import CheckFailed, CheckUnknown, Reason, fail

_LINE_MAX = 120
# A word that a cut goes through is left out: redaction would not know a part of a secret.
_WORDS = re.compile(r"[^\s\"',;<>{}]+$")


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer. `subject` names who was asked ("api", "webapp", "edgar", "openai")."""

    subject: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float
    retried: str | None = None
    received_at: float = 0.0

    @property
    def seen(self) -> str:
        """Status, latency and the body's first line, for a message."""
        return f"{self.method} {self.url} -> {self.status} after {self.elapsed_s:.2f} s: {self.first_line}"

    @property
    def first_line(self) -> str:
        text = self.body.lstrip()[: _LINE_MAX * 4].decode(errors="replace").strip()
        line = text.splitlines()[0].strip() if text else "(empty body)"
        shown = "".join(c if c.isprintable() else "?" for c in line)
        return shown if len(shown) <= _LINE_MAX else f"{_WORDS.sub('', shown[:_LINE_MAX])}..."

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def text(self) -> str:
        """The body as text; fails the check where it is not UTF-8."""
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            self._malformed("not_utf8", "a body in UTF-8", f"a byte that is not, at {error.start}")

    def json_object(self) -> dict[str, object]:
        """The body as a JSON object; fails the check where it is anything else (NaN is no JSON: RFC 8259)."""
        if self.media_type and "json" not in self.media_type:
            self._malformed("not_json", "a JSON object", f"content type {self.media_type}")
        try:
            value = json.loads(self.text(), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            self._malformed("not_json", "a JSON object", "a body that is none")
        if not isinstance(value, dict):
            self._malformed("not_json", "a JSON object", f"a JSON {type(value).__name__}")
        return value

    def _malformed(self, kind: str, expected: str, seen: str) -> NoReturn:
        fail(f"{self.subject}.{kind}", expected=expected, seen=f"{seen} ({self.seen})")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


@dataclass(frozen=True)
class NoAnswer:
    """Why no whole answer came. `sick`: the fault is the prober's own, so the check cannot tell."""

    subject: str
    kind: str
    seen: str
    sick: bool = False
    elapsed_s: float = 0.0
    retried: str | None = None

    def give_up(self) -> NoReturn:
        """End the check: failed, or unknown where the prober is sick."""
        code = f"prober.{self.kind}" if self.sick else f"{self.subject}.{self.kind}"
        seen = f"{self.seen} (tried twice)" if self.retried else self.seen
        reason = Reason(code, f"an answer from {self.subject}", seen)
        raise CheckUnknown(reason) if self.sick else CheckFailed(reason)


@dataclass(frozen=True)
class Exchange:
    """A request and what came of it. A check asks for `.answer`, and ends there if there was none."""

    result: Answer | NoAnswer

    @property
    def answer(self) -> Answer:
        if isinstance(self.result, NoAnswer):
            self.result.give_up()
        return self.result

    @property
    def answered(self) -> bool:
        return isinstance(self.result, Answer)

    @property
    def elapsed_s(self) -> float:
        return self.result.elapsed_s

    @property
    def note(self) -> str | None:
        """What a reader of a pass should still know."""
        if isinstance(self.result, Answer) and self.result.retried:
            return f"passed on retry, after: {self.result.retried}"
        return None
