"""The types of what a test in drills/ takes as parameters; conftest.py has the fixtures."""

from collections.abc import Callable

from drills.faults.fault import Fault
from drills.scenario import Scenario

Drill = Callable[[Scenario, Fault], None]
"""Runs a scenario with its fault on a bench, and fails unless it ends as the scenario expects."""

Diagnose = Callable[[str], None]
"""Proves the runbook's diagnostics about the fault of this name."""
