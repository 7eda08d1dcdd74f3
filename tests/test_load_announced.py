"""What is said before a load is sent: its address, what green means there, and what is left out of it and why."""

import pytest

from checks.target import Target
from checks.target_file import parse_target
from load.announced import announced
from load.baseline import PROFILE
from load.blocks import compared_plan_of
from load.guard import Limits
from load.plan import Side
from load.planning import plan_of

QUERY = 'query = "/api/v1/query"\n'
FREE = '[openai]\nurl = "http://localhost:1"\npaid = false\n'
EDGAR = '[question]\nticker = "ACME"\nuncached_tickers = "SYN0001..SYN0009"\n'
DEAR = (
    "left out: question_fresh, question_edgar "
    "(questions cost money; `paid = false` under [openai] says that they do not)"
)


def target(name: str, port: int, api: str = QUERY, rest: str = FREE + EDGAR, described: str = "words") -> Target:
    text = f'name = "{name}"\ndescription = "{described}"\n[api]\nurl = "http://localhost:{port}"\n{api}{rest}'
    return parse_target(text, source="x")


def said(*targets: Target) -> list[str]:
    """Of a load to this target; of two: the older first."""
    if len(targets) == 1:
        return announced(plan_of(PROFILE, targets[0], Limits(2000), seed=7), PROFILE, {"a": targets[0]})
    by_side: dict[Side, Target] = {"a": targets[0], "b": targets[1]}
    plan = compared_plan_of(PROFILE, by_side, {"a": Limits(2000), "b": Limits(2000)}, seed=7)
    return announced(plan, PROFILE, by_side)


def test_the_address_is_said() -> None:
    assert said(target("ours", 8001)) == [
        "load baseline: 6,000 requests in 120 s, at most 50/s, by 100 users (seed 7), to ours (http://localhost:8001)"
    ]


def test_of_a_comparison_both_are_said_and_the_new_one_first() -> None:
    (line,) = said(target("old", 8001), target("new", 8002))
    assert line.endswith("to new (http://localhost:8002) against old (http://localhost:8001)")


def test_what_green_means_on_the_embedded_one_is_said_once_and_of_no_other() -> None:
    embedded = [target("embedded", port, described="this proves the suite, not your build") for port in (8001, 8002)]
    assert said(*embedded)[1:] == ["embedded is this proves the suite, not your build"]
    assert said(embedded[0], target("ours", 8003))[1:] == ["embedded is this proves the suite, not your build"]


@pytest.mark.parametrize(
    ("api", "rest", "line"),
    [
        (QUERY, EDGAR, DEAR),
        (QUERY, FREE, "left out: question_edgar (the target has none)"),
        (QUERY + "health = false\n", FREE + EDGAR, "left out: health (the target has none)"),
        (
            "query = false\n",
            EDGAR,
            "left out: question, question_fresh, question_edgar (the target has none)",
        ),
        (QUERY + "ready = false\n", EDGAR, DEAR.replace("left out: ", "left out: ready (the target has none); ")),
    ],
)
def test_what_is_left_out_is_said_with_the_reason(api: str, rest: str, line: str) -> None:
    assert said(target("ours", 8001, api, rest))[1:] == [line]


def test_of_a_comparison_what_one_of_them_lacks_is_left_out() -> None:
    (line,) = said(target("old", 8001, QUERY + "ready = false\n"), target("new", 8002))[1:]
    assert line == "left out: ready (one of the two has none)"
