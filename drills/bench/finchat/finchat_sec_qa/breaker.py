"""The circuit breaker in front of an upstream, and the record of what failed there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from circuitbreaker import CircuitBreaker  # type: ignore[import-untyped]

from finchat_sec_qa.errors import Upstream, UpstreamError
from finchat_sec_qa.metrics import Metrics

Result = TypeVar("Result")
State = Literal["closed", "half_open", "open"]


class Breaker:
    """Lets calls through until `threshold` in a row have failed, then refuses all for `reset_s` seconds.

    A call is one with all its retries. A failure that only an operator can mend does not count (`retry_mends`).
    """

    def __init__(
        self, upstream: Upstream, threshold: int, reset_s: float, refusal: type[UpstreamError], metrics: Metrics
    ) -> None:
        self._upstream = upstream
        self._refusal = refusal
        self._metrics = metrics
        self._log = logging.getLogger(f"finchat_sec_qa.{upstream}")
        self._circuit = CircuitBreaker(
            failure_threshold=threshold, recovery_timeout=reset_s, expected_exception=_counts, name=upstream
        )
        metrics.circuit_state.labels(upstream).set_function(
            lambda: {"closed": 0, "half_open": 1, "open": 2}[self.state]
        )

    @property
    def state(self) -> State:
        """`half_open`: the pause is over, and the next call decides."""
        state: State = self._circuit.state
        return state

    async def call(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """The result of `work`. Every failure is counted."""
        try:
            if self._circuit.opened:
                last = getattr(self._circuit.last_failure, "code", "a call that was given up")
                raise self._refusal(
                    f"{self._upstream} failed {self._circuit.failure_count} times in a row (last: {last}), so it is "
                    f"not asked for a while; try again in {max(1, self._circuit.open_remaining)} s."
                )
            with self._circuit:
                return await work()
        except UpstreamError as error:
            self._metrics.upstream_failures.labels(self._upstream, error.code).inc()
            if self._circuit.opened and not isinstance(error, self._refusal):
                self._log.warning("circuit open after %d failures in a row", self._circuit.failure_count)
            raise


def _counts(thrown: type[BaseException], error: BaseException) -> bool:
    # A cancelled call never learned how the upstream is: counting it as a success would close an open circuit.
    return issubclass(thrown, asyncio.CancelledError) or (isinstance(error, UpstreamError) and error.retry_mends)
