"""The pure parts of the checks, by tables: outcomes, causes, selection, parsers."""

from datetime import UTC, datetime, timedelta

import pytest

from checks.exchange import Answer
from checks.host import CacheEntry, parse_cache_entry, parse_df, parse_meminfo
from checks.lines import check_line, closing_line, one_line, safe_text
from checks.log_files import error_lines, line_time, rate_limit_lines, recent, server_errors
from checks.outcome import CheckFailed, ExitCode, Outcome, Reason, Severity, judge_run
from checks.question import Citation, Reply, ticker_pool, untrue_citation
from checks.result import CheckResult, name_causes
from checks.runbook import Section
from checks.selection import Wants, select
from checks.sweep import Probe, Prober
from checks.target import Target
from checks.target_file import parse_target
from checks.web_form import question_form, quotations

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([PASS, PASS], ExitCode.ALL_PASS),
        ([PASS, FAIL, UNKNOWN], ExitCode.FAILED),
        ([UNKNOWN, FAIL], ExitCode.FAILED),
        ([PASS, UNKNOWN], ExitCode.UNKNOWN),
        ([], ExitCode.UNKNOWN),
    ],
)
def test_a_failure_outweighs_doubt_and_no_check_is_doubt(outcomes: list[Outcome], code: ExitCode) -> None:
    assert judge_run(outcomes) is code


def result(id_: str, outcome: Outcome, *depends_on: str) -> CheckResult:
    reason = None if outcome is PASS else Reason(f"{id_}.code", "this", "that")
    return CheckResult(id_, Severity.P0, outcome, 0.0, reason, depends_on=depends_on)


@pytest.mark.parametrize(
    ("results", "causes"),
    [
        pytest.param([("a", FAIL, ()), ("b", FAIL, ("a",))], {"b": "a"}, id="one"),
        pytest.param([("c", FAIL, ("b",)), ("b", FAIL, ("a",)), ("a", UNKNOWN, ())], {"c": "a", "b": "a"}, id="chain"),
        pytest.param([("a", FAIL, ()), ("b", PASS, ("a",)), ("c", FAIL, ("b",))], {}, id="a pass in between"),
        pytest.param([("a", PASS, ()), ("b", FAIL, ()), ("c", FAIL, ("a", "b"))], {"c": "b"}, id="the one that failed"),
        pytest.param([("a", FAIL, ()), ("b", PASS, ("a",))], {}, id="a pass has no cause"),
        pytest.param([("a", FAIL, ("b",)), ("b", FAIL, ("a",))], {}, id="a cycle"),
        pytest.param([("a", FAIL, ("b",)), ("b", FAIL, ("a",)), ("c", FAIL, ("a",))], {"c": "a"}, id="into a cycle"),
        pytest.param([("a", FAIL, ("a",))], {}, id="on itself"),
        pytest.param([("a", FAIL, ("not_run",))], {}, id="on what did not run"),
    ],
)
def test_the_cause_is_the_furthest_failure_up_the_chain(
    results: list[tuple[str, Outcome, tuple[str, ...]]], causes: dict[str, str]
) -> None:
    named = name_causes(result(id_, outcome, *depends_on) for id_, outcome, depends_on in results)
    assert {r.id: r.reason.caused_by for r in named if r.reason and r.reason.caused_by} == causes
    assert [(r.id, r.outcome) for r in named] == [(id_, outcome) for id_, outcome, _ in results]


async def _nothing(_: Prober) -> object:
    return None


def probe(name: str, access: str = "http", paid_calls: int = 0, missing: str | None = None) -> Probe:
    return Probe(name, _nothing, access, paid_calls, lambda _: missing)


def target(openai: str = "") -> Target:
    return parse_target(f'name = "t"\n[api]\nurl = "http://a"\n[metrics]\n{openai}', source="t")


PAID, FREE = target("[openai]\npaid = true"), target("[openai]\npaid = false")
ASK, ASK_MORE = probe("ask", paid_calls=1), probe("ask_more", paid_calls=1)


