"""The stand-in's model: the same prompt always gives the same answer. Pure.

Where the user's message holds passages numbered [1], [2] and so on, each at the start of a line, the answer is a
sentence or two of the passage that shares most words with the question, followed by the passage's number in brackets.
"""

import re
from collections import Counter
from dataclasses import dataclass

NO_PASSAGES = "This stand-in model answers from numbered passages only, and the prompt has none."

_PASSAGE = re.compile(
    r"^[ \t]*\[(\d+)\][ \t]*:?(.*?)(?=^[ \t]*\[\d+\]|\n[ \t]*\n|^[ \t]*Question\b|\Z)", re.MULTILINE | re.DOTALL
)
_QUESTION = re.compile(r"^[ \t]*Question[ \t]*:(.*?)(?=\n[ \t]*\n|\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_COMMON_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a about an and are as at be by did do does for from had has have how in is it its of on or per say says that "
        "the their this to was we were what when where which who why will with",
    )
)


@dataclass(frozen=True)
class Passage:
    number: int
    text: str


def answer(prompt: str) -> str:
    """The model's answer to the user's message."""
    passages = [Passage(int(match[1]), match[2].strip()) for match in _PASSAGE.finditer(prompt)]
    if not passages:
        return NO_PASSAGES
    asked = _words(_question(prompt))
    # Words that few passages have say more: they decide between passages that share equally many.
    frequency = Counter(word for passage in passages for word in _words(passage.text))

    def rank(text: str) -> tuple[int, float]:
        shared = asked & _words(text)
        return len(shared), sum(1 / frequency[word] for word in shared)

    # Where equal, `max` takes the first.
    best = max(passages, key=lambda passage: rank(passage.text))
    sentences = _SENTENCE_END.split(best.text)
    first = max(range(len(sentences)), key=lambda index: rank(sentences[index]))
    said = " ".join(sentences[first : first + 2])
    return f"{said} [{best.number}]"


def _question(prompt: str) -> str:
    if match := _QUESTION.search(prompt):
        return match[1]
    return _PASSAGE.sub("", prompt)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower())) - _COMMON_WORDS
