"""Puts a bench back to its first state between drills, and proves that it is there."""

from drills.bench.bench import RESTORE_BOUND_S, Bench
from drills.bench.engine import Trouble, reason
from drills.bench.process import BenchError
from drills.bench.ready import wait_until_ready
from drills.bench.start import READY_BOUND_S, replace_host


def reset(bench: Bench) -> list[str]:
    """Resets the bench; gives what could not be put back, so that the host was replaced by a new one (usually nothing).

    BenchError where not even a new host equals the first, and where another part of the bench is gone.
    """
    try:
        return _reset(bench)
    except Trouble as error:
        raise BenchError(f"The engine does not put the bench back: {reason(error)}.") from None


def _reset(bench: Bench) -> list[str]:
    assert bench.first is not None
    bench.calm()
    found = _restored(bench)
    if not found:
        return []
    bench.run.say(f"the host is replaced: {'; '.join(found)}")
    replace_host(bench)
    left = bench.first.differences(bench.state())
    if left:
        raise BenchError(
            f"A new host differs from the first one ({'; '.join(left)}): the deployment does not start twice alike, "
            "so what a drill left cannot be told from that."
        )
    return found


def _restored(bench: Bench) -> list[str]:
    """What differs from the first state after an attempt to restore it."""
    assert bench.first is not None
    if not bench.host.running:
        return ["the host is gone"]
    try:
        bench.host.must("bench-restore", timeout_s=RESTORE_BOUND_S)
        bench.up()
        wait_until_ready(bench.target, bench.host, READY_BOUND_S)
        return bench.first.differences(bench.state())
    except BenchError as error:
        return [str(error)]
