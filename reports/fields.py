"""Reads the fields of a record's JSON, each as what it has to be. Raises KeyError, TypeError or ValueError."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

_Word = TypeVar("_Word")


def object_of(value: object, name: str) -> dict[str, object]:
    """`value` as an object. `name`: what it is, for the error."""
    if not isinstance(value, dict):
        raise TypeError(f"{name} is {value!r}, not an object")
    return value


def list_of(data: dict[str, object], key: str) -> list[object]:
    """The list at `key`."""
    value = data[key]
    if not isinstance(value, list):
        raise TypeError(f"{key} is {value!r}, not a list")
    return value


def text_of(data: dict[str, object], key: str) -> str:
    """The text at `key`."""
    value = data[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is {value!r}, not a text")
    return value


def text_or_none(data: dict[str, object], key: str) -> str | None:
    """The text at `key`, or None where null stands there."""
    return None if data[key] is None else text_of(data, key)


def number_of(data: dict[str, object], key: str) -> float:
    """The number at `key`."""
    value = data[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{key} is {value!r}, not a number")
    return value


def word_of(data: dict[str, object], key: str, words: tuple[_Word, ...]) -> _Word:
    """The one of `words` that stands at `key`."""
    for word in words:
        if data[key] == word:
            return word
    raise ValueError(f"{key} is {data[key]!r}, not one of {', '.join(map(str, words))}")


def moment_of(data: dict[str, object], key: str) -> datetime:
    """The time at `key`, which names its time zone."""
    moment = datetime.fromisoformat(text_of(data, key))
    if moment.tzinfo is None:
        raise ValueError(f"{key} is {data[key]!r}, which has no time zone")
    return moment


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z. Raises ValueError for a time without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"The time {moment} has no time zone: use datetime.now(UTC).")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def objects_in(value: object) -> list[Mapping[str, object]]:
    """The objects of a list in a record that was read already; none where it is no list."""
    return list(value) if isinstance(value, list) else []


def redacted(value: object, redact: Callable[[str], str]) -> object:
    """The same JSON with every text in it put through `redact`; the names of fields stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: redacted(one, redact) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(one, redact) for one in value]
    return value
