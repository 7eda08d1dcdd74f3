"""Which rule a request meets, what EDGAR's rate limit admits, and what the stand-in's model answers: the pure parts."""

import pytest

from drills.bench.upstreams.openai_answer import NO_PASSAGES, answer
from drills.bench.upstreams.rate_window import RateWindow, Verdict
from drills.bench.upstreams.rules import Fault, RuleBook
from drills.bench.upstreams.state import OTHER_PATHS, PATHS_MAX, Keys, Seen

OK, SLOW, BLOCKED = Verdict.ADMITTED, Verdict.SLOW_DOWN, Verdict.BLOCKED


@pytest.mark.parametrize(
    ("faults", "paths", "statuses"),
    [
        ([], ["/a"], [None]),
        ([Fault(status=500)], ["/a", "/b", "/a"], [500, 500, 500]),
        ([Fault(match="/a", status=500)], ["/a", "/a/b", "/b"], [500, 500, None]),
        ([Fault(status=500, count=2)], ["/a", "/b", "/a"], [500, 500, None]),
        ([Fault(match="/a", status=500, count=1)], ["/b", "/a", "/a"], [None, 500, None]),
        ([Fault(status=500, count=1), Fault(status=503, count=1)], ["/a", "/a", "/a"], [500, 503, None]),
        ([Fault(match="/a", status=500), Fault(status=503)], ["/b", "/a"], [503, 500]),
    ],
)
def test_the_oldest_rule_that_matches_applies_until_its_count_is_used_up(
    faults: list[Fault], paths: list[str], statuses: list[int | None]
) -> None:
    book = RuleBook()
    for fault in faults:
        book.add(fault)
    taken = [book.take(path) for path in paths]
    assert [rule.status if rule else None for rule in taken] == statuses


def test_a_rule_shows_what_is_left_of_its_count() -> None:
    book = RuleBook()
    book.add(Fault(status=500, count=3))
    book.take("/")
    assert [rule.count for rule in book.rules] == [2]
    book.clear()
    assert book.rules == []


@pytest.mark.parametrize(
    ("arrivals", "verdicts"),
    [
        ([0.0] * 10, [OK] * 10),
        ([0.0] * 11, [OK] * 10 + [SLOW]),
        ([0.0] * 10 + [0.999], [OK] * 10 + [SLOW]),
        ([0.0] * 10 + [1.0], [OK] * 10 + [OK]),
        ([0.0] * 5 + [0.5] * 5 + [1.0] * 6, [OK] * 10 + [OK] * 5 + [SLOW]),
        ([0.0] * 22, [OK] * 10 + [SLOW] * 10 + [BLOCKED] * 2),
        ([0.0] * 21 + [0.9, 1.8], [OK] * 10 + [SLOW] * 10 + [BLOCKED] * 3),
        ([0.0] * 21 + [1.0], [OK] * 10 + [SLOW] * 10 + [BLOCKED] + [OK]),
    ],
)
def test_ten_requests_a_second_are_admitted_and_a_caller_who_goes_on_is_blocked_until_it_pauses(
    arrivals: list[float], verdicts: list[Verdict]
) -> None:
    window = RateWindow()
    assert [window.admit(100.0 + at_s) for at_s in arrivals] == verdicts


PROMPT = """Answer from the passages.

[1] Total revenue was $684.3 million in 2025. Higher volumes explain the increase.
[2] Net income was $52.7 million in 2025. It fell.
It fell for the price of aluminum.
[3] The lease in São Paulo ends in 2031.

Question: {question}
"""


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What was net income in 2025?", "Net income was $52.7 million in 2025. It fell. [2]"),
        (
            "What was total revenue?",
            "Total revenue was $684.3 million in 2025. Higher volumes explain the increase. [1]",
        ),
        ("When does the lease in São Paulo end?", "The lease in São Paulo ends in 2031. [3]"),
    ],
)
def test_the_model_answers_from_the_passage_that_shares_most_words_and_cites_it(question: str, said: str) -> None:
    assert answer(PROMPT.format(question=question)) == said
    assert answer(PROMPT.format(question=question).replace("Question: ", "")) == said
    instruction, passages, asked = PROMPT.format(question=question).split("\n\n")
    assert answer(f"{asked}\n{instruction}\n\nPassages:\n{passages}") == said


def test_the_model_says_so_when_there_is_no_passage() -> None:
    assert answer("What was net income in 2025?") == NO_PASSAGES


def test_a_revoked_key_is_refused_until_it_is_accepted_again() -> None:
    keys = Keys(["sk-a"])
    keys.revoke("sk-a")
    assert (keys.accepts("sk-a"), keys.revoked) == (False, ["sk-a"])
    keys.accept("sk-a")
    assert (keys.accepts("sk-a"), keys.revoked) == (True, [])
    keys.accept("sk-b")
    keys.reset()
    assert (keys.accepts("sk-a"), keys.accepts("sk-b")) == (True, False)


def test_counting_paths_is_bounded() -> None:
    seen = Seen()
    for number in range(PATHS_MAX + 5):
        seen.request(f"/{number}")
    seen.request("/0")
    report = seen.report()
    assert report.total == PATHS_MAX + 6
    assert (report.by_path[OTHER_PATHS], report.by_path["/0"]) == (5, 2)
