"""Logs: one line an event, in app.log and on standard error; requests also in access.log; cache events in debug.log.

A line of app.log is `2026-11-23T10:00:00.123Z LEVEL logger message`, so that awk and cut find their fields.
"""

import logging
import sys
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path

from finchat_sec_qa import moments
from finchat_sec_qa.errors import FinChatError

ACCESS = "finchat_sec_qa.access"
CACHE = "finchat_sec_qa.cache"


class LineFormatter(logging.Formatter):
    """One line an event, whatever is in it: a traceback or a line break in a message must not make another."""

    def format(self, record: logging.LogRecord) -> str:
        at = moments.text(datetime.fromtimestamp(record.created, UTC))
        # uvicorn's logger for everything is called uvicorn.error, which would make each of its lines look like one.
        name = record.name.replace("uvicorn.error", "uvicorn")
        message = record.getMessage()
        if record.exc_info:
            message += " | " + self.formatException(record.exc_info)
        return f"{at} {record.levelname} {name} " + " | ".join(message.splitlines())


class LogFile(WatchedFileHandler):
    """A log file that never stops the service: what cannot be written (disk full, directory gone) is dropped."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
            super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Says nothing: logging would print a traceback for every line."""


def configure(log_dir: str, cache_dir: Path | None = None) -> None:
    """Sends this process's logs to their places. For the start of a process, not for an application factory."""
    screen, app = logging.StreamHandler(sys.stderr), LogFile(Path(log_dir, "app.log"))
    for handler in (screen, app):
        handler.setFormatter(LineFormatter())
        handler.setLevel(logging.INFO)
    logging.basicConfig(level=logging.INFO, handlers=[screen, app], force=True)
    for noisy in ("httpx", "httpx2", "openai"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    access = logging.getLogger(ACCESS)
    access.addHandler(LogFile(Path(log_dir, "access.log")))
    access.propagate = False
    if cache_dir:
        debug = LogFile(cache_dir / "debug.log")
        debug.setFormatter(LineFormatter())
        cache = logging.getLogger(CACHE)
        cache.addHandler(debug)
        cache.setLevel(logging.DEBUG)


def failure(error: FinChatError) -> None:
    """The line about an error, under the name of the part that failed. Whoever ends an error writes it, once."""
    logging.getLogger(f"finchat_sec_qa.{error.upstream or 'api'}").error("error %s: %s", error.code, error.message)


def access_line(client: str, request_line: str, status: int, size: int) -> str:
    """A line of the common log format, for a request that ends now."""
    at = moments.now().strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'{client} - - [{at}] "{request_line}" {status} {size}'
