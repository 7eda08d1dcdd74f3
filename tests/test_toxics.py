"""What a toxic sends, and what is refused before anything is sent."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from drills.bench.toxics import (
    Bandwidth,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
    Toxic,
    ToxicError,
)


@pytest.mark.parametrize(
    ("toxic", "name", "kind", "attributes"),
    [
        (Latency(1500), "latency_downstream", "latency", {"latency": 1500, "jitter": 0}),
        (Latency(20, 20, stream="upstream"), "latency_upstream", "latency", {"latency": 20, "jitter": 20}),
        (Timeout(0), "timeout_downstream", "timeout", {"timeout": 0}),
        (Bandwidth(0), "bandwidth_downstream", "bandwidth", {"rate": 0}),
        (Bandwidth(8), "bandwidth_downstream", "bandwidth", {"rate": 8}),
        (Slicer(1, 0, 0), "slicer_downstream", "slicer", {"average_size": 1, "size_variation": 0, "delay": 0}),
        (Slicer(64, 63, 10), "slicer_downstream", "slicer", {"average_size": 64, "size_variation": 63, "delay": 10}),
        (ResetPeer(0), "reset_peer_downstream", "reset_peer", {"timeout": 0}),
        (LimitData(1), "limit_data_downstream", "limit_data", {"bytes": 1}),
        (SlowClose(1), "slow_close_downstream", "slow_close", {"delay": 1}),
    ],
)
def test_a_toxic_knows_its_name_its_kind_and_its_attributes(
    toxic: Toxic, name: str, kind: str, attributes: dict[str, int]
) -> None:
    assert (toxic.name, toxic.kind, dict(toxic.attributes)) == (name, kind, attributes)
    assert toxic.toxicity == 1


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Latency(-5), "Latency: latency_ms is -5; give a whole number from 1 to 600000."),
        (lambda: Latency(0), "Latency: latency_ms is 0; give a whole number from 1 to 600000."),
        (lambda: Latency(600_001), "Latency: latency_ms is 600001; give a whole number from 1 to 600000."),
        (lambda: Latency(5, 6), "Latency: jitter_ms is 6; give a whole number from 0 to latency_ms (5)."),
        (lambda: Latency(5, -1), "Latency: jitter_ms is -1; give a whole number from 0 to latency_ms (5)."),
        (lambda: Latency(True), "Latency: latency_ms is True; give a whole number from 1 to 600000."),
        (lambda: Latency(_any(1.5)), "Latency: latency_ms is 1.5; give a whole number from 1 to 600000."),
        (lambda: Latency(_any("9")), "Latency: latency_ms is '9'; give a whole number from 1 to 600000."),
        (lambda: Timeout(-1), "Timeout: timeout_ms is -1; give a whole number from 0 to 600000."),
        (lambda: Bandwidth(-1), "Bandwidth: rate_kb_s is -1; give a whole number from 0 to 1000000."),
        (lambda: Slicer(0, 0, 0), "Slicer: average_size_bytes is 0; give a whole number from 1 to 1000000000."),
        (
            lambda: Slicer(10, 10, 0),
            "Slicer: size_variation_bytes is 10; give a whole number from 0 to 9, less than average_size_bytes.",
        ),
        (lambda: Slicer(10, 0, -1), "Slicer: delay_us is -1; give a whole number from 0 to 10000000."),
        (lambda: ResetPeer(-1), "ResetPeer: timeout_ms is -1; give a whole number from 0 to 600000."),
        (
            lambda: ResetPeer(0, toxicity=0.5),
            "ResetPeer: toxicity is 0.5; leave it at 1, as the server resets every connection.",
        ),
        (
            lambda: LimitData(0),
            "LimitData: bytes_max is 0; "
            "give a whole number from 1 to 1000000000 (0 closes at once: disable the proxy for that).",
        ),
        (lambda: SlowClose(0), "SlowClose: delay_ms is 0; give a whole number from 1 to 600000."),
        (lambda: Timeout(0, stream=_any("up")), "Timeout: stream is 'up'; give 'upstream' or 'downstream'."),
        (lambda: Timeout(0, toxicity=7), "Timeout: toxicity is 7; give a share of the connections, from 0 to 1."),
        (lambda: Timeout(0, toxicity=-0.1), "Timeout: toxicity is -0.1; give a share of the connections, from 0 to 1."),
        (
            lambda: Timeout(0, toxicity=float("nan")),
            "Timeout: toxicity is nan; give a share of the connections, from 0 to 1.",
        ),
        (lambda: Timeout(0, toxicity=True), "Timeout: toxicity is True; give a share of the connections, from 0 to 1."),
        (lambda: Timeout(0, toxicity=1 / 3), f"Timeout: toxicity is {1 / 3}; give at most 6 decimals."),
    ],
)
def test_what_the_server_would_take_and_break_on_is_refused_with_what_to_give(
    make: Callable[[], Toxic], sentence: str
) -> None:
    with pytest.raises(ToxicError) as refused:
        make()
    assert str(refused.value) == sentence


@pytest.mark.parametrize("share", [0, 0.000001, 0.5, 1])
def test_a_share_of_connections_is_kept_as_given(share: float) -> None:
    assert Timeout(0, toxicity=share).toxicity == share


def test_a_toxic_cannot_be_changed_and_equals_its_like() -> None:
    toxic = Latency(5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        toxic.latency_ms = -5  # type: ignore[misc]
    assert toxic == Latency(5) != Latency(6)
    with pytest.raises(ToxicError):
        dataclasses.replace(toxic, latency_ms=-5)


def _any(value: Any) -> Any:
    """A value that the types would not let through."""
    return value
