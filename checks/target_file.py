"""Reading a target file: TOML to a `Target`, every complaint one sentence that names the mend."""

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from checks.explained import explained
from checks.target import Part, Target, checked_url

BUILT_IN = Path(__file__).parent / "targets"
_SIZE_BYTES_MAX = 256 * 1024
_INSTEAD = {"matching regex": "takes the name of an environment variable, such as FINCHAT_TOKEN"}


class TargetError(Exception):
    """The target cannot be used as it is described; the message says what to change."""


def load_target(name: str | Path, *, api_url: str | None = None, webapp_url: str | None = None) -> Target:
    """The target in file `name`, or in the built-in file of that name, with addresses replaced where given.

    Raises TargetError with one sentence for a file that cannot be read, is not TOML, has an unknown key or a value
    out of range, and for an address that is not one.
    """
    path = Path(name)
    try:
        path = _find(path)
        with path.open("rb") as file:
            raw = file.read(_SIZE_BYTES_MAX + 1)
        if len(raw) > _SIZE_BYTES_MAX:
            raise TargetError(f"{path} is larger than {_SIZE_BYTES_MAX} bytes: that is no target file")
        target = parse_target(raw.decode(), source=str(path))
    except OSError as error:
        shown = str(path)[:200]
        raise TargetError(f"{shown} cannot be read ({error.strerror}); give --target a readable TOML file") from None
    except UnicodeDecodeError as error:
        raise TargetError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    return replace_addresses(target, api_url=api_url, webapp_url=webapp_url)


def parse_target(text: str, *, source: str) -> Target:
    """The target that the TOML `text` describes; `source` names it in messages."""
    try:
        return msgspec.convert(tomllib.loads(text), Target)
    except tomllib.TOMLDecodeError as error:
        raise TargetError(f"{source} is not TOML: {error}") from None
    except RecursionError:
        raise TargetError(f"{source} is nested too deeply to be a target file") from None
    except msgspec.ValidationError as error:
        raise TargetError(f"{source}: {explained(str(error), _keys, cutoff=0.5, instead=_INSTEAD)}") from None


def replace_addresses(target: Target, *, api_url: str | None, webapp_url: str | None) -> Target:
    """`target` at other addresses (None: as it is)."""
    try:
        if api_url:
            api = msgspec.structs.replace(target.api, url=checked_url(api_url))
            same_host = urlsplit(api.url).hostname == urlsplit(target.api.url).hostname
            # What the file allows, it allows for the host that it names.
            target = msgspec.structs.replace(target, api=api, allow_load=target.allow_load and same_host)
        if webapp_url:
            if target.webapp is None:
                raise TargetError(f"target {target.name!r} has no webapp; leave out --webapp-url or add [webapp]")
            webapp = msgspec.structs.replace(target.webapp, url=checked_url(webapp_url))
            target = msgspec.structs.replace(target, webapp=webapp)
    except ValueError as error:
        raise TargetError(str(error)) from None
    return target


def with_timeout(target: Target, timeout_s: float) -> Target:
    """`target` with another deadline for its probes."""
    return msgspec.structs.replace(target, timeout_s=timeout_s)


def _find(path: Path) -> Path:
    if path.exists() or path.suffix:
        return path
    built_in = BUILT_IN / f"{path}.toml"
    if built_in.exists():
        return built_in
    known = ", ".join(sorted(file.stem for file in BUILT_IN.glob("*.toml")))
    raise TargetError(f"there is no target file {str(path)!r}; give a path, or one of the built-in targets: {known}")


def _keys(section: str) -> list[str]:
    part: type[Part] = Target
    for name in filter(None, section.split(".")):
        field = next(field for field in msgspec.structs.fields(part) if field.name == name)
        types = getattr(field.type, "__args__", (field.type,))
        part = next(type_ for type_ in types if isinstance(type_, type) and issubclass(type_, Part))
    return sorted(part.__struct_fields__)
