"""A quick reading of a text's tone and of the risks that it names, by word lists and nothing more."""

import re

from finchat_sec_qa.models import Record

_WORD = re.compile(r"[a-z]+")
_GOOD = frozenset(
    _WORD.findall(
        "achieve achieved benefit exceeded gain gains grew growth improve improved improvement increase increased "
        "opportunity profit profitable record strong stronger success successful"
    )
)
_BAD = frozenset(
    _WORD.findall(
        "adverse adversely claim claims decline declined default deficiency delay fail failed failure harm impair "
        "impairment litigation loss losses negative penalty risk shortage terminate uncertain uncertainty weak weakness"
    )
)
_FLAGS = {
    "litigation": re.compile(r"\b(litigation|lawsuits?|legal proceedings|class action)\b"),
    "going_concern": re.compile(r"\bgoing concern\b|\bsubstantial doubt\b"),
    "internal_control": re.compile(r"\bmaterial weakness(es)?\b|\brestate(d|ment)\b"),
    "liquidity": re.compile(r"\b(liquidity|covenants?|insolven\w+|bankruptcy)\b"),
    "concentration": re.compile(r"\b(largest customer|single supplier|sole supplier|sole source)\b"),
    "cybersecurity": re.compile(r"\b(cyber\w*|data breach(es)?|ransomware)\b"),
    "regulation": re.compile(r"\b(investigation|sanctions?|regulatory action|subpoena)\b"),
}


class Risk(Record):
    """`sentiment` runs from -1 (only bad words) to 1 (only good ones); 0 is balanced or silent."""

    sentiment: float
    flags: list[str]


def assess(text: str) -> Risk:
    """The tone of a text and the kinds of risk that it names."""
    lowered = text.lower()
    words = _WORD.findall(lowered)
    good, bad = sum(word in _GOOD for word in words), sum(word in _BAD for word in words)
    sentiment = (good - bad) / (good + bad) if good + bad else 0.0
    return Risk(
        sentiment=round(sentiment, 3), flags=[name for name, pattern in _FLAGS.items() if pattern.search(lowered)]
    )
