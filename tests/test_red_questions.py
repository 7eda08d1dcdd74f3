"""Questions that are not answered, or answered with what does not stand in the filing, and health that denies it."""

import contextlib
import hashlib
import io
from collections.abc import Iterator
from typing import cast

import joblib  # type: ignore[import-untyped]

from drills.bench.embedded import Embedded
from tests.harness.faults import Fault, cache_of, fresh_questions, key_revoked, lying, restarted, rule, together, use
from tests.harness.front import Lie, json_with
from tests.harness.red import Red, each
from tests.harness.runs import Scene, Verdict, failed, scene, unknown

pytest_plugins = ["tests.harness.fixtures"]

QUESTIONS = "checks/test_questions.py"
QUERY = "/api/v1/query"


def chat(**fault: object) -> Fault:
    """OpenAI fails at answering alone: its list of models is fine, so the key and the network are."""
    return rule("openai", match="/v1/chat", **fault)


def unanswered(code: str) -> dict[str, Verdict]:
    """No fresh question is answered, whatever was asked before is, and health has not noticed."""
    return {
        "api_answers_a_fresh_question": failed(code),
        "citations_are_true": failed(code, "api_answers_a_fresh_question"),
        "api_health_tells_the_truth": failed("api.health_lies"),
        "api_reaches_edgar": unknown("api.edgar_not_asked", "api_answers_a_fresh_question"),
    }


def row(name: str, fault: Fault, code: str) -> Red:
    return Red(name, fault, QUESTIONS, unanswered(code))


@each(
    row("OpenAI answers 500", chat(status=500), "api.question_openai_unavailable"),
    row("OpenAI answers 503", chat(status=503), "api.question_openai_unavailable"),
    row("OpenAI limits the rate", chat(status=429), "api.question_openai_rate_limited"),
    row("OpenAI's quota is used up", chat(error="insufficient_quota"), "api.question_openai_quota"),
    row("OpenAI refuses the key", chat(status=401), "api.question_openai_auth"),
    row("OpenAI's answer is malformed", chat(body="malformed"), "api.question_openai_malformed"),
    row("OpenAI's answer is cut short", chat(body="truncated"), "api.question_openai_malformed"),
)
def test_a_question_that_is_not_answered_names_the_upstream(red: Red, healthy: Embedded) -> None:
    """Health says healthy meanwhile: that is a failure of its own, explained by nothing else."""
    use(healthy, [{"question": "What are the main risk factors?", "ticker": "ACME"}])
    red.hold(healthy)


@contextlib.contextmanager
def nothing_stored(bench: Embedded) -> Iterator[Scene]:
    """The cache has lost its answers, as after a clean-up."""
    for file in cache_of(bench).glob("answer-*.joblib"):
        file.unlink()
    yield scene(bench)


@contextlib.contextmanager
def altered_filing(bench: Embedded) -> Iterator[Scene]:
    """A stored filing with other words than EDGAR's, and a checksum that agrees with them."""
    use(bench, fresh_questions(1))
    index = cache_of(bench) / "index.joblib"
    kept = index.read_bytes()
    entries = joblib.load(io.BytesIO(kept))
    name = next(name for name, entry in entries["entries"].items() if _is_acme_annual(entry))
    filing = cache_of(bench) / name
    original = filing.read_bytes()
    altered = original.replace(b" the ", b" teh ")
    assert altered != original
    entries["entries"][name]["sha256"] = hashlib.sha256(altered).hexdigest()
    filing.write_bytes(altered)
    joblib.dump(entries, index)
    try:
        yield scene(bench)
    finally:
        filing.write_bytes(original)
        index.write_bytes(kept)


def _is_acme_annual(entry: dict[str, object]) -> bool:
    filing = cast("dict[str, object]", entry["filing"])
    return entry["ticker"] == "ACME" and filing["form"] == "10-K"


def answer_with(**changes: object) -> Fault:
    return lying(api={QUERY: json_with(lambda said: said.update(changes) if "answer" in said else None)})


def _citations(change: dict[str, object]) -> Lie:
    def each_citation(said: dict[str, object]) -> None:
        for citation in cast("list[dict[str, object]]", said.get("citations", [])):
            citation.update(change)

    return json_with(each_citation)


def _filings(change: dict[str, object]) -> Lie:
    def each_filing(said: dict[str, object]) -> None:
        metadata = cast("dict[str, list[dict[str, object]]]", said.get("metadata", {}))
        for filing in metadata.get("filings", []):
            filing.update(change)

    return json_with(each_filing)


