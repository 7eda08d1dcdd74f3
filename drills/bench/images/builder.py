"""Builds images on the operator's engine, each once: an image whose tag is there is not built again."""

import contextlib
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import docker
from docker.errors import BuildError, ImageNotFound

from drills.bench.engine import Trouble, reason
from drills.bench.images.bases import MaterialError
from drills.bench.images.recipe import Recipe
from drills.bench.labels import IMAGE_LABELS

PULL_BOUND_S = 120.0
BUILD_BOUND_S = 900
TAIL_LINES = 12

Say = Callable[[str], None]
Fetch = Callable[[Path], Mapping[str, Path]]


class ImageError(MaterialError):
    """An image cannot be made; the text ends with the last lines of the attempt."""


class Builder:
    """Makes images from recipes, and says what it makes."""

    def __init__(self, client: docker.DockerClient, say: Say, directory: Path | None = None) -> None:
        """`directory`: where what is fetched lies meanwhile; whoever made it removes it, however this ends."""
        self._client = client
        self._directory = directory
        self.say = say

    def has(self, tag: str) -> bool:
        with contextlib.suppress(ImageNotFound):
            self._client.images.get(tag)
            return True
        return False

    def build(self, recipe: Recipe, fetch: Fetch | None = None) -> str:
        """Builds the recipe's image unless it is there, and gives its tag. Raises MaterialError.

        `fetch` gives, in a directory that it may use, the files that the recipe only has a key for.
        """
        if self.has(recipe.tag):
            return recipe.tag
        self.say(f"making the image {recipe.name}")
        with tempfile.TemporaryDirectory(dir=self._directory, prefix="finchat-image-") as directory:
            self._build(recipe, fetch(Path(directory)) if fetch else {})
        return recipe.tag

    def _build(self, recipe: Recipe, fetched: Mapping[str, Path]) -> None:
        try:
            self._client.images.build(
                fileobj=recipe.context(fetched),
                custom_context=True,
                dockerfile="Dockerfile",
                tag=recipe.tag,
                buildargs=dict(recipe.arguments),
                labels=dict(IMAGE_LABELS),
                rm=True,
                forcerm=True,
                timeout=BUILD_BOUND_S,
            )
        except BuildError as error:
            lines = [str(entry.get("stream") or entry.get("error") or "").rstrip() for entry in error.build_log]
            tail = "\n".join([line for line in lines if line][-TAIL_LINES:])
            raise ImageError(f"The image {recipe.name} cannot be built: {error.msg}\n{tail}") from None
        except Trouble as error:
            raise ImageError(f"The image {recipe.name} cannot be built: {reason(error)}.") from None

    def build_root(self, recipe: Recipe, make: Callable[[Path], None]) -> str:
        """An image of a root file system, under the recipe's tag; `make` writes its tar. Raises MaterialError."""
        self.say(f"making the image {recipe.name} from Debian's packages, as no registry of images answers (a minute)")
        changes = [f'LABEL {name}="{value}"' for name, value in IMAGE_LABELS.items()]
        repository, _, tag = recipe.tag.partition(":")
        with tempfile.TemporaryDirectory(dir=self._directory, prefix="finchat-image-") as directory:
            archive = Path(directory, "root.tar")
            make(archive)
            try:
                self._client.api.import_image_from_file(str(archive), repository=repository, tag=tag, changes=changes)
            except Trouble as error:
                raise ImageError(f"The engine does not take the image {recipe.name}: {reason(error)}.") from None
        return recipe.tag

    def pulled(self, image: str) -> bool:
        """Whether the engine has `image` or could pull it; False, after two minutes at most, where it could not."""
        if self.has(image):
            return True
        outcome: list[bool] = []

        def pull() -> None:
            with contextlib.suppress(*Trouble):
                self._client.images.pull(image)
                outcome.append(True)

        # The engine's client has no bound on a pull as a whole.
        pulling = threading.Thread(target=pull, daemon=True)
        pulling.start()
        pulling.join(PULL_BOUND_S)
        return bool(outcome)


class Foreseer(Builder):
    """Builds nothing: gives the tag that each image has or would have."""

    def build(self, recipe: Recipe, fetch: Fetch | None = None) -> str:
        return recipe.tag

    def build_root(self, recipe: Recipe, make: Callable[[Path], None]) -> str:
        return recipe.tag

    def pulled(self, image: str) -> bool:
        return self.has(image)
