"""Findings: where the runbook does not do what it says, as runs measured it; and the file in which they are known."""
