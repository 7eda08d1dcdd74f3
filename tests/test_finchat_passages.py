"""The reference service finds the passages of a filing that a question is about."""

import time

import pytest
from finchat_sec_qa.filings import PASSAGE_MAX_CHARS, choose, passages
from finchat_sec_qa.models import Citation, Document, Filing

FILING = Filing(doc_id="0000000001-26-000001", cik=1, form="10-K", filed_on="2026-01-01", file="a.htm")
LONG = "One sentence of a few words stands here. " * 100


def citations(text: str) -> list[Citation]:
    return [passage.citation for passage in passages(Document(filing=FILING, text=text, source="edgar"))]


HIDDEN = "nobody sees this text, although it is long enough to be quoted"


@pytest.mark.parametrize(
    "markup",
    [
        f"<!-- {HIDDEN} -->",
        f"<script>{HIDDEN}</script>",
        f"<STYLE x>{HIDDEN}</style>",
        f"<p title='{HIDDEN}'>",
        "<p>x</p>",
    ],
    ids=["comment", "script", "style", "attribute", "short"],
)
def test_what_a_reader_does_not_see_is_not_quoted(markup: str) -> None:
    assert citations(f"<html><body>{markup}</body></html>") == []


def test_a_long_run_is_cut_at_ends_of_sentences_and_nothing_is_lost() -> None:
    pieces = citations(f"<p>  {LONG}</p>")
    assert all(len(piece.text) <= PASSAGE_MAX_CHARS and piece.text.endswith("here.") for piece in pieces)
    assert " ".join(piece.text for piece in pieces) == LONG.strip()


def test_a_long_run_without_sentences_is_cut_all_the_same() -> None:
    assert sum(len(piece.text) for piece in citations("x" * 5000)) == 5000


def test_sections_and_pages_are_those_where_the_passage_stands() -> None:
    text = (
        f"<p>Item 1. Business</p><p>{LONG[:80]}</p><div style='page-break-after:always'></div>"
        f"<b>ITEM 7A. Market risk</b><p>{LONG[:80]}</p>"
    )
    assert [(found.section, found.page) for found in citations(text)] == [
        ("Item 1. Business", 1),
        ("ITEM 7A. Market risk", 2),
    ]
    assert citations(f"<p>{LONG[:80]}</p>")[0].page is None


def test_rare_words_of_the_question_weigh_more_than_common_ones() -> None:
    common = "<p>The company reports revenue for the year in this paragraph number {}.</p>"
    text = "".join(common.format(number) for number in range(9)) + "<p>A covenant limits what the firm may borrow.</p>"
    document = Document(filing=FILING, text=text, source="edgar")
    assert "covenant" in choose("Does revenue matter to the covenants?", passages(document), 1)[0].text


def test_a_question_that_matches_nothing_gets_the_beginning() -> None:
    text = f"<p>First {LONG[:80]}</p><p>Second {LONG[:80]}</p>"
    found = choose("zzz?", passages(Document(filing=FILING, text=text, source="edgar")), 1)
    assert found[0].text.startswith("First")


@pytest.mark.parametrize("part", ["<", "<!--", "<script>", "<p ", "&", "<p>word "])
def test_hostile_markup_takes_no_more_than_linear_time(part: str) -> None:
    started = time.perf_counter()
    citations(part * 200_000)
    assert time.perf_counter() - started < 3
