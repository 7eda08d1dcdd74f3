"""All images of a bench, each made from the one before it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from drills.bench.images import bases
from drills.bench.images.builder import Builder
from drills.bench.images.inventory import inventory
from drills.bench.images.recipe import Recipe, file_digest, files_below

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
LOCK = ROOT / "requirements" / "finchat.txt"
LOAD_LOCK = ROOT / "requirements" / "load.txt"
LOAD_CODE = ("checks", "drills", "load", "reports")
"""What a run of load imports: pytest's part of it looks at the target as the checks do, and writes the evidence."""

FINCHAT = ROOT / "drills" / "bench" / "finchat" / "finchat_sec_qa"
SERVICE_PACKAGES = ("ca-certificates", "python3")
LOAD_PACKAGES = (*SERVICE_PACKAGES, "libstdc++6")  # gevent's
DEPLOYED = ("finchat-api", "finchat-webapp")
RELEASES = ("latest", "previous")


@dataclass(frozen=True)
class Images:
    """The tags, on the operator's engine, of what a bench is made of.

    `service`: what the reference images are made from. `deployed`: these, by the names that they have on the host
    ("finchat-api:latest").
    """

    service: str
    host: str
    toxiproxy: str
    upstreams: str
    deployed: Mapping[str, str]

    def all(self) -> tuple[str, ...]:
        return (self.host, self.toxiproxy, self.upstreams, *self.deployed.values())


def ensure_images(builder: Builder) -> Images:
    """Builds what is missing. Raises MaterialError with the mend where something cannot be had."""
    service = _service(builder, _debian(builder, "base", SERVICE_PACKAGES))
    return Images(
        service=service,
        host=_host(builder, _debian(builder, "host-base", inventory().packages), service),
        toxiproxy=_toxiproxy(builder),
        upstreams=_upstreams(builder, service),
        deployed={
            f"{name}:{release}": builder.build(
                Recipe(f"{name}-{release}", _dockerfile(name), {"SERVICE": service, "RELEASE": release})
            )
            for name in DEPLOYED
            for release in RELEASES
        },
    )


def ensure_load_image(builder: Builder) -> str:
    """The image of the generator of load: master and workers alike. Raises MaterialError."""

    def fetch(directory: Path) -> Mapping[str, Path]:
        bases.python_packages(LOAD_LOCK, directory)
        return files_below(directory, "lib")

    code = {f"app/{name}": ROOT / name for name in ("conftest.py", "pyproject.toml")}
    for package in LOAD_CODE:
        code |= {
            name: path
            for name, path in files_below(ROOT / package, f"app/{package}").items()
            if not name.startswith("app/reports/out/") and "node_modules" not in path.parts
        }
    base = _debian(builder, "load-base", LOAD_PACKAGES)
    return builder.build(Recipe("load", _dockerfile("load"), {"BASE": base}, code, file_digest(LOAD_LOCK)), fetch)


def _debian(builder: Builder, name: str, packages: tuple[str, ...]) -> str:
    recipe = Recipe(name, _dockerfile("base"), {"PACKAGES": " ".join(packages)}, key=bases.SUITE)
    if builder.has(recipe.tag):
        return recipe.tag
    if builder.pulled(bases.DEBIAN_IMAGE):
        return builder.build(recipe)
    return builder.build_root(recipe, lambda archive: bases.debian_root(packages, archive))


def _service(builder: Builder, base: str) -> str:
    def fetch(directory: Path) -> Mapping[str, Path]:
        bases.python_packages(LOCK, directory)
        return files_below(directory, "lib")

    finchat = files_below(FINCHAT, "lib/finchat_sec_qa")
    lock = file_digest(LOCK)
    return builder.build(Recipe("service", _dockerfile("service"), {"BASE": base}, finchat, lock), fetch)


def _upstreams(builder: Builder, service: str) -> str:
    bench = ROOT / "drills" / "bench"
    packages = {f"app/{path.relative_to(ROOT)}": path for path in (ROOT / "drills/__init__.py", bench / "__init__.py")}
    files = {**packages, **files_below(bench / "upstreams", "app/drills/bench/upstreams")}
    return builder.build(Recipe("upstreams", _dockerfile("upstreams"), {"SERVICE": service}, files))


def _host(builder: Builder, base: str, service: str) -> str:
    arguments = {"BASE": base, "SERVICE": service}
    terminal = files_below(HERE.with_name("terminal"), "terminal/drills/bench/terminal", "*.py")
    files = {**files_below(HERE / "host", "host"), **terminal}
    return builder.build(Recipe("host", _dockerfile("host"), arguments, files))


def _toxiproxy(builder: Builder) -> str:
    key = hashlib.sha256(bases.TOXIPROXY_MODULE.encode()).hexdigest()
    own = Recipe("toxiproxy", _dockerfile("toxiproxy"), key=key)
    if not builder.has(own.tag) and builder.pulled(bases.TOXIPROXY_IMAGE):
        return bases.TOXIPROXY_IMAGE
    return builder.build(
        own,
        lambda directory: {"toxiproxy": bases.toxiproxy_server(directory)},
    )


def _dockerfile(name: str) -> str:
    return (HERE / f"Dockerfile.{name}").read_text()
