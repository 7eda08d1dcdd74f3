"""Where a service is published on its own host."""

from urllib.parse import urlsplit

from checks.target import Service
from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.on_host import must


def published_url(bench: BenchView, role: str, path: str = "health") -> str:
    """The address on the host of what `path` names of the "api" or the "webapp"; its root where it has none such."""
    service = _service(bench, role)
    return f"{service.url}{service.path(path) or '/'}"


def port_inside(bench: BenchView, role: str) -> int:
    """The port in the container of `role` to which its published port leads."""
    parts = urlsplit(_service(bench, role).url)
    outside = parts.port or (443 if parts.scheme == "https" else 80)
    container = bench.container(role)
    lines = must(bench, f"docker port {container}").splitlines()  # 8000/tcp -> 0.0.0.0:8000
    inside = [line.partition("/")[0] for line in lines if "/tcp -> " in line and line.endswith(f":{outside}")]
    if not inside:
        raise FaultError(f"{container} publishes no port as {outside}, where the target file has the {role}.")
    return int(inside[0])


def _service(bench: BenchView, role: str) -> Service:
    service = bench.host_target.service(role)
    if service is None:
        raise FaultError(f"The target {bench.host_target.name} has no {role}.")
    return service
