"""Which drill runs which step: read from the scenarios' source, without importing it."""

import ast
from collections.abc import Mapping
from pathlib import Path

DRILLS = Path(__file__).resolve().parents[1]


class ScenarioSourceError(Exception):
    """A scenario cannot be read from its source; the text says where and what to change."""


def drills_of_steps(directory: Path = DRILLS) -> Mapping[str, tuple[str, ...]]:
    """The ids of the scenarios that run a step, by the step's id. Raises ScenarioSourceError."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(directory.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Scenario":
                given = {word.arg: word.value for word in node.keywords}
                scenario_id = _literal(given.get("id"), path, node.lineno, "id")
                for name in ("steps", "corrected"):
                    steps = _literal(given.get(name, ast.Tuple([], ast.Load())), path, node.lineno, name)
                    for step in steps if isinstance(steps, tuple) else ():
                        found[str(step)] = (*found.get(str(step), ()), str(scenario_id))
    return found


def _literal(value: ast.expr | None, path: Path, line: int, name: str) -> object:
    try:
        return ast.literal_eval(value) if value is not None else _refuse(path, line, name)
    except ValueError:
        return _refuse(path, line, name)


def _refuse(path: Path, line: int, name: str) -> object:
    raise ScenarioSourceError(f"{path.name}:{line}: the scenario's {name} is to be written out where it stands.")
