"""The severity of every check, read from its mark in the source, without importing it."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.outcome import Severity
from drills.check_index import ROOT


def severities(root: Path = ROOT) -> Mapping[str, str]:
    """p0 for api_is_reachable, and so on for every check that has such a mark."""
    return {
        node.name.removeprefix("test_"): level
        for path in sorted((root / "checks").glob("test_*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8"), str(path)).body
        if isinstance(node, ast.FunctionDef)
        for level in _levels(node)
    }


def _levels(node: ast.FunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        mark = ast.unparse(decorator).removeprefix("pytest.mark.")
        if mark in tuple(Severity):
            yield mark
