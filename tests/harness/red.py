"""The rows of which the proofs consist: a fault, a run of checks, and every check that is not to pass in it."""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from drills.bench.embedded import Embedded
from tests.harness.faults import Fault
from tests.harness.runs import Verdict, look

CHECKS = Path(__file__).resolve().parents[2] / "checks"
TESTS = Path(__file__).resolve().parents[1]
_PARAMETER = "red"


@dataclass(frozen=True)
class Red:
    """Under `fault` the run `run` (arguments of pytest) shows `amiss`, to the letter; its other checks pass."""

    name: str
    fault: Fault
    run: str
    amiss: Mapping[str, Verdict]

    def __str__(self) -> str:
        return self.name

    def hold(self, bench: Embedded) -> None:
        """Run it; AssertionError where anything is other than it says."""
        with self.fault(bench) as given:
            seen = look(given, self.run)
        assert seen.amiss == self.amiss, seen.text
        outcomes = {verdict.outcome for verdict in self.amiss.values()}
        assert seen.exit_code == (1 if "fail" in outcomes else 3 if outcomes else 0), seen.text

    def proven(self) -> Iterator[tuple[str, str]]:
        """The checks that fail here for a reason of their own, each with the code of the reason."""
        for id_, verdict in self.amiss.items():
            if verdict.outcome == "fail" and verdict.caused_by is None:
                yield id_, verdict.code


def each(*rows: Red) -> pytest.MarkDecorator:
    """Runs a test once for each row, as its parameter `red`."""
    return pytest.mark.parametrize(_PARAMETER, rows, ids=str)


def proven_red() -> dict[str, set[str]]:
    """The reason codes proven for each check, read off the parameters of the tests in tests/test_red_*.py."""
    proven: dict[str, set[str]] = {}
    for row in _rows():
        for id_, code in row.proven():
            proven.setdefault(id_, set()).add(code)
    return proven


def all_checks() -> set[str]:
    """The ids of all checks: the functions test_* of checks/test_*.py."""
    return {
        name.removeprefix("test_")
        for module in CHECKS.glob("test_*.py")
        for name in vars(importlib.import_module(f"checks.{module.stem}"))
        if name.startswith("test_")
    }


def _rows() -> Iterator[Red]:
    for file in sorted(TESTS.glob("test_red_*.py")):
        for name, value in vars(importlib.import_module(f"tests.{file.stem}")).items():
            if name.startswith("test_"):
                yield from _parameters(getattr(value, "pytestmark", ()))


def _parameters(marks: Iterable[pytest.Mark]) -> Iterator[Red]:
    for mark in marks:
        if mark.name == "parametrize" and mark.args[0] == _PARAMETER:
            yield from mark.args[1]
