"""What is asked of a bench on a command line, in one spelling for pytest and for the bench's own commands."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drills.bench.process import BenchError


@dataclass(frozen=True)
class BenchOption:
    """One option of a command line."""

    name: str
    metavar: str
    help: str

    @property
    def dest(self) -> str:
        return "bench_" + self.name.replace("-", "_")


@dataclass(frozen=True)
class Choice:
    """What the operator asked for; nothing: the reference FinChat."""

    deployment: Path | None = None
    target: str | None = None
    api_image: str | None = None
    webapp_image: str | None = None
    previous_api_image: str | None = None
    previous_webapp_image: str | None = None


BENCH_OPTIONS = (
    BenchOption(
        "deployment", "DIR", "what to deploy: a directory with a compose file (default: the reference FinChat)"
    ),
    BenchOption("api-image", "IMAGE", "the engine's image to use for the API, in place of the compose file's"),
    BenchOption("webapp-image", "IMAGE", "the engine's image to use for the webapp"),
    BenchOption("previous-api-image", "IMAGE", "the engine's image that a rollback of the API goes back to"),
    BenchOption("previous-webapp-image", "IMAGE", "the engine's image that a rollback of the webapp goes back to"),
)


def read_choice(given: Callable[[str], str | None], target: str | None) -> Choice:
    """The choice that a command line makes; `given` gives an option's value by its dest. BenchError for an empty one:
    an unset variable must not be read as "the reference"."""
    values = {option.name: given(option.dest) for option in BENCH_OPTIONS}
    for name, value in values.items():
        if value is not None and not value.strip():
            raise BenchError(f"--{name} is given and empty: give it a value, or leave it out.")
    directory = values["deployment"]
    return Choice(
        deployment=None if directory is None else Path(directory),
        target=target,
        api_image=values["api-image"],
        webapp_image=values["webapp-image"],
        previous_api_image=values["previous-api-image"],
        previous_webapp_image=values["previous-webapp-image"],
    )
