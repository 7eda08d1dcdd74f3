"""What the checks read, by tables: citations, the machine, log lines, web pages."""

from datetime import UTC, datetime

import pytest

from checks.host import CacheEntry, parse_cache_entry, parse_df, parse_meminfo
from checks.log_files import error_lines, line_time, rate_limit_lines, recent, server_errors
from checks.question import Citation, Reply, untrue_citation
from checks.tickers import ticker_pool
from checks.web_form import question_form, quotations

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spec", "tickers"),
    [
        ("SYN0998..SYN1001", ["SYN0998", "SYN0999", "SYN1000", "SYN1001"]),
        ("7..8", ["7", "8"]),
        (("A", "B"), ["A", "B"]),
    ],
)
def test_a_range_of_tickers_keeps_its_width(spec: str | tuple[str, ...], tickers: list[str]) -> None:
    assert ticker_pool(spec) == tickers


@pytest.mark.parametrize("spec", ["SYN1", "SYN2..SYN1", "SYN1..ABC2", "..", "SYN1..SYN2..SYN3", "syn1..syn2"])
def test_what_is_no_range_of_tickers_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match=r"write one like 'SYN0001\.\.SYN2000'"):
        ticker_pool(spec)


TEXT = "Risks include ümlauts and rivets."


@pytest.mark.parametrize(
    ("text", "start", "end", "said"),
    [
        ("ümlauts", 14, 21, None),
        ("ümlauts", 14, 22, "other text"),
        ("umlauts", 14, 21, "other text"),
        (TEXT, 0, 99, None),  # Python's slice ends with the text: the quotation stands whole
        ("rivets", 140, 146, "other text"),
        ("", 0, 1, "without text"),
        (" ", 13, 14, "without text"),
        ("Risks", 5, 5, "a span that is none"),
        ("Risks", -5, 0, "a span that is none"),
        ("Risks", 5, 0, "a span that is none"),
    ],
)
def test_a_quotation_stands_where_it_says(text: str, start: int, end: int, said: str | None) -> None:
    reply = Reply("answer", [Citation("doc", text, start, end)])
    found = untrue_citation(reply, {"doc": TEXT})
    assert found is None if said is None else said in str(found)


def test_a_filing_that_is_not_at_hand_is_not_judged() -> None:
    assert untrue_citation(Reply("answer", [Citation("doc", "anything", 0, 8)]), {}) is None


def test_df_rounds_as_df_does_and_keeps_spaces_in_mount_points() -> None:
    text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 100 60 20 75% /\nx 9 0 0 - /my disk\n"
    assert parse_df(text) == {"/": 0.75, "/my disk": 0.0}


def test_memory_in_use_is_what_a_new_program_cannot_have() -> None:
    text = "MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 250 kB\nHugePages_Total: 0\n"
    assert parse_meminfo(text) == 0.75


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("120 80 2e a b.joblib", None),
        ("120 80 00 a b.joblib", "is cut short"),
        ("120 78 00 a b.joblib", None),
        ("0 none none a b.joblib", "is empty"),
        ("120 3c 2e a b.joblib", "is no joblib file"),
    ],
)
def test_a_cache_entry_is_judged_by_its_outside(line: str, broken: str | None) -> None:
    assert parse_cache_entry(line) == CacheEntry("a b.joblib", int(line.split()[0]), broken)


def test_a_cache_entry_that_we_may_not_read_is_not_called_broken() -> None:
    entry = parse_cache_entry("0 unreadable unreadable a b.joblib")
    assert (entry.readable, entry.broken) == (False, None)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("2026-11-23T12:00:00.123Z INFO api started", NOW),
        ("2026-11-23 12:00:00,123 - INFO", NOW),
        ("[2026-11-23 14:00:00 +0200] [1] [INFO]", NOW),  # as gunicorn writes it
        ("2026-11-23T14:00:00+02:00 x", NOW),
        ("2026-11-23T14:00:00+0200 x", NOW),
        ('127.0.0.1 - - [23/Nov/2026:13:00:00 +0100] "GET / HTTP/1.1" 200 5', NOW),
        ("Traceback (most recent call last):", None),
        ("2026-13-45T99:99:99Z nonsense", None),
        ("0001-01-01T00:00:00+05:00 before time", None),
        ("2026-11-23T12:00:00+99:99 no zone", None),
        ("x [99/Nov/2026:13:00:00 +0100] y", None),
        ("", None),
    ],
)
def test_a_log_lines_time_is_read_with_its_zone(line: str, at: datetime | None) -> None:
    assert line_time(line) == at


def test_a_line_without_a_time_belongs_to_the_line_before() -> None:
    lines = [
        "2026-11-23T11:00:00Z ERROR old",
        "Traceback (most recent call last):",
        "2026-11-23T11:59:00Z ERROR new",
        "Traceback (most recent call last):",
        "  File x",
    ]
    fresh = recent(lines, now=NOW, window_s=600)
    assert fresh == lines[2:]
    assert error_lines(fresh) == lines[2:4]


@pytest.mark.parametrize(
    ("line", "is_error"),
    [
        ("2026-11-23T12:00:00Z ERROR api failed", True),
        ("x CRITICAL y", True),
        ("Traceback (most recent call last):", True),
        ("INFO 0 errors", False),
        ("INFO no Error here", False),
        ("INFO TERRORS", False),
    ],
)
def test_an_error_line_is_one_by_its_level(line: str, is_error: bool) -> None:
    assert bool(error_lines([line])) is is_error


def test_rate_limits_are_found_as_the_runbooks_grep_finds_them() -> None:
    assert rate_limit_lines(["Rate limit hit", "RATE_LIMIT", "ratelimit", "rates"]) == ["Rate limit hit", "RATE_LIMIT"]


def test_server_errors_are_counted_among_lines_with_a_status() -> None:
    lines = ['- "GET / HTTP/1.1" 200 5', '- "GET /500 HTTP/1.1" 404 500 ', '- "POST / HTTP/1.1" 503 9', "garbage 500 "]
    assert server_errors(lines) == (1, 3)


def test_the_form_is_the_one_that_asks() -> None:
    page = """<form method=POST action=/login><input name=user></form>
        <form method="get" action="/search"><input name="question"></form>
        <FORM METHOD='Post' ACTION='/ask?a=1&amp;b=2'><input type=hidden name=csrf value='&lt;x&quot;'>
        <textarea name=question></textarea><input name=token type=password><input value=unnamed></form>"""
    form = question_form(page)
    assert form is not None
    assert form.action == "/ask?a=1&b=2"
    assert form.fields == {"csrf": '<x"', "question": "", "token": ""}
    assert form.secret_field == "token"


@pytest.mark.parametrize("page", ["", "<form method=post>", "<input name=question>", "<form><input name=question>"])
def test_a_page_without_such_a_form_has_none(page: str) -> None:
    assert question_form(page) is None


def test_quotations_are_what_the_page_marks_as_such() -> None:
    page = "<p>no</p><blockquote>one <b>bold</b></blockquote><q> </q></q><cite>two &amp; more</cite>"
    assert quotations(page) == ["one bold", "two & more"]
