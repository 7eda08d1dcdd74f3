"""Real questions are answered, with citations that stand in the filings; and health does not say otherwise."""

import pytest

from checks.exchange import Exchange
from checks.health import health_status
from checks.outcome import CheckFailed, fail, require, unknown
from checks.question import Asked, document_text, service_error, untrue_citation
from checks.runbook import Section
from checks.target import Target

_SOUND_MODES = (None, "live")


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.PERFORMANCE, open=Section.EXTERNAL_API)
@pytest.mark.depends_on("api_is_reachable", "api_is_ready", "openai_is_reachable_and_the_key_valid")
def test_api_answers_a_fresh_question(fresh_question: Asked) -> None:
    _require_fresh(fresh_question)


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.PERFORMANCE, open=Section.CODE_ROLLBACK)
@pytest.mark.depends_on("api_answers_a_fresh_question", "api_is_reachable", "edgar_is_reachable_from_here")
@pytest.mark.needs("question.filing_path", "edgar")
def test_citations_are_true(fresh_question: Asked) -> None:
    """Each quotation stands at its place in the filing that EDGAR gives us; a filing that we do not get is doubt."""
    reply = fresh_question.reply()
    _require_answer(fresh_question)
    unfetched = {citation.doc_id for citation in reply.citations} - fresh_question.documents.keys()
    if unfetched:
        fail("api.citation_unplaced", expected="the path of each cited filing", seen=f"none for {sorted(unfetched)[0]}")
    documents = {doc_id: document_text(fresh_question, doc_id) for doc_id in fresh_question.documents}
    untrue = untrue_citation(reply, documents)
    require(untrue is None, "api.citation_untrue", expected="quotations that stand in the filing", seen=str(untrue))


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.USER_IMPACT, open=Section.EXTERNAL_OUTAGE)
@pytest.mark.depends_on("api_is_reachable", "api_is_ready", "openai_is_reachable_and_the_key_valid")
def test_api_answers_known_question(known_question: Asked) -> None:
    """What users asked before is answered, with citations; under a fallback too, then from the cache."""
    _require_answer(known_question)


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.HEALTH_MONITORING, open=Section.API_DOWN)
@pytest.mark.depends_on("api_is_reachable", "api_is_healthy")
@pytest.mark.get("api", "health")
def test_api_health_tells_the_truth(got: Exchange, fresh_question: Asked, target: Target) -> None:
    """A health endpoint that says healthy while no question is answered misleads whoever is on call."""
    if got.answer.status != 200 or health_status(got.answer) not in target.api.healthy:
        return  # it says that something is amiss: that is for other checks, and true
    try:
        _require_fresh(fresh_question)
    except CheckFailed as failed:
        fail("api.health_lies", expected="questions to be answered while health says healthy", seen=failed.reason.seen)


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.PERFORMANCE, open=Section.EXTERNAL_API)
@pytest.mark.depends_on("api_is_reachable", "edgar_is_reachable_from_here", "api_answers_a_fresh_question")
def test_api_reaches_edgar(uncached_question: Asked) -> None:
    """Asked about a company that nobody asks about, the service has to go to EDGAR itself."""
    answer = uncached_question.exchange.answer
    code = service_error(answer) if answer.status != 200 else None
    if code and code.startswith("edgar_"):
        fail(f"api.{code}", expected="the service to reach EDGAR", seen=answer.seen)
    wanted = f"the filing of {uncached_question.ticker} from EDGAR (other or more uncached_tickers in [question] help)"
    if code and (code.startswith("openai_") or code in ("unknown_ticker", "no_filing")):
        unknown("api.edgar_not_asked", expected=wanted, seen=answer.seen)
    sources = {str(filing.get("source")) for filing in uncached_question.reply().filings()}
    if "edgar" not in sources:
        said = ", ".join(sorted(sources)) or "an answer that does not say where its filings are from"
        unknown("api.edgar_not_asked", expected=wanted, seen=said)


def _require_answer(asked: Asked) -> None:
    """A text, and citations that have the form of citations."""
    reply, seen = asked.reply(), asked.exchange.answer.seen
    require(bool(reply.answer.strip()), "api.answer_empty", expected="an answer", seen=seen)
    require(bool(reply.citations), "api.answer_uncited", expected="citations", seen=seen)
    untrue = untrue_citation(reply, {})
    require(untrue is None, "api.citation_malformed", expected="citations with text and span", seen=str(untrue))


def _require_fresh(asked: Asked) -> None:
    """An answer that was made for this question, and is not a stored or a stopgap one."""
    _require_answer(asked)
    mode = asked.reply().mode
    require(
        mode in _SOUND_MODES,
        "api.answer_degraded",
        expected="an answer made for a question that no cache can hold",
        seen=f"one labelled {mode!r} ({asked.exchange.answer.seen})",
    )
