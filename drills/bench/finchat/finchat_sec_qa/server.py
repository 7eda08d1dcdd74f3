"""The API: `python -m finchat_sec_qa.server`."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI

from finchat_sec_qa import __version__, api, logs, settings
from finchat_sec_qa.answering import Answering
from finchat_sec_qa.cache import Cache, directory, initialize_cache
from finchat_sec_qa.edgar import EdgarClient
from finchat_sec_qa.health import Health
from finchat_sec_qa.language_model import LanguageModel
from finchat_sec_qa.metrics import Metrics
from finchat_sec_qa.middleware import Observation
from finchat_sec_qa.settings import Settings
from finchat_sec_qa.sources import Sources

if TYPE_CHECKING:
    import httpx2

_log = logging.getLogger(__name__)


def create_app(
    settings: Settings,
    edgar_transport: httpx.AsyncBaseTransport | None = None,
    openai_transport: "httpx2.AsyncBaseTransport | None" = None,
) -> FastAPI:
    """The API with all that it needs. A transport stands in for the network to an upstream."""
    metrics = Metrics()
    cache = Cache(metrics)
    edgar = EdgarClient(settings, metrics, edgar_transport)
    model = LanguageModel(settings, metrics, openai_transport)
    health = Health(settings, metrics, cache, edgar, model)
    answering = Answering(settings, metrics, cache, Sources(cache, edgar, settings.edgar_total_timeout_s), model)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await asyncio.to_thread(initialize_cache)
        except OSError as error:
            metrics.errors.labels("cache_unavailable").inc()
            _log.error("error cache_unavailable: cannot make the cache: %s", error.strerror)
        key_watch = asyncio.create_task(health.watch_key())
        yield
        key_watch.cancel()
        with suppress(asyncio.CancelledError):
            await key_watch
        await model.close()
        await edgar.close()

    # The interactive documentation would load scripts from elsewhere, which the security headers forbid.
    app = FastAPI(title="FinChat-SEC-QA", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(api.router(answering, health, metrics))
    api.handle_errors(app, metrics)
    app.add_middleware(Observation, metrics=metrics)
    return app


def main() -> None:
    import uvicorn

    configured = settings.from_environment()
    logs.configure(configured.finchat_log_dir, directory())
    uvicorn.run(
        create_app(configured),
        host=configured.finchat_api_host,
        port=configured.finchat_api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
