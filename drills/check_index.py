"""Where each check stands, by its id, so that a watch runs exactly the checks that a scenario names.

Read from the source, without importing it. By node id and not by `-k`: that matches parts of names, api_is_ready in
webapp_api_is_ready too.
"""

import ast
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class UnknownCheck(Exception):
    """A scenario names a check that there is not; the text says which there is."""


def node_ids(check_ids: Sequence[str], root: Path = ROOT) -> list[str]:
    """pytest's name of each check, relative to the root of the project. Raises UnknownCheck."""
    if not check_ids:
        raise UnknownCheck("There is no check to watch: name one, for a watch without any would run them all.")
    index = check_index(root)
    return [index.get(check_id) or _refuse(check_id, index) for check_id in dict.fromkeys(check_ids)]


def check_index(root: Path = ROOT) -> Mapping[str, str]:
    """checks/test_api.py::test_api_is_ready for api_is_ready, and so on for every check."""
    return {
        node.name.removeprefix("test_"): f"{path.relative_to(root)}::{node.name}"
        for path in sorted((root / "checks").glob("test_*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8"), str(path)).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _refuse(check_id: str, index: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(check_id, index, n=1, cutoff=0.4)
    mend = f"did you mean {near[0]!r} ({index[near[0]].partition('::')[0]})?" if near else "see checks/test_*.py"
    raise UnknownCheck(f"There is no check {check_id!r}; {mend}")
