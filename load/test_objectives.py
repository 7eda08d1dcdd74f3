"""Each objective of the load is a test: it is met, it is not, or nobody can tell."""

import allure

from load.judged import Judgement, Verdict


class ObjectiveMissed(AssertionError):
    """What was measured does not meet the objective."""


class ObjectiveInDoubt(Exception):
    """What was measured does not tell; the text says what would."""


def test_objective_is_met(judgement: Judgement) -> None:
    allure.dynamic.label("load", judgement.objective)  # type: ignore[no-untyped-call]
    if judgement.verdict is Verdict.FAIL:
        raise ObjectiveMissed(f"[{judgement.code}] {judgement.why}")
    if judgement.verdict is not Verdict.PASS:
        raise ObjectiveInDoubt(f"[{judgement.code}] {judgement.why}")
