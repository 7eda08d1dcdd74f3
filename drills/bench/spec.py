"""What a bench is to be: the deployment on its host, the images for it, and the host's bounds."""

import contextlib
import fcntl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.errors import NotFound

from drills.bench.box import Bounds
from drills.bench.deployment import Deployment, DeploymentError, read_deployment
from drills.bench.engine import Trouble, connect, reason
from drills.bench.images.builder import Builder, Foreseer
from drills.bench.images.catalogue import Images, ensure_images
from drills.bench.images.store import ensure_store
from drills.bench.ledger import state_directory
from drills.bench.options import Choice
from drills.bench.process import BenchError
from drills.bench.run import Run

BUILD_LOCK_BOUND_S = 1200.0
POLL_S = 0.2


@dataclass(frozen=True)
class Spec:
    """A bench to be started. `deployed`: for each image under test, by its name on the host, the tag on the engine.
    `store`: the volume with these images. `image_ids`: which they are, by the same names."""

    deployment: Deployment
    images: Images
    deployed: Mapping[str, str]
    store: str
    image_ids: Mapping[str, str]
    bounds: Bounds = field(default_factory=Bounds)

    @property
    def name(self) -> str:
        """What a verdict calls it: "reference" only where every image is the reference FinChat's."""
        own = {name: tag for name, tag in self.deployed.items() if self.images.deployed.get(name) != tag}
        return (
            f"{self.deployment.name} with other images"
            if own and self.deployment.name == "reference"
            else self.deployment.name
        )


def prepare(run: Run, choice: Choice) -> Spec:
    """Reads the deployment and sees to it that every image is there, built once however many ask at once.

    Raises BenchError, of which DeploymentError and MaterialError are kinds.
    """
    deployment = read_deployment(choice.deployment, choice.target)
    try:
        with _one_at_a_time(state_directory() / "images.lock"):
            images = ensure_images(Builder(run.client, run.say, run.directory))
            deployed = choose_images(run.client, deployment, images, choice)
            store = ensure_store(run.client, run.boxes, images.host, deployed, run.say, run.labels("store"))
            ids = image_ids(run.client, deployed)
    except Trouble as error:
        raise BenchError(f"The images of a bench cannot be had from the engine: {reason(error)}.") from None
    return Spec(deployment, images, deployed, store, ids)


def image_ids(client: docker.DockerClient, deployed: Mapping[str, str]) -> dict[str, str]:
    """The id of each image that is to be deployed, by its name on the host."""
    return {name: str(client.images.get(tag).id) for name, tag in deployed.items()}


def image_ids_today(deployment: Deployment, choice: Choice) -> dict[str, str]:
    """The same for what would be deployed now; nothing is built for it. Empty where it cannot be told."""
    try:
        client = connect()
        deployed = choose_images(client, deployment, ensure_images(Foreseer(client, lambda text: None)), choice)
        return image_ids(client, deployed)
    except (BenchError, *Trouble):
        return {}


def choose_images(
    client: docker.DockerClient, deployment: Deployment, images: Images, choice: Choice
) -> dict[str, str]:
    """For each image that the host needs, by the name that it has there: its tag on the operator's engine."""
    chosen: dict[str, str] = dict(images.deployed) if choice.deployment is None else {}
    for role, image in (("api", choice.api_image), ("webapp", choice.webapp_image)):
        if image is not None:
            chosen[_image_of(deployment, role)] = required_image(client, image)
    for service in deployment.services:
        if service.image is None:  # compose builds it on the host
            continue
        if "@" in service.image:
            raise DeploymentError(
                f"The service {service.name} of the compose file names its image by a digest ({service.image}), which "
                "a copy has not got: name it by a tag."
            )
        if (name := _whole(service.image)) not in chosen:
            chosen[name] = required_image(client, name)
    for role, image in (("api", choice.previous_api_image), ("webapp", choice.previous_webapp_image)):
        if role == "webapp" and image is None and not _names_a_webapp(deployment):
            continue
        previous = f"{_repository(_image_of(deployment, role))}:previous"
        if image is not None:
            chosen[previous] = required_image(client, image)
        elif previous not in chosen and _has(client, previous):
            chosen[previous] = previous
    return chosen


def _names_a_webapp(deployment: Deployment) -> bool:
    """Whether there is a webapp, made from an image that the compose file names."""
    return deployment.target.webapp is not None and deployment.service_of("webapp").image is not None


def _image_of(deployment: Deployment, role: str) -> str:
    service = deployment.service_of(role)
    if service.image is None:
        raise DeploymentError(f"The service {service.name} of the compose file names no `image`: give it one.")
    return _whole(service.image)


def _whole(image: str) -> str:
    """An image's name with its tag: what follows a colon, unless that is the registry's port."""
    return image if ":" in image.rpartition("/")[2] else f"{image}:latest"


def required_image(client: docker.DockerClient, image: str) -> str:
    """`image`. DeploymentError where the engine has none of that name."""
    if not _has(client, image):
        raise DeploymentError(f"The engine has no image {image}: build it, or `docker pull {image}`, and try again.")
    return image


def _has(client: docker.DockerClient, image: str) -> bool:
    try:
        client.images.get(image)
    except NotFound:
        return False
    except Trouble as error:
        raise BenchError(f"The engine cannot say whether it has {image}: {reason(error)}.") from None
    return True


def _repository(image: str) -> str:
    head, slash, last = image.rpartition("/")
    return f"{head}{slash}{last.partition('@')[0].partition(':')[0]}"


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Holds a lock that ends with this process. BenchError where somebody else has held it for twenty minutes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline_s = time.monotonic() + BUILD_LOCK_BOUND_S
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline_s:
                    raise BenchError(f"Another run has been making images for too long ({path}): end it.") from None
                time.sleep(POLL_S)
        yield
