"""Keeps secrets out of everything that is written.

A secret is known by its value (named ones from the environment) or by its shape (keys, tokens, URLs with a password).
Every expression below is linear in the length of the text: it starts only where a run of its characters starts, or is
bounded.
"""

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

SHORTEST_SECRET = 6
"""Characters. A shorter value stands in too much ordinary text to be replaced everywhere."""

_SHORTEST_BASE64 = 8  # of a secret inside longer base64 text, as in Basic authentication

# A token starts where a run of its characters starts, or right after a percent escape or an escaped line break.
_START = r"(?:(?<![A-Za-z0-9_-])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"

# Between a name and its value, in headers, JSON, shell and Python's repr.
_ASSIGNED = r"[\"'\\]{0,4}\s{0,8}[:=]\s{0,8}b?[\"'\\]{0,4}"


class Redactor:
    """Replaces secrets in a text by `[redacted:NAME]` (known by value) or `[redacted]` (known by shape)."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        values = {name: value.strip() for name, value in secrets.items()}
        self.too_short: tuple[str, ...] = tuple(
            name for name, value in values.items() if 0 < len(value) < SHORTEST_SECRET
        )
        """The names of secrets that are set and not looked for, being shorter than 6 characters: warn about them."""
        self._names: dict[str, str] = {}
        for name, value in values.items():
            if len(value) >= SHORTEST_SECRET:
                for form in _written_forms(value):
                    self._names.setdefault(form, name)
        longest_first = sorted(self._names, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, longest_first)))

    @classmethod
    def from_environment(cls, names: Iterable[str], environ: Mapping[str, str]) -> "Redactor":
        """The secrets of these environment variables; one that is unset or empty is no secret."""
        return cls({name: environ[name] for name in names if environ.get(name)})

    def __call__(self, text: str) -> str:
        """The text without the secrets. Applied twice it changes nothing more."""
        if any(form in text for form in self._names):
            text = self._values.sub(lambda match: f"[redacted:{self._names[match[0]]}]", text)
        for kind in _kinds_in(text):
            text = kind.redact(text)
        return text

    def find_secrets(self, text: str) -> list[str]:
        """The names of the known secrets and the kinds of secrets by shape in the text, never a value."""
        found = {self._names[form]: None for form in self._names if form in text}
        return [*found, *find_secrets(text)]


def find_secrets(text: str) -> list[str]:
    """The kinds of secrets (such as "OpenAI key") that the text holds by their shape, never a value.

    Stricter than redaction: it must not accuse a sentence about a "Bearer token", a hash, a request id or a metric.
    """
    return list(dict.fromkeys(kind.name for kind in _kinds_in(text) if kind.is_in(text)))


class _Kind(NamedTuple):
    """One shape of secret. Of what `pattern` matches, the group `secret` is replaced."""

    name: str
    hint: str
    """Lower-case text without which the pattern cannot match: most texts cost one substring search and no compiling."""
    pattern: str
    surely: Callable[[str], bool]
    """Whether a match is a secret beyond doubt: a check may fail because of it."""
    redacts: Callable[[str], bool]
    """Whether a match is replaced: when in doubt, yes."""

    def redact(self, text: str) -> str:
        return re.sub(self.pattern, self._replacement, text)

    def is_in(self, text: str) -> bool:
        return any(self.surely(match["secret"]) for match in re.finditer(self.pattern, text))

    def _replacement(self, match: re.Match[str]) -> str:
        if not self.redacts(match["secret"]):
            return match[0]
        start, end = match.span("secret")
        return f"{match[0][: start - match.start()]}[redacted]{match[0][end - match.start() :]}"


def _kinds_in(text: str) -> list[_Kind]:
    folded = text.lower()
    return [kind for kind in _kinds() if kind.hint in folded]


def _always(_secret: str) -> bool:
    return True


def _looks_random(secret: str) -> bool:
    """Whether it holds a run of 10 or more letters and digits with both in it, as keys do and words do not."""
    runs = re.findall(r"[A-Za-z0-9]{10,}", secret)
    return any(re.search(r"[0-9]", run) and re.search(r"[A-Za-z]", run) for run in runs)


def _is_not_a_word(secret: str) -> bool:
    return len(secret) >= 20 or (len(secret) >= 8 and re.search(r"[0-9]", secret) is not None)


def _is_user_and_password(secret: str) -> bool:
    import base64

    try:
        return ":" in base64.b64decode(secret, validate=True).decode()
    except ValueError:
        return False


def _is_userinfo(secret: str) -> bool:
    user, _, password = secret.partition(":")
    return (password != "" or len(user) >= 20) and "[redacted" not in secret


def _holds_key_material(block: str) -> bool:
    return re.search(r"[A-Za-z0-9+/]{40}", block) is not None


@functools.cache
def _kinds() -> tuple[_Kind, ...]:
    # In the order in which they are replaced: what holds others comes first.
    return (
        _Kind(
            "private key",
            "private key",
            r"(?P<secret>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:[A-Za-z0-9+/=\s:,.]|\\+[nr]|-(?!-))*+(?:-----END [A-Z0-9 ]{0,60}-----)?)",
            _holds_key_material,
            _always,
        ),
        _Kind(
            "JSON Web Token",
            ".eyj",
            _START + r"(?P<secret>eyJ[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]*+)",
            _always,
            _always,
        ),
        _Kind("OpenAI key", "sk-", _START + r"(?P<secret>sk-[A-Za-z0-9_-]{16,}+)", _looks_random, _always),
        _Kind("AWS access key", "akia", _START + r"(?P<secret>AKIA[A-Z0-9]{16})(?![A-Za-z0-9])", _always, _always),
        _Kind("AWS access key", "asia", _START + r"(?P<secret>ASIA[A-Z0-9]{16})(?![A-Za-z0-9])", _has_digit, _always),
        _Kind(
            "AWS secret key",
            "aws_secret",
            r"(?i:aws_secret_access_key)" + _ASSIGNED + r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
            _always,
            _always,
        ),
        _Kind("Slack token", "xox", _START + r"(?P<secret>xox[a-z]-[A-Za-z0-9-]{10,}+)", _looks_random, _always),
        _Kind(
            "Slack hook",
            "hooks.slack",
            r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9_/-]{6,}+)",
            _looks_random,
            _always,
        ),
        _Kind(
            "PagerDuty hook",
            "pagerduty.com/integration",
            r"pagerduty\.com/integration/(?P<secret>[A-Za-z0-9_-]{16,}+)",
            _looks_random,
            _always,
        ),
        _Kind(
            "PagerDuty key",
            "_key",
            r"(?i:(?:routing|service|integration)_key)" + _ASSIGNED + r"(?P<secret>[A-Za-z0-9]{32})(?![A-Za-z0-9])",
            _looks_random,
            _always,
        ),
        _Kind("password in a URL", "://", r"(?<=://)(?P<secret>[^\s/?#\"'<>\\]{1,1024})@", _is_userinfo, _is_userinfo),
        _Kind(
            "Authorization header",
            "authorization",
            r"(?i:authorization)" + _ASSIGNED + r"(?i:bearer|basic|token|digest|apikey|negotiate)\s{1,8}(?:token=)?"
            r"(?P<secret>[A-Za-z0-9][^\s\"'\\<>\[\]]*+)",
            _looks_random,
            _always,
        ),
        _Kind(
            "Authorization header",
            "authorization",
            r"(?i:authorization)" + _ASSIGNED + r"(?P<secret>[A-Za-z0-9][^\s\"'\\<>\[\]]*+)",
            _looks_random,
            _is_not_a_word,
        ),
        _Kind(
            "Basic credentials",
            "basic",
            r"(?i:\bbasic)(?:\s|%20|\+){1,4}(?P<secret>[A-Za-z0-9+/]{8,}+={0,2})",
            _is_user_and_password,
            _is_user_and_password,
        ),
        _Kind(
            "Bearer token",
            "bearer",
            r"(?i:\bbearer)(?:\s|%20|\+){1,4}(?P<secret>[A-Za-z0-9._~+/-]{8,}+={0,2})",
            _looks_random,
            _is_not_a_word,
        ),
    )


def _has_digit(secret: str) -> bool:
    return re.search(r"[0-9]", secret) is not None


def _written_forms(secret: str) -> set[str]:
    """The secret as it stands in plain text, URLs, JSON, HTML, Python's repr and base64 (at its three alignments)."""
    import base64
    import html
    import json
    from urllib.parse import quote, quote_plus

    data = secret.encode("utf-8", "surrogateescape")
    escaped = {quote(data, safe=""), quote(data), quote_plus(data)}
    escaped |= {re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), form) for form in escaped}
    in_json = json.dumps(secret)[1:-1]
    forms = {
        secret,
        in_json,
        json.dumps(secret, ensure_ascii=False)[1:-1],
        in_json.replace("/", "\\/"),
        html.escape(secret),
        repr(secret)[1:-1],
    }
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data).decode().rstrip("=")
        # Only the characters that depend on nothing but the secret: a character is 6 bits, a byte 8.
        first = (0, 2, 3)[offset]
        last = (offset + len(data)) * 8 // 6
        inner = encoded[first:last]
        if len(inner) >= _SHORTEST_BASE64:
            forms |= {inner, inner.replace("+", "-").replace("/", "_"), quote(inner, safe="")}
    return forms | escaped
