"""One image as a recipe: a Dockerfile's text and the files that it copies. Its tag is the hash of all that."""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = "finchat-drills"
EXECUTABLE, PLAIN = 0o755, 0o644


@dataclass(frozen=True)
class Recipe:
    """An image to be built. `arguments`: the Dockerfile's, the parent's tag among them. `files`: what stands where in
    the build's context. `key`: what stands in the hash for files that are fetched only when the image is built."""

    name: str
    dockerfile: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    key: str = ""

    @property
    def tag(self) -> str:
        """The image's name on the operator's engine: the same content always has the same one."""
        return f"{REPOSITORY}/{self.name}:{self.digest[:16]}"

    @property
    def digest(self) -> str:
        parts = [self.name, self.dockerfile, self.key]
        parts += [f"{name}={value}" for name, value in sorted(self.arguments.items())]
        parts += [f"{name} {_mode(path)} {file_digest(path)}" for name, path in sorted(self.files.items())]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def context(self, fetched: Mapping[str, Path]) -> io.BytesIO:
        """The build's context as a tar, with what was fetched for it: the same bytes for the same content."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            _add(tar, "Dockerfile", self.dockerfile.encode(), PLAIN)
            for name, path in sorted({**self.files, **fetched}.items()):
                _add(tar, name, path.read_bytes(), _mode(path))
        packed.seek(0)
        return packed


def files_below(root: Path, inside: str, pattern: str = "*") -> dict[str, Path]:
    """The files below `root`, by the place that they get in a context: below `inside`. Caches are left out."""
    return {
        f"{inside}/{path.relative_to(root)}": path
        for path in sorted(root.rglob(pattern))
        if path.is_file() and "__pycache__" not in path.parts
    }


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _mode(path: Path) -> int:
    return EXECUTABLE if path.stat().st_mode & 0o100 else PLAIN


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
