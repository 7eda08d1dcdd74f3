"""The reference service answers questions: live, from its cache, in fallback and in cache-only mode."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.finchat_fakes import DOC_ID, FILING, OTHER_DOC_ID, Service, openai_error

FIRST, SECOND = "What about aluminum?", "What was the net income?"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as started:
        yield started


def edgar_down(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


def test_a_citation_is_the_run_of_characters_of_the_filing_that_it_says(service: Service) -> None:
    answer = service.ask(FIRST).json()
    (citation,) = answer["citations"]
    assert citation["text"] == FILING[citation["start"] : citation["end"]]
    assert citation["text"].startswith("A rise in the price of aluminum")
    assert (citation["doc_id"], citation["section"], citation["page"]) == (DOC_ID, "Item 1A. Risk Factors", 2)


def test_an_answer_names_its_filing_and_where_that_came_from(service: Service) -> None:
    answer = service.ask(FIRST)
    path = "/Archives/edgar/data/77/000123456726000007/acme.htm"
    assert answer.json()["metadata"]["filings"] == [{"doc_id": DOC_ID, "path": path, "source": "edgar"}]
    assert answer.json()["metadata"]["mode"] == answer.headers["X-FinChat-Mode"] == "live"
    assert answer.json()["metadata"]["request_id"] == answer.headers["X-Request-ID"]


def test_the_form_that_was_asked_for_is_read(service: Service) -> None:
    answer = service.ask(FIRST, form_type="10-q").json()
    assert [filing["doc_id"] for filing in answer["metadata"]["filings"]] == [OTHER_DOC_ID]


def test_references_are_renumbered_and_invented_ones_dropped(service: Service) -> None:
    service.openai.reply = "Profit fell [2], and margins too [1][2][9]."
    answer = service.ask(FIRST).json()
    assert answer["answer"] == "Profit fell [1], and margins too [2][1]."
    assert len(answer["citations"]) == 2


def test_the_same_question_again_is_answered_from_the_cache(service: Service) -> None:
    first = service.ask(FIRST).json()
    again = service.ask("what about  ALUMINUM?")
    assert again.json()["answer"] == first["answer"]
    assert again.headers["X-FinChat-Mode"] == "cache"
    assert len(service.openai.prompts) == 1


def test_a_fresh_question_on_a_cached_filing_asks_openai_and_not_edgar(service: Service) -> None:
    service.ask(FIRST)
    service.edgar.asked.clear()
    answer = service.ask(SECOND).json()
    assert (answer["metadata"]["mode"], answer["metadata"]["filings"][0]["source"]) == ("live", "cache")
    assert (service.edgar.asked, len(service.openai.prompts)) == ([], 2)


def test_a_restart_keeps_the_cache(service: Service) -> None:
    service.ask(FIRST)
    with Service() as restarted:
        assert restarted.ask(FIRST).json()["metadata"]["mode"] == "cache"
        assert restarted.edgar.asked == []


def test_questions_at_the_same_time_fetch_a_filing_once(service: Service) -> None:
    answers = service.ask_at_once([f"Question {number} about aluminum?" for number in range(20)])
    assert {answer.status_code for answer in answers} == {200}
    assert len(service.edgar.asked) == 3


def test_more_questions_at_once_than_it_can_work_on_are_refused(service: Service) -> None:
    answers = service.ask_at_once([f"Question {number}?" for number in range(80)])
    refused = [answer.json()["error"]["code"] for answer in answers if answer.status_code != 200]
    assert refused == ["overloaded"] * 16


@pytest.mark.parametrize("spelling", ["ENABLE_FALLBACK_MODE", "FALLBACK_MODE"])
def test_fallback_gives_the_last_answer_when_edgar_is_down(spelling: str, service: Service) -> None:
    service.ask(FIRST)
    cache = Path.home() / ".cache/finchat_sec_qa"
    (cache / "submissions-77.joblib").unlink()
    with Service(**{spelling: "true"}) as fallback:
        fallback.edgar.fault = edgar_down
        assert fallback.ask(FIRST).headers["X-FinChat-Mode"] == "cache"
        quoted = fallback.ask(SECOND)
    assert quoted.headers["X-FinChat-Mode"] == quoted.json()["metadata"]["mode"] == "fallback"
    assert quoted.json()["answer"].startswith("Fallback answer")
    assert "Net income was $52.7 million" in quoted.json()["answer"]
    assert quoted.json()["metadata"]["model"] is None


def test_fallback_quotes_the_filing_when_openai_is_down() -> None:
    with Service(FALLBACK_MODE="true") as service:
        service.openai.fault = lambda request: openai_error(500, "server_error")
        answer = service.ask(SECOND).json()
    assert answer["metadata"]["mode"] == "fallback"
    (citation,) = answer["citations"]
    assert citation["text"] == FILING[citation["start"] : citation["end"]]


def test_a_fallback_answer_is_not_kept_as_an_answer() -> None:
    with Service(FALLBACK_MODE="true") as service:
        service.openai.fault = lambda request: openai_error(500, "server_error")
        service.ask(SECOND)
        service.openai.fault = lambda request: None
        assert service.ask(SECOND).json()["metadata"]["mode"] == "live"


def test_fallback_with_nothing_to_fall_back_on_says_what_failed() -> None:
    with Service(FALLBACK_MODE="true") as service:
        service.edgar.fault = edgar_down
        assert service.ask(FIRST).json()["error"]["code"] == "edgar_unavailable"


@pytest.mark.parametrize("spelling", ["CACHE_ONLY_MODE", "CACHE_ONLY"])
def test_cache_only_asks_no_upstream(spelling: str, service: Service) -> None:
    service.ask(FIRST)
    with Service(**{spelling: "1"}) as cache_only:
        assert cache_only.ask(FIRST).json()["metadata"]["mode"] == "cache"
        miss = cache_only.ask(SECOND)
        assert (miss.status_code, miss.json()["error"]["code"]) == (503, "not_in_cache")
        assert (cache_only.edgar.asked, cache_only.openai.prompts) == ([], [])


def test_cache_only_with_fallback_quotes_a_cached_filing(service: Service) -> None:
    service.ask(FIRST)
    with Service(CACHE_ONLY="1", FALLBACK_MODE="1") as both:
        assert both.ask(SECOND).json()["metadata"]["mode"] == "fallback"
        assert both.edgar.asked == []


def test_the_tone_and_the_flags_of_a_text(service: Service) -> None:
    text = "There is substantial doubt; a lawsuit may lead to a loss. Growth is uncertain."
    assert service.post("/risk", json={"text": text}).json() == {
        "sentiment": -0.333,
        "flags": ["litigation", "going_concern"],
    }
