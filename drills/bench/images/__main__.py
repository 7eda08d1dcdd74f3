"""Makes every image of a bench, or removes them all.

python -m drills.bench.images           # build what is missing, load the host's store, say how large it all is
python -m drills.bench.images --load    # build the image of load/compose.yaml
python -m drills.bench.images --remove  # remove them, and the stores
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import docker

from drills.bench.engine import Trouble, connect, reason
from drills.bench.images.builder import Builder
from drills.bench.images.catalogue import Images, ensure_load_image
from drills.bench.images.recipe import REPOSITORY
from drills.bench.labels import SUITE
from drills.bench.options import Choice
from drills.bench.process import BenchError
from drills.bench.run import running
from drills.bench.spec import prepare

MB = 1_000_000


def make() -> None:
    """Builds what is missing, and prints what there is."""
    started_s = time.monotonic()
    with running(lambda text: print(f"{time.monotonic() - started_s:6.1f} s  {text}", flush=True)) as run:
        spec = prepare(run, Choice())
        for line in sizes(run.client, spec.images, spec.store):
            print(line)


def make_load() -> None:
    """Builds the image of load, and gives it the name that load/compose.yaml has."""
    client = connect()
    with tempfile.TemporaryDirectory(prefix="finchat-images-") as directory:
        tag = ensure_load_image(Builder(client, print, Path(directory)))
    image = client.images.get(tag)
    image.tag(f"{REPOSITORY}/load", "latest")
    print(f"{image.attrs['Size'] / MB:7.0f} MB  {REPOSITORY}/load:latest")


def remove() -> None:
    """Removes the images and stores that carry the suite's label. What a bench still uses stays, and is named."""
    client = connect()
    stuck = []
    for volume in client.volumes.list(filters={"label": f"{SUITE}=store"}):
        stuck += _gone(volume.name, volume.remove)
    # The label is inherited by what somebody builds from one of ours: only what is called ours too is.
    ours = client.images.list(filters={"label": f"{SUITE}=image"})
    tags = [tag for image in ours for tag in image.tags if tag.startswith(f"{REPOSITORY}/")]
    for tag in tags:
        stuck += _gone(tag, partial(client.images.remove, tag))
    if stuck:
        raise BenchError("\n".join(stuck))


def sizes(client: docker.DockerClient, images: Images, store: str) -> list[str]:
    """A line an image with its size, then what all of it takes on the engine's disk, shared layers counted once."""
    size = {tag: client.images.get(tag).attrs["Size"] for tag in (images.service, *images.all())}
    kept = sum(v["UsageData"]["Size"] for v in client.api.df()["Volumes"] or [] if v["Name"] == store)
    # The service image's layers are those of every image that is made from it.
    made_from_it = (images.upstreams, *images.deployed.values())
    own = sum(size[tag] - size[images.service] for tag in made_from_it)
    total = size[images.service] + own + size[images.host] + size[images.toxiproxy] + kept
    lines = [f"{size[tag] / MB:7.0f} MB  {tag}" for tag in images.all()]
    return [*lines, f"{kept / MB:7.0f} MB  {store}", f"{total / MB:7.0f} MB  in all, shared layers counted once"]


def _gone(name: str, remove: Callable[[], object]) -> list[str]:
    try:
        remove()
    except Trouble as error:
        return [f"{name} stays: {reason(error)}"]
    return []


def main() -> None:
    cli = argparse.ArgumentParser(prog="python -m drills.bench.images", description="The images of a bench.")
    cli.add_argument("--load", action="store_true", help="make the image of load/compose.yaml instead")
    cli.add_argument("--remove", action="store_true", help="remove them, and the stores")
    try:
        asked = cli.parse_args()
        remove() if asked.remove else make_load() if asked.load else make()
    except BenchError as error:
        sys.exit(str(error))
    except Trouble as error:
        sys.exit(f"The engine refuses: {reason(error)}.")


if __name__ == "__main__":
    main()
