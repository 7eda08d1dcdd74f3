"""Objectives: the documented ones, what each calls bad, and how a file that is wrong is refused."""

from pathlib import Path

import pytest

from load.objectives import Objective, ObjectivesError, parse_objectives, read_objectives
from load.records import Answered
from tests.load_records import a_plan, make


def test_the_defaults_are_the_documented_ones() -> None:
    wanted = {(one.name, one.limit) for one in read_objectives().all}
    assert wanted == {
        ("api.p95", 2.5),
        ("api.p99", 5.0),
        ("api.error_rate", 0.01),
        ("api.availability", 0.995),
        ("api.rate", 0.95),
        ("health.p95", 0.05),
        ("question.p95", 5.0),
        ("question_fresh.p95", 5.0),
        ("question_edgar.p95", 10.0),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[api]\np95 = 2.5", "unknown key 'p95'; did you mean 'p95_s'?"),
        ("[apo]\np95_s = 2.5", "unknown key 'apo'; did you mean 'api'?"),
        ("[search]\np95_s = 2.5", "unknown key 'search'; known here: api, health, ready, question"),
        ("[zebra]\np95_s = 2.5", "known here: api, health"),
        ("[knee]\nrate_per_s = 2.5", "did you mean 'rate_min_per_s'?"),
        ("[api]\np95_s = -1", "api.p95_s: expected `float` > 0.0"),
        ("[api]\np95_s = nan", "api.p95_s: expected `float`"),
        ("[api]\np95_s = inf", "api.p95_s: expected `float` <= 3600.0"),
        ("[api]\np95_s = '2 s'", "api.p95_s: expected `float | null`, got `str`"),
        ("[api]\nerror_rate_max = 1", "api.error_rate_max: expected `float` < 1.0"),
        ("[api]\navailability_min = 99.5", "api.availability_min: expected `float` < 1.0"),
        ("[api]\navailability_min = 0", "expected `float` > 0.0"),
        ("[api]\np95_s = 5\np99_s = 2", "`p99_s` is less than `p95_s`"),
        ("[api\np95_s = 2.5", "is not TOML"),
        ("", "asks for nothing"),
        ("[api]", "asks for nothing"),
        ("api = 3", "api: expected `object"),
    ],
)
def test_a_wrong_file_is_refused_with_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ObjectivesError) as refused:
        parse_objectives(text, source="mine.toml")
    assert said in str(refused.value)
    assert str(refused.value).startswith("mine.toml")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["[knee]\nrate_min_per_s = 80", "[drift]\np95_growth_max = 0.2", "[settles]"])
def test_what_one_profile_is_judged_by_is_enough_for_a_file(text: str) -> None:
    found = parse_objectives(text, source="mine.toml")
    assert found.all == ()
    assert found.knee.rate_min_per_s == (80 if "knee" in text else 50)


def test_a_file_that_cannot_be_read_is_refused_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    (tmp_path / "large.toml").write_bytes(b"#" * 300_000)
    for name, said in [
        ("none.toml", "cannot be read (No such file or directory)"),
        ("latin.toml", "not UTF-8"),
        ("large.toml", "larger than"),
        (".", "cannot be read (Is a directory)"),
        ("\0", "is not a path"),
    ]:
        with pytest.raises(ObjectivesError) as refused:
            read_objectives(tmp_path / name)
        assert said in str(refused.value)


WHAT_IS_BAD = [  # what came, status, latency: bad for p95 <= 1 s, for the error rate, for availability; None: unknown
    (Answered.WELL, 200, 0.5, False, False, False),
    (Answered.WELL, 200, 1.5, True, False, False),
    (Answered.WRONG_STATUS, 500, 0.5, True, True, True),
    (Answered.WRONG_STATUS, 404, 0.5, True, True, False),
    (Answered.WRONG_BODY, 200, 0.5, True, True, False),
    (Answered.FALLBACK, 200, 0.5, True, True, False),
    (Answered.NO_ANSWER, 0, 0.1, True, True, True),
    (Answered.TIMED_OUT, 0, 15.0, True, True, True),
    (Answered.UNSTARTED, 0, 3.0, True, True, True),
    (Answered.CUT_OFF, 0, 0.5, None, None, None),
    (Answered.CUT_OFF, 0, 1.5, True, None, None),
]


@pytest.mark.parametrize(("answered", "status", "latency_s", "slow", "error", "down"), WHAT_IS_BAD)
def test_what_each_objective_calls_bad(
    answered: Answered, status: int, latency_s: float, slow: bool | None, error: bool | None, down: bool | None
) -> None:
    record, plan = make([1.0], [latency_s], answered=answered, status=status), a_plan()
    objectives = (
        Objective("api", "p95", 1.0),
        Objective("api", "error_rate", 0.01),
        Objective("api", "availability", 0.9),
    )
    for objective, bad in zip(objectives, (slow, error, down), strict=True):
        said = bool(objective.bad(record, plan)[0]) if objective.known(record)[0] else None
        assert said is bad, objective


def test_a_rate_wants_a_good_answer_before_the_load_is_over() -> None:
    rate, plan = Objective("api", "rate", 0.95), a_plan(lasts_s=10)
    assert rate.bad(make([1.0, 9.5, 9.5], [0.1, 0.4, 0.6]), plan).tolist() == [False, False, True]
    assert rate.bad(make([1.0], [0.1], answered=Answered.WRONG_BODY), plan).tolist() == [True]


@pytest.mark.parametrize(
    ("objective", "allowed"),
    [
        (Objective("api", "p99", 5.0), 0.01),
        (Objective("api", "p99.9", 5.0), 0.001),
        (Objective("api", "error_rate", 0.02), 0.02),
        (Objective("api", "availability", 0.995), 0.005),
        (Objective("api", "rate", 0.95), 0.05),
    ],
)
def test_what_share_may_be_bad(objective: Objective, allowed: float) -> None:
    assert objective.allowed == allowed
