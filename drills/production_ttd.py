"""A measured time to detect, as it would be where the same checks run less often. Pure."""

INTERVAL_S = 30.0
"""incident-response.md, Health Monitoring: watch -n 30."""


def production_ttd_s(ttd_s: float, interval_s: float = INTERVAL_S) -> float:
    """The longest that it takes in production. `ttd_s` was measured with checks that run all the time, so it is what
    the fault takes to show; the next run of the checks comes up to `interval_s` later."""
    return ttd_s + interval_s
