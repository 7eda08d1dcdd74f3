"""What is deployed as a service: its container, compose service and image, as the engine on the host knows them."""

import shlex
from dataclasses import dataclass

from drills.bench.interface import BenchView
from drills.faults.as_operator import as_operator
from drills.faults.fault import FaultError
from drills.faults.on_host import must

LOOK_S = 2
GIT = "git -c user.name=Developer -c user.email=developer@finchat.example"
_FIELDS = (
    "{{.Config.Image}}",
    '{{index .Config.Labels "com.docker.compose.service"}}',
    '{{index .Config.Labels "com.docker.compose.project.working_dir"}}',
    "{{range $port, $_ := .HostConfig.PortBindings}}{{$port}} {{end}}",
)


@dataclass(frozen=True)
class Deployed:
    """A container that compose made. `image`: the name that the compose file gives. `directory`: where that stands.

    `port`: at which it listens inside.
    """

    container: str
    image: str
    service: str
    directory: str
    port: int

    @property
    def previous(self) -> str:
        """The name of the image before this one."""
        head, slash, last = self.image.rpartition("/")
        return f"{head}{slash}{last.partition(':')[0]}:previous"


def deployed(bench: BenchView, role: str) -> Deployed:
    """What runs as the "api" or the "webapp". FaultError where it is not compose's, or publishes no port."""
    container = bench.container(role)
    inspect = f"docker inspect --format {shlex.quote('|'.join(_FIELDS))} {container}"
    image, service, directory, ports = must(bench, inspect).strip("\n").split("|")
    if not service or not ports.strip():
        raise FaultError(f"{container} was not made by compose with a published port: deploy it by the compose file.")
    return Deployed(container, image, service, directory, int(ports.split()[0].partition("/")[0]))


def image_id(bench: BenchView, image: str) -> str:
    """The id of an image on the host; empty where there is none of that name."""
    return must(bench, f"docker image inspect --format '{{{{.Id}}}}' {shlex.quote(image)} 2>/dev/null || true").strip()


def running_image_id(bench: BenchView, container: str) -> str:
    """The id of the image that a container was made from."""
    return must(bench, f"docker inspect --format '{{{{.Image}}}}' {container}").strip()


def deploy(bench: BenchView, what: Deployed) -> None:
    """`docker-compose up -d` of this service, after whatever a deploy changed."""
    up = f"cd {shlex.quote(what.directory)} && docker-compose up -d --no-deps {what.service} 2>&1"
    as_operator(bench, up)


def commit(bench: BenchView, what: Deployed, path: str, subject: str) -> None:
    """Commits a changed or new file of the deployment, as somebody who is not the operator."""
    as_operator(
        bench,
        f"cd {shlex.quote(what.directory)} && git add -- {path} && "
        f"{GIT} commit --quiet --message {shlex.quote(subject)} -- {path}",
    )


def url_on_host(bench: BenchView, role: str) -> str:
    """Where on the host the service answers whatever it can. FaultError where the target has no such service."""
    service = bench.host_target.service(role)
    if service is None:
        raise FaultError(f"{bench.host_target.name} has no {role}: describe it in the target file.")
    return f"{service.url}{service.path('any') or '/'}"


def status_on_host(bench: BenchView, role: str) -> str:
    """The status that comes to whoever asks there, 000 for none."""
    ask = f"curl --silent --output /dev/null --max-time {LOOK_S} --write-out '%{{http_code}}'"
    return must(bench, f"{ask} {shlex.quote(url_on_host(bench, role))} || true").strip()


def seen_crashing(bench: BenchView, role: str) -> str | None:
    """What the engine counts, where the service ends again and again, and nothing answers; None where it does not."""
    container = bench.container(role)
    restarts = int(must(bench, f"docker inspect --format '{{{{.RestartCount}}}}' {container}"))
    if restarts < 1 or status_on_host(bench, role) != "000":
        return None
    return f"the engine started it again {restarts} time{'s' * (restarts != 1)}, and nothing answers"
