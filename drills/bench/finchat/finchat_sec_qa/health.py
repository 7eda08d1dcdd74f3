"""What the service says about itself: whether it works (health) and whether it can answer now (readiness)."""

import asyncio
from typing import Literal

from finchat_sec_qa import __version__, moments
from finchat_sec_qa.cache import Cache
from finchat_sec_qa.edgar import EdgarClient
from finchat_sec_qa.language_model import LanguageModel
from finchat_sec_qa.metrics import Metrics
from finchat_sec_qa.models import Record
from finchat_sec_qa.settings import Settings

DISK_TIMEOUT_S = 2
KEY_CHECK_INTERVAL_S = 30

Status = Literal["ok", "degraded", "failed"]
_VALUE: dict[Status, float] = {"ok": 1, "degraded": 0.5, "failed": 0}


class Services(Record):
    edgar_client: Status
    qa_engine: Status
    query_handler: Status


class HealthReport(Record):
    """`unhealthy`: no fresh question can be answered until somebody mends the configuration."""

    status: Literal["healthy", "degraded", "unhealthy"]
    version: str
    timestamp: str
    services: Services


class ReadyServices(Record):
    edgar_client: bool
    qa_engine: bool
    query_handler: bool
    cache: bool


class ReadyReport(Record):
    ready: bool
    timestamp: str
    services: ReadyServices


class Health:
    """Judges from what the clients last saw; only the cache directory is tried out."""

    def __init__(
        self, settings: Settings, metrics: Metrics, cache: Cache, edgar: EdgarClient, model: LanguageModel
    ) -> None:
        self._stand_in = settings.enable_fallback_mode or settings.cache_only_mode
        self._cache_only = settings.cache_only_mode
        self._cache = cache
        self._edgar = edgar
        self._model = model
        for service in Services.model_fields:
            metrics.service_health.labels(service).set_function(
                lambda service=service: _VALUE[getattr(self._services(), service)]  # type: ignore[misc]
            )

    def health(self) -> HealthReport:
        services = self._services()
        found = {services.edgar_client, services.qa_engine, services.query_handler}
        return HealthReport(
            status="unhealthy" if "failed" in found else "degraded" if "degraded" in found else "healthy",
            version=__version__,
            timestamp=moments.text(moments.now()),
            services=services,
        )

    async def readiness(self) -> ReadyReport:
        try:
            async with asyncio.timeout(DISK_TIMEOUT_S):
                cache = await asyncio.to_thread(self._cache.writable)
        except TimeoutError:
            cache = False
        answers = self._stand_in or (self._key_works() and self._model.breaker.state != "open")
        return ReadyReport(
            ready=cache and answers,
            timestamp=moments.text(moments.now()),
            services=ReadyServices(
                edgar_client=self._edgar.breaker.state != "open",
                qa_engine=answers,
                query_handler=cache and answers,
                cache=cache,
            ),
        )

    async def watch_key(self) -> None:
        """Has the key checked at the start, and again while it is refused: without questions nobody else would notice
        that it works again."""
        while self._model.key_set and not self._cache_only:
            if self._model.key_refused is not False:
                await self._model.check_key()
            await asyncio.sleep(KEY_CHECK_INTERVAL_S)

    def _key_works(self) -> bool:
        return self._model.key_set and not self._model.key_refused

    def _services(self) -> Services:
        edgar: Status = "degraded" if self._cache_only or self._edgar.breaker.state != "closed" else "ok"
        engine: Status = "ok"
        if not self._key_works() and not self._stand_in:
            engine = "failed"
        elif self._cache_only or not self._key_works() or self._model.breaker.state != "closed":
            engine = "degraded"
        return Services(
            edgar_client=edgar,
            qa_engine=engine,
            query_handler="degraded" if self._stand_in or self._cache.failing else "ok",
        )
