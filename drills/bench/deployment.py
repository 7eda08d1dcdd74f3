"""What is deployed on a host: a directory with a compose file, the images that it names, and its target."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from checks.target import Target
from checks.target_file import TargetError, load_target
from drills.bench.process import BenchError

HERE = Path(__file__).resolve().parent / "deployment"
REFERENCE = HERE / "reference"
BEFORE = HERE / "before"
COMPOSE_NAMES = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")
SIZE_BYTES_MAX = 64 << 20

_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?:(?P<how>:?[-?+])(?P<word>[^}]*))?\}|(?P<plain>\w+))", re.ASCII
)
_SETTING = re.compile(
    r"""\s*(?:export\s+)?(?P<name>[\w.-]+)\s*=\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<plain>.*?))(?:\s+\#.*|\s*)""",
    re.ASCII,
)


class DeploymentError(BenchError):
    """What is to be deployed cannot be; the text says what to change."""


@dataclass(frozen=True)
class ComposeService:
    """A service of a compose file, as far as the bench needs to know it."""

    name: str
    image: str | None
    container: str | None


@dataclass(frozen=True)
class Deployment:
    """A directory that goes onto the host, and how it is described.

    `before`: files as they were one commit earlier. `settings`: what .env sets.
    """

    name: str
    files: Mapping[str, bytes]
    modes: Mapping[str, int]
    before: Mapping[str, bytes]
    services: tuple[ComposeService, ...]
    settings: Mapping[str, str]
    target: Target

    @property
    def has_history(self) -> bool:
        """Whether the directory brings a git repository of its own."""
        return ".git/HEAD" in self.files

    def service_of(self, role: str) -> ComposeService:
        """The compose service that is the "api" or the "webapp". DeploymentError where none can be told to be it."""
        named = self.target.containers and getattr(self.target.containers, role)
        for service in self.services:
            if service.container and service.container == named:
                return service
        for service in self.services:
            if service.name == role:
                return service
        known = ", ".join(service.name for service in self.services)
        raise DeploymentError(
            f"No service of the compose file is the {role}: name its container_name as `{role}` under [containers] of "
            f"the target file. Its services: {known}."
        )


def read_deployment(directory: Path | None, target: str | None) -> Deployment:
    """The deployment in `directory` (None: the reference FinChat), described by `target`: a file, or a built-in name.

    Without `target`, by target.toml beside the compose file, else by the runbook's contract. Raises DeploymentError.
    """
    try:
        return _read(directory, target)
    except OSError as error:
        raise DeploymentError(f"The deployment cannot be read: {error}. Make it readable, or leave that out.") from None


def _read(directory: Path | None, target: str | None) -> Deployment:
    root = directory or REFERENCE
    if not root.is_dir():
        raise DeploymentError(f"{root} is not a directory: --deployment takes the one that holds the compose file.")
    # A .git that is a file leads to a repository elsewhere, which is not on the host.
    paths = [path for path in sorted(root.rglob("*")) if path.is_file() and path != root / ".git"]
    size = sum(path.stat().st_size for path in paths)
    if size > SIZE_BYTES_MAX:
        raise DeploymentError(f"{root} holds {size >> 20} MiB; a deployment is {SIZE_BYTES_MAX >> 20} MiB at most.")
    files = {str(path.relative_to(root)): path.read_bytes() for path in paths}
    settings = read_settings(files.get(".env", b"").decode(errors="replace"))
    own_target = root / "target.toml"
    chosen = target or (str(own_target) if own_target.is_file() else "runbook")
    return Deployment(
        name="reference" if directory is None else _name_of(root.resolve()),
        files=files,
        modes={str(path.relative_to(root)): path.stat().st_mode & 0o777 for path in paths},
        before=_files(BEFORE) if directory is None else {},
        services=read_compose(files, settings, str(root)),
        settings=settings,
        target=_target(chosen),
    )


def read_compose(files: Mapping[str, bytes], settings: Mapping[str, str], source: str) -> tuple[ComposeService, ...]:
    """The services of the compose file among `files`, variables filled in from `settings`. Raises DeploymentError."""
    name = next((name for name in COMPOSE_NAMES if name in files), None)
    if name is None:
        raise DeploymentError(f"{source} has no compose file: it is called {' or '.join(COMPOSE_NAMES[:2])}.")
    try:
        parsed = yaml.safe_load(files[name])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DeploymentError(f"{source}/{name} does not parse: {' '.join(str(error).split())}.") from None
    services = parsed.get("services") if isinstance(parsed, dict) else None
    if not services or not isinstance(services, dict) or not all(isinstance(one, dict) for one in services.values()):
        raise DeploymentError(f"{source}/{name} names no services: each stands below the key `services`.")

    def text(value: object) -> str | None:
        return fill_in(value, settings) if isinstance(value, str) else None

    return tuple(
        ComposeService(str(key), text(service.get("image")), text(service.get("container_name")))
        for key, service in services.items()
    )


def fill_in(text: str, settings: Mapping[str, str]) -> str:
    """`text` with compose's variables replaced: ${NAME}, ${NAME:-default}, ${NAME:+instead}, ${NAME:?complaint}, $NAME;
    $$ is a dollar. DeploymentError with the compose file's own complaint."""

    def value(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        name, how, word = found["name"] or found["plain"], found["how"] or "", found["word"] or ""
        set_to = settings.get(name, "")
        is_set = bool(set_to) or (name in settings and not how.startswith(":"))
        if how.endswith("+"):
            return word if is_set else ""
        if how.endswith("?") and not is_set:
            raise DeploymentError(f"The compose file wants {name}: set it in .env ({word or 'it says no more'}).")
        return word if how.endswith("-") and not is_set else set_to

    return _VARIABLE.sub(value, text)


def read_settings(text: str) -> dict[str, str]:
    """What a .env file sets, read as docker-compose reads it."""
    found = filter(None, map(_SETTING.fullmatch, text.splitlines()))
    return {row["name"]: row["single"] or row["double"] or row["plain"] or "" for row in found}


def local_port(url: str) -> int:
    """The port of the host at which a service of the target listens.

    DeploymentError for an address that is not the host's own: a drill works on the bench that it started, and on
    nothing else.
    """
    found = re.fullmatch(r"http://(?:localhost|127\.0\.0\.1):(\d+)", url)
    if found is None:
        raise DeploymentError(
            f"A drill works on a bench of its own, and the target names {url}: write the address as it is on the "
            "production host itself, such as http://localhost:8000. Nothing else can be pointed at."
        )
    return int(found[1])


def _name_of(root: Path) -> str:
    """What a directory is called in verdicts: never like the reference FinChat, which is nobody's build."""
    return root.name if root.name != "reference" else str(root)


def _target(name: str) -> Target:
    try:
        target = load_target(name)
    except TargetError as error:
        raise DeploymentError(f"{error}.") from None
    for service in filter(None, (target.api, target.webapp)):
        local_port(service.url)
    return target


def _files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