@pytest.mark.parametrize(
    ("checks", "on", "budget", "left_out"),
    [
        pytest.param(
            [Wants("a", [probe("p", missing="has no webapp")])], FREE, 0, "the target has no webapp", id="has not"
        ),
        pytest.param(
            [Wants("a", [], ["metrics.cache_hits"])], FREE, 0, "the target names no metrics.cache_hits", id="key"
        ),
        pytest.param([Wants("a", [], ["logs.app"])], FREE, 0, "the target names no logs.app", id="section"),
        pytest.param([Wants("a", [probe("p", "docker")])], FREE, 0, "needs --access docker", id="access"),
        pytest.param([Wants("a", [ASK])], PAID, 0, "costs money, --max-paid-calls is 0", id="budget of nothing"),
        pytest.param([Wants("a", [ASK])], PAID, 1, None, id="within the budget"),
        pytest.param([Wants("b", [ASK]), Wants("a", [ASK])], PAID, 1, None, id="asked anyway"),
        pytest.param(
            [Wants("b", [ASK]), Wants("a", [ASK_MORE])], PAID, 1, "costs money, --max-paid-calls is 1", id="spent"
        ),
        pytest.param([Wants("a", [ASK])], FREE, 0, None, id="it costs nothing"),
        pytest.param([Wants("a", [ASK])], target(), 0, None, id="no OpenAI at all"),
    ],
)
def test_what_is_not_run_is_said(checks: list[Wants], on: Target, budget: int, left_out: str | None) -> None:
    selection = select(checks, on, frozenset({"http"}), budget)
    assert ("a" in selection.chosen) is (left_out is None)
    assert selection.lines() == ([f"not run: a ({left_out})"] if left_out else [])


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
    with pytest.raises(ValueError, match="write one like 'SYN0001..SYN2000'"):
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
        ("0 unreadable unreadable a b.joblib", "cannot be read"),
        ("120 3c 2e a b.joblib", "is no joblib file"),
    ],
)
def test_a_cache_entry_is_judged_by_its_outside(line: str, broken: str | None) -> None:
    assert parse_cache_entry(line) == CacheEntry("a b.joblib", int(line.split()[0]), broken)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("2026-11-23T12:00:00.123Z INFO api started", NOW),
        ("2026-11-23 12:00:00,123 - INFO", NOW),
        ("[2026-11-23 14:00:00 +0200] [1] [INFO]", NOW + timedelta(hours=2)),  # gunicorn: the zone stands apart
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


@pytest.mark.parametrize(
    ("result_", "line"),
    [
        (CheckResult("api_is_up", Severity.P0, PASS, 0.1), "PASS     p0  api is up"),
        (CheckResult("a_b", Severity.P3, PASS, 0.1, note="once more"), "PASS     p3  a b  (once more)"),
        (
            CheckResult("a_b", Severity.P1, FAIL, 0.1, Reason("a.b", "this", "that"), Section.API_DOWN),
            "FAIL     p1  a b: expected this; saw that. "
            'Open the runbook at "Common Incident Scenarios: API Service Down". [a.b]',
        ),
        (
            CheckResult("a_b", Severity.P1, UNKNOWN, 0.1, Reason("a.b", "this", "that", "its_root"), Section.API_DOWN),
            "UNKNOWN  p1  a b: because of its root [a.b]",
        ),
    ],
)
def test_a_check_is_one_line(result_: CheckResult, line: str) -> None:
    assert check_line(result_) == line


def test_the_closing_line_says_what_it_comes_to() -> None:
    results = [result("a", PASS), result("b", FAIL), result("c", UNKNOWN)]
    assert closing_line(results, ExitCode.FAILED) == "not healthy: 1 pass, 1 fail, 1 unknown (exit 1)"
    assert closing_line([], ExitCode.UNKNOWN).startswith("cannot tell: no check ran")


def test_a_line_is_one_line_of_bounded_length_whatever_is_in_it() -> None:
    assert one_line("a\nb\x1b[2J\ud800\u202ec") == "a?b?[2J??c"
    assert len(one_line("x" * 10**6)) < 500


def test_an_exception_that_cannot_say_its_text_has_one_all_the_same() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert safe_text(Mute()) == "(no text: ValueError)"


def answer(body: bytes, kind: str = "application/json") -> Answer:
    return Answer("api", "GET", "http://a/x", 200, {"content-type": kind}, body, 0.5)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", "(empty body)"),
        (b" \r\n ", "(empty body)"),
        (b"\n\n  first\r\nsecond", "first"),
        (b"\x1b[2Jx\x00", "?[2Jx?"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 120, "x" * 120),
        (b"word " * 100, "word " * 24 + "..."),
        # A secret that the cut would go through is left out: redaction would not know its half.
        (b'{"' + b"x" * 100 + b'":"sk-live-abcdefghijklmnop', '{"' + "x" * 100 + '":"...'),
    ],
)
def test_the_first_line_of_a_body_is_fit_for_a_message(body: bytes, shown: str) -> None:
    assert answer(body).first_line == shown


@pytest.mark.parametrize("kind", ["application/json", "application/health+json", "APPLICATION/JSON; charset=utf-8", ""])
def test_json_is_read_by_its_media_type(kind: str) -> None:
    assert answer(b'{"a": 1}', kind).json_object() == {"a": 1}


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"1e5", b"NaN", b'{"a": Infinity}', b"\xef\xbb\xbf{}", b"{}{}"])
def test_what_is_no_json_object_fails(body: bytes) -> None:
    with pytest.raises(CheckFailed) as failed:
        answer(body).json_object()
    assert failed.value.reason.code == "api.not_json"
