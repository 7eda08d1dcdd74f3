"""What becomes of a check, by tables: outcomes, causes, selection, and the lines that say so."""

import pytest

from checks.exchange import Answer
from checks.lines import check_line, closing_line, one_line, safe_text
from checks.outcome import CheckFailed, ExitCode, Outcome, Reason, Severity, judge_run
from checks.result import CheckResult, name_causes
from checks.runbook import Section
from checks.selection import Wants, select
from checks.sweep import Probe, Prober
from checks.target import Target
from checks.target_file import parse_target

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


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
        pytest.param(
            [Wants("a", [ASK])], target(), 0, "costs money, --max-paid-calls is 0", id="nobody said that it is free"
        ),
    ],
)
def test_what_is_not_run_is_said(checks: list[Wants], on: Target, budget: int, left_out: str | None) -> None:
    selection = select(checks, on, frozenset({"http"}), budget)
    assert ("a" in selection.chosen) is (left_out is None)
    assert selection.lines() == ([f"not run: a ({left_out})"] if left_out else [])


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
