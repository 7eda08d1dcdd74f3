"""A healthy FinChat, faults for it, and runs of the checks on it: what proves that a check can fail and can pass."""
