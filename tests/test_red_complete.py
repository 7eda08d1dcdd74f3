"""Every check is proven able to fail: the rows that the tests of test_red_*.py run cover all of checks/."""

from tests.harness.red import all_checks, proven_red


def test_every_check_is_proven_red() -> None:
    unproven = sorted(all_checks() - proven_red().keys())
    assert not unproven, (
        f"{', '.join(unproven)} has no proof that it can fail: add a row Red(name, fault, run, amiss) to the family's "
        "file tests/test_red_*.py, in which a fault, real where one can be had, makes it fail for its own reason code."
    )


def test_only_checks_that_there_are_are_proven() -> None:
    gone = sorted(proven_red().keys() - all_checks())
    assert not gone, (
        f"{', '.join(gone)} is no check any more: take its rows out of tests/test_red_*.py, or rename them."
    )
