"""What healthy means for a FinChat deployment: the synthetic checks, and what they are made of."""

PROBE_HEADER = "X-FinChat-Probe"
"""Marks each request of ours, so that a service can leave it out of its users' figures."""

USER_AGENT = "finchat-checks/0.1"
