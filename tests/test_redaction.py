import base64
import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from checks.redaction import Redactor, find_secrets

ROOT = Path(__file__).resolve().parents[1]
SECRET = 'n0t/so pä"ss+word'
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
KEY_LINES = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\nVJTUt9Us8cKjMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDu"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_LINES}\n-----END RSA PRIVATE KEY-----"

# (what stands in the text, the kind, the part that must not survive)
BY_SHAPE = [
    ("Incorrect API key provided: sk-abcdefghijklmnop1234", "OpenAI key", "sk-abcdefghijklmnop1234"),
    ('{"key": "sk-proj-Ab1Cd2Ef3Gh4_Ij5Kl6Mn7-Op8Qr9"}', "OpenAI key", "Ab1Cd2Ef3Gh4"),
    ("api_key%3Dsk-abcdefghijklmnop1234", "OpenAI key", "abcdefghijklmnop1234"),
    (r'"line one\nsk-abcdefghijklmnop1234"', "OpenAI key", "abcdefghijklmnop1234"),
    ("sent Bearer 5f0c2a9be1d84c7aa3 to the API", "Bearer token", "5f0c2a9be1d84c7aa3"),
    ("Bearer%205f0c2a9be1d84c7aa3", "Bearer token", "5f0c2a9be1d84c7aa3"),
    ("authorization: Token 5f0c2a9be1d84c7aa3", "Authorization header", "5f0c2a9be1d84c7aa3"),
    ("{'Authorization': 'Bearer 5f0c2a9be1d84c7aa3'}", "Authorization header", "5f0c2a9be1d84c7aa3"),
    ("{b'authorization': b'5f0c2a9be1d84c7aa3'}", "Authorization header", "5f0c2a9be1d84c7aa3"),
    ("Authorization: Token token=y_NbAkKc66ryYTWUXYEu", "Authorization header", "NbAkKc66ryYTWUXYEu"),
    (
        "Basic " + base64.b64encode(b"admin:pass").decode(),
        "Basic credentials",
        base64.b64encode(b"admin:pass").decode(),
    ),
    ("proxy https://user:hunter2@proxy.example:3128/", "password in a URL", "hunter2"),
    ("redis://:p@ss@cache:6379/0", "password in a URL", "p@ss"),
    ("https://hooks.slack.com/services/T0000/B0000/XXXXyyyy1234zzzz", "Slack hook", "XXXXyyyy1234zzzz"),
    ("xoxb-123456789012-abcdef1234567", "Slack token", "123456789012"),
    ("events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue", "PagerDuty hook", "0123456789abcdef"),
    ('{"routing_key": "R0123456789abcdef0123456789abcde"}', "PagerDuty key", "R0123456789abcdef"),
    (PEM, "private key", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"),
    (json.dumps(PEM), "private key", "VJTUt9Us8cKjMzEfYyjiWA4R4"),
    (f"-----BEGIN EC PRIVATE KEY-----\n{KEY_LINES}", "private key", "VJTUt9Us8cKjMzEfYyjiWA4R4"),
    (f"session={JWT}", "JSON Web Token", "eyJzdWIiOiIxMjM0NTY3ODkwIn0"),
    ("AKIAIOSFODNN7EXAMPLE", "AWS access key", "AKIAIOSFODNN7EXAMPLE"),
    ("credential=ASIAIOSFODNN7EXAMPLE/20261123", "AWS access key", "ASIAIOSFODNN7EXAMPLE"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS secret key", "K7MDENG"),
]

ORDINARY = [
    "",
    '{"status": "healthy", "version": "1.0.0", "services": {"edgar_client": "ok", "qa_engine": "ok"}}',
    '{"error": {"code": "unauthorized", "message": "Send Authorization: Bearer <token>"}, "request_id": "9f3c"}',
    "WWW-Authenticate: Bearer realm=finchat",
    "Bearer authentication is required; Basic authentication is not accepted",
    "authorization: required",
    "Authorization: Bearer ${FINCHAT_TOKEN}",
    "Authorization: Bearer token",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "request_id=550e8400-e29b-41d4-a716-446655440000",
    "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
    'finchat_http_requests_total{method="GET",path="/api/v1/query",status="200",client="probe"} 1.0274e+04',
    'finchat_http_request_duration_seconds_bucket{le="+Inf",path="/health"} 12',
    "# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.",
    "a risk-adjusted-return-on-capital-employed1 of the task-oriented desk-and-chair-business2026",
    '<div class="sk-fading-circle-wrapper-of-the-page"></div>',
    "see https://example.com/users/@finchat and mail ops@finchat.example",
    "git clone ssh://git@github.com/finchat/finchat.git",
    '{"url": "http://localhost:8000", "contact": "admin@finchat.example"}',
    "/Archives/edgar/data/320193/000032019326000077/aapl-20260927.htm",
    "Incorrect API key provided: sk-proj-********************************abcd",
    "eyJ is how a token starts",
    "the private key could not be read: no -----BEGIN PRIVATE KEY----- line in it",
    "routing_key: not set",
    "nonce eyJhbGciOiJIUzI1NiJ9",
    "ASIANDEVELOPMENTBANK",
]


@pytest.mark.parametrize(("text", "kind", "secret"), BY_SHAPE)
def test_a_secret_is_found_and_removed_by_its_shape(text: str, kind: str, secret: str) -> None:
    assert kind in find_secrets(text)
    redacted = Redactor({})(text)
    assert secret not in redacted
    assert "[redacted]" in redacted
    assert find_secrets(redacted) == []


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_not_accused(text: str) -> None:
    assert find_secrets(text) == []


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        repr(SECRET),
        "Basic " + base64.b64encode(f":{SECRET}".encode()).decode(),
        "Basic " + base64.b64encode(f"u:{SECRET}".encode()).decode(),
        "Basic " + base64.b64encode(f"us:{SECRET}!".encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_named_secret_is_removed_in_every_form_that_it_is_written_in(written: str) -> None:
    redactor = Redactor.from_environment(["FINCHAT_TOKEN"], {"FINCHAT_TOKEN": SECRET})
    redacted = redactor(f"before {written} after")
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert "[redacted:FINCHAT_TOKEN]" in redacted
    assert redactor.find_secrets(written)[0] == "FINCHAT_TOKEN"
    assert redactor.find_secrets(redacted) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer correcthorse", "Authorization: Bearer [redacted]"),
        ("Authorization: Bearer tokenvalue9 and on", "Authorization: Bearer [redacted] and on"),
        ("https://user:pass@host/path", "https://[redacted]@host/path"),
        ("https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com/services/[redacted]"),
        (f"key:\n{PEM}\nend of file", "key:\n[redacted]\nend of file"),
        ('{"a": "sk-abcdefghijklmnop1234", "b": 1}', '{"a": "[redacted]", "b": 1}'),
        ("Bearer authentication is required", "Bearer authentication is required"),
    ],
)
def test_what_stands_around_a_secret_stays(text: str, expected: str) -> None:
    assert Redactor({})(text) == expected


def test_the_name_of_a_secret_is_kept_where_its_shape_would_match_too() -> None:
    redactor = Redactor({"OPENAI_API_KEY": "sk-abcdefghijklmnop1234", "PROXY_PASSWORD": "hunter22"})
    text = "Authorization: Bearer sk-abcdefghijklmnop1234 through http://me:hunter22@proxy/"
    expected = "Authorization: Bearer [redacted:OPENAI_API_KEY] through http://me:[redacted:PROXY_PASSWORD]@proxy/"
    assert redactor(text) == expected
    assert redactor(redactor(text)) == expected


def test_the_longer_of_two_secrets_is_removed_first() -> None:
    redactor = Redactor({"SHORT": "abcdef", "LONG": "abcdefghij"})
    assert redactor("abcdefghij abcdef") == "[redacted:LONG] [redacted:SHORT]"


def test_a_secret_shorter_than_six_characters_is_named_and_left() -> None:
    redactor = Redactor.from_environment(["A", "B", "C"], {"A": "12345", "B": "", "D": "123456"})
    assert redactor.too_short == ("A",)
    assert redactor("12345 123456") == "12345 123456"


def test_redacted_json_is_still_json() -> None:
    redactor = Redactor({"FINCHAT_TOKEN": SECRET})
    body = json.dumps({"shapes": [text for text, _kind, _secret in BY_SHAPE], "named": SECRET})
    assert json.loads(redactor(body))["named"] == "[redacted:FINCHAT_TOKEN]"


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ",
        "eyJ-.eyJ",
        "sk-",
        "%3Dsk-",
        "://a:",
        "://a:b@",
        "Bearer ",
        "bearer a",
        "Basic a",
        "authorization:",
        "AKIA",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "authorization = bearer ",
        "xoxb-",
        "hooks.slack.com/services/a",
        "a",
        "routing_key: ",
        "aws_secret_access_key=",
        "\\n",
        "s3cretva",
        "authorization         ",
    ],
)
def test_a_hostile_body_of_1_mib_takes_bounded_time(piece: str) -> None:
    body = "authorization bearer basic sk- .eyj :// " + piece * (2**20 // len(piece))
    redactor = Redactor({"NAMED": "s3cretvalue"})
    started = time.process_time()
    redactor(body)
    redactor.find_secrets(body)
    assert time.process_time() - started < 2.0  # measured: below 0.3 s


def test_the_import_is_cheap_and_takes_only_the_standard_library() -> None:
    program = """
import collections.abc, functools, re, sys, time, typing
before = set(sys.modules); started = time.process_time()
import checks.redaction
print(time.process_time() - started, set(sys.modules) - before - {"checks", "checks.redaction"})
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
        )
        for _ in range(3)
    ]
    assert all(run.stdout.strip().endswith("set()") for run in runs)
    assert min(float(run.stdout.split()[0]) for run in runs) < 0.005
