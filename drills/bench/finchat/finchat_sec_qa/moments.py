"""Points in time, as this service writes them."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: 2026-11-23T10:00:00.123Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