@each(
    Red(
        "the key is revoked and health has not noticed",
        together(nothing_stored, key_revoked),
        f"{QUESTIONS} checks/test_upstreams.py",
        {
            "openai_is_reachable_and_the_key_valid": failed("openai.key_refused"),
            "api_answers_a_fresh_question": failed("api.question_openai_auth", "openai_is_reachable_and_the_key_valid"),
            "citations_are_true": failed("api.question_openai_auth", "openai_is_reachable_and_the_key_valid"),
            "api_answers_known_question": failed("api.question_openai_auth", "openai_is_reachable_and_the_key_valid"),
            "api_health_tells_the_truth": failed("api.health_lies"),
            "api_reaches_edgar": unknown("api.edgar_not_asked", "openai_is_reachable_and_the_key_valid"),
        },
    ),
    Red(
        "stored answers are gone while OpenAI fails",
        together(nothing_stored, chat(status=500)),
        QUESTIONS,
        {
            **unanswered("api.question_openai_unavailable"),
            "api_answers_known_question": failed("api.question_openai_unavailable"),
        },
    ),
    Red(
        "OpenAI does not answer in time",
        chat(delay_s=30),
        f"{QUESTIONS} --probe-timeout=1 -k 'fresh or citations'",
        {
            "api_answers_a_fresh_question": failed("api.timeout"),
            "citations_are_true": failed("api.timeout", "api_answers_a_fresh_question"),
        },
    ),
    Red(
        "an honest health says unhealthy",
        restarted("api", {"OPENAI_API_KEY": ""}),
        f"{QUESTIONS} checks/test_api.py -k 'fresh or truth or healthy'",
        {
            "api_is_healthy": failed("api.health_status"),
            "api_answers_a_fresh_question": failed("api.question_openai_auth"),
        },
    ),
    Red(
        "OpenAI fails in fallback mode",
        together(restarted("api", {"ENABLE_FALLBACK_MODE": "true"}), chat(status=500)),
        QUESTIONS,
        {"api_answers_a_fresh_question": failed("api.answer_degraded")},
    ),
    Red(
        "only stored answers are given",
        restarted("api", {"CACHE_ONLY_MODE": "true"}),
        f"{QUESTIONS} -k 'fresh or known or citations'",
        {
            "api_answers_a_fresh_question": failed("api.question_not_in_cache"),
            "citations_are_true": failed("api.question_not_in_cache", "api_answers_a_fresh_question"),
        },
    ),
)
def test_a_question_that_gets_no_sound_answer_is_found(red: Red, healthy: Embedded) -> None:
    if "known" not in red.name:
        use(healthy, [{"question": "What are the main risk factors?", "ticker": "ACME"}])
    red.hold(healthy)


def quoted(name: str, fault: Fault, code: str) -> Red:
    """The citations are untrue; as an answer it is sound."""
    return Red(name, fault, f"{QUESTIONS} -k 'fresh or citations'", {"citations_are_true": failed(code)})


def no_answer(name: str, fault: Fault, code: str) -> Red:
    """What comes is no answer, to a fresh question or a known one, and a service that takes it for health lies."""
    return Red(
        name,
        fault,
        f"{QUESTIONS} -k 'fresh or known or citations or truth'",
        {
            "api_answers_a_fresh_question": failed(code),
            "api_answers_known_question": failed(code),
            "citations_are_true": failed(code, "api_answers_a_fresh_question"),
            "api_health_tells_the_truth": failed("api.health_lies"),
        },
    )


@each(
    no_answer("the answer is empty", answer_with(answer=" "), "api.answer_empty"),
    no_answer("the answer has another shape", answer_with(citations="none"), "api.answer_malformed"),
    no_answer("nothing is cited", answer_with(citations=[]), "api.answer_uncited"),
    no_answer(
        "the quotations have no span", lying(api={QUERY: _citations({"start": 9, "end": 9})}), "api.citation_malformed"
    ),
)
def test_an_answer_that_is_none_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


@each(
    quoted("a stored filing has been altered", altered_filing, "api.citation_untrue"),
    Red(
        "EDGAR does not give the cited filing",
        rule("edgar", match="/Archives", status=503),
        f"{QUESTIONS} -k 'fresh or citations'",
        {"citations_are_true": unknown("edgar.filing_status")},
    ),
    quoted(
        "the quotations stand elsewhere", lying(api={QUERY: _citations({"start": 7, "end": 99})}), "api.citation_untrue"
    ),
    quoted(
        "the quotations are made up",
        lying(api={QUERY: _citations({"text": "Profits will double."})}),
        "api.citation_untrue",
    ),
    quoted("what is cited has no place", lying(api={QUERY: _filings({"path": None})}), "api.citation_unplaced"),
)
def test_a_quotation_that_does_not_stand_in_the_filing_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


EDGAR = f"{QUESTIONS} checks/test_upstreams.py -k edgar"


@each(
    *(
        Red(name, fault, EDGAR, {"api_reaches_edgar": failed(code)})
        for name, fault, code in (
            (
                "the service looks for EDGAR elsewhere",
                restarted("api", {"EDGAR_DATA_URL": "http://127.0.0.1:1"}),
                "api.edgar_unavailable",
            ),
            (
                "the service does not say who it is",
                restarted("api", {"EDGAR_USER_AGENT": "python-httpx/0.28"}),
                "api.edgar_forbidden",
            ),
            ("EDGAR fails for new companies", rule("edgar", match="/submissions", status=503), "api.edgar_unavailable"),
            ("EDGAR limits the service", rule("edgar", match="/submissions", status=429), "api.edgar_rate_limited"),
            (
                "EDGAR talks nonsense to the service",
                rule("edgar", match="/submissions", body="malformed"),
                "api.edgar_malformed",
            ),
            (
                "EDGAR is too slow for the service",
                together(
                    restarted("api", {"EDGAR_TIMEOUT_S": "0.3", "EDGAR_RETRIES": "0"}),
                    rule("edgar", match="/submissions", delay_s=30),
                ),
                "api.edgar_timeout",
            ),
        )
    )
)
def test_the_service_not_reaching_edgar_is_told_from_edgar_being_away(red: Red, healthy: Embedded) -> None:
    """From here EDGAR answers all the while: that check stays green."""
    red.hold(healthy)
