"""The runbook's diagnostics and monitoring lines: does what they print tell a broken service from a healthy one?

One test a fault: each line that is about it runs three times healthy and three times broken.
"""

import pytest

from drills.parameters import Diagnose


@pytest.mark.diagnostics
def test_diagnostics_are_proven_under(fault_name: str, diagnose: Diagnose) -> None:
    diagnose(fault_name)
