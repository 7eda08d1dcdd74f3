"""Choosing passages: which parts of a filing a question is about.

A passage is a run of characters of the source file without any tag in it, so that it can be quoted by its offsets.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from finchat_sec_qa.models import Citation, Document, Record

# Each alternative also ends at the end of the file, so that an unclosed tag costs one pass and not one per character.
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<hidden>script|style|title|ix:header)\b.*?(?:</(?P=hidden)\s*>|\Z)"
    r"|<(?P<tag>/?[a-z][a-z0-9:]*)?(?P<rest>[^>]*)(?:>|\Z)"
    r"|(?P<text>[^<]+)",
    re.DOTALL | re.IGNORECASE,
)
_PAGE_BREAK = re.compile(r"page-break-(?:before|after)\s*:\s*always", re.IGNORECASE)
_ITEM = re.compile(r"(?:part\s+[iv]+|item\s+\d{1,2}[a-c]?)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?]\s+")
_WORD = re.compile(r"[a-z0-9]+")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_STOP_WORDS = frozenset(
    _WORD.findall(
        "a about an and any are as at be been by can company could did do does for from had has have how if in into is "
        "it its many much of on or our that the their there these they this to was we were what when where which who "
        "why will with would you your"
    )
)

PASSAGE_MIN_CHARS = 40  # shorter runs are table cells and page furniture
PASSAGE_MAX_CHARS = 1200


class Passage(Record):
    """A run of a document that can be quoted."""

    citation: Citation
    words: frozenset[str]


def keywords(text: str) -> frozenset[str]:
    """The words of a text that carry its subject, in a crude singular."""
    return frozenset(_singular(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS)


def passages(document: Document) -> list[Passage]:
    """All quotable runs of a document, in its order. The words of a heading count for each run below it."""
    return [
        Passage(citation=citation, words=keywords(f"{citation.section or ''} {citation.text}"))
        for citation in _citations(document)
    ]


def choose(question: str, candidates: Sequence[Passage], count: int) -> list[Citation]:
    """The `count` passages that share most with the question, best first; rare words weigh more than common ones.

    When nothing matches, the first passages: the beginning of a filing says what it is.
    """
    wanted = keywords(question)
    frequency = Counter(word for passage in candidates for word in passage.words & wanted)

    def score(passage: Passage) -> float:
        return sum(math.log(1 + len(candidates) / frequency[word]) for word in passage.words & wanted)

    # sorted() is stable, so passages that match equally well stay in the filing's order.
    return [passage.citation for passage in sorted(candidates, key=score, reverse=True)[:count]]


def _citations(document: Document) -> Iterator[Citation]:
    text = document.text
    paged = _PAGE_BREAK.search(text) is not None
    page, section, open_tag = 1, None, ""
    for token in _TOKEN.finditer(text):
        run = token["text"]
        if run is None:
            open_tag = (token["tag"] or "").lower()
            page += bool(_PAGE_BREAK.search(token["rest"] or ""))
            continue
        shown = " ".join(run.split())
        if open_tag in _HEADINGS or (_ITEM.match(shown) and len(shown) <= 120):
            section = shown
        elif len(shown) >= PASSAGE_MIN_CHARS:
            for start, end in _pieces(text, *token.span("text")):
                yield Citation(
                    doc_id=document.filing.doc_id,
                    text=text[start:end],
                    start=start,
                    end=end,
                    section=section,
                    page=page if paged else None,
                )


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The run without the white space around it, cut at ends of sentences where it is too long to quote."""
    end -= len(text[start:end]) - len(text[start:end].rstrip())
    start += len(text[start:end]) - len(text[start:end].lstrip())
    while end - start > PASSAGE_MAX_CHARS:
        stops = [match.end() for match in _SENTENCE_END.finditer(text, start, start + PASSAGE_MAX_CHARS)]
        cut = stops[-1] if stops else start + PASSAGE_MAX_CHARS
        yield start, start + len(text[start:cut].rstrip())
        start = cut
    yield start, end


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
