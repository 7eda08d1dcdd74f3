"""A bench's deployment as a target of the production checks, as it is seen from this machine."""

import json
import math
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from checks.target import Edgar, Part, Target


def seen_from_here(
    target: Target,
    *,
    urls: Mapping[str, str],
    upstream_urls: Mapping[str, str],
    prefix: tuple[str, ...],
) -> Target:
    """`target` with its services at `urls` ("api", "webapp"), its upstreams at `upstream_urls` (by host name), and what
    is looked at on the host reached by `prefix`.

    An upstream that the target does not name stays unnamed; one that it names is the bench's own, never the real one.
    """
    replace = msgspec.structs.replace

    def moved(url: str, host_name: str) -> str:
        """`url` at the bench's own upstream of its host's name, or of `host_name` where there is none; same path."""
        parts = urlsplit(url)
        return upstream_urls.get(parts.hostname or "", upstream_urls[host_name]) + parts.path

    def edgar(part: Edgar) -> Edgar:
        data, www = moved(part.data_url, "data.sec.gov"), moved(part.www_url, "www.sec.gov")
        return replace(part, data_url=data, www_url=www)

    return replace(
        target,
        api=replace(target.api, url=urls["api"]),
        webapp=target.webapp and replace(target.webapp, url=urls["webapp"]),
        edgar=target.edgar and edgar(target.edgar),
        openai=target.openai and replace(target.openai, url=moved(target.openai.url, "api.openai.com")),
        containers=target.containers and replace(target.containers, prefix=prefix, socket=None),
        host=target.host and replace(target.host, prefix=prefix),
        logs=target.logs and replace(target.logs, prefix=prefix),
    )


def as_toml(target: Target) -> str:
    """The target file that describes `target`."""
    lines: list[str] = []
    sections: list[str] = []
    for name, value in _fields(target):
        if isinstance(value, Part):
            sections += ["", f"[{name}]", *(f"{key} = {_value(item)}" for key, item in _fields(value))]
        else:
            lines.append(f"{name} = {_value(value)}")
    return "\n".join([*lines, *sections]) + "\n"


def _fields(part: Part) -> Iterator[tuple[str, object]]:
    """A part's fields that are set: TOML has no word for None."""
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if value is not None:
            yield name, value


def _value(value: object) -> str:
    # Texts, numbers, booleans and arrays of texts are written alike in JSON and in TOML, but for these: TOML calls
    # infinity inf, has no halves of characters, and takes no DEL as it is.
    if value == math.inf:
        return "inf"
    text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")
