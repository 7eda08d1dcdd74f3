"""The rules of the house: which way imports point, and what no file may hold."""

import ast
import importlib.metadata
import itertools
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINES_MAX = 300
TOOLS = {"docker", "testcontainers", "locust", "matplotlib", "toxiproxy", "plotly", "pandas"}

# What the files of each package may not import. conftest and tests may import all, and nobody imports them.
FORBIDDEN = {
    "checks": {*TOOLS, "drills", "load", "reports", "finchat_sec_qa", "conftest", "tests"},
    "drills": {"reports", "load", "conftest", "tests"},
    "load": {"drills", "reports", "conftest", "tests", "matplotlib", "pandas"},
    "reports": {*TOOLS, "drills", "load", "conftest", "tests", "finchat_sec_qa"},
}


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository that are there, with those that git does not know yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        timeout=20,
    )
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def imports(path: Path) -> set[str]:
    """The packages that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module"):
            found |= {str(a.value).partition(".")[0] for a in node.args if isinstance(a, ast.Constant)}
    return found


def python_files(package: str) -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == package]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_one_way(package: str) -> None:
    found = {str(path.relative_to(ROOT)): imports(path) & FORBIDDEN[package] for path in python_files(package)}
    assert {name: forbidden for name, forbidden in found.items() if forbidden} == {}


def test_the_rule_sees_an_import_wherever_it_hides(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        "def f():\n    from drills.bench import x\n    import docker.errors as e\n    __import__('load.y')\n"
    )
    assert imports(file) == {"drills", "docker", "load"}


def test_checks_that_run_import_nothing_forbidden_by_way_of_others() -> None:
    code = (
        "import sys, pkgutil, importlib, checks\n"
        "for m in pkgutil.iter_modules(checks.__path__):\n"
        "    m.name in ('conftest',) or importlib.import_module('checks.' + m.name)\n"
        f"print(*({{n.partition('.')[0] for n in sys.modules}} & {FORBIDDEN['checks']!r}))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == ""


def test_no_file_names_the_host_of_a_package_index() -> None:
    # Put together here, so that this file does not name them either.
    hosts = [".".join(parts) for parts in itertools.product(["pypi", "registry.npmjs", "pythonhosted"], ["org", "com"])]
    hosts += ["registry.yarn" + "pkg", "conda." + "anaconda", "artifact" + "ory"]
    found = {}
    for path in tracked():
        name = str(path.relative_to(ROOT))
        text = path.read_bytes().decode(errors="replace")
        if named := {host for host in hosts if host in text}:
            found[name] = named
    assert found == {}


def test_no_python_file_is_too_long_to_read() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in tracked() if p.suffix == ".py"}
    assert {name: length for name, length in lengths.items() if length > LINES_MAX} == {}


@pytest.mark.parametrize("group", ["checks", "bench", "drills", "load", "dev", "finchat"])
def test_every_requirement_is_pinned_and_hashed(group: str) -> None:
    text = (ROOT / "requirements" / f"{group}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    loose = [line for line in lines if not re.match(r"[A-Za-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)]
    assert loose == []


def test_a_checks_install_is_small() -> None:
    text = (ROOT / "requirements" / "checks.txt").read_text()
    names = {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}
    assert {"pytest", "httpx", "allure-pytest", "prometheus-client"} <= names
    assert not names & {*TOOLS, "fastapi", "flask", "openai", "gunicorn", "uvicorn", "pytest-xdist", "mypy"}
    assert len(names) <= 25


def marks(path: Path, name: str) -> list[str]:
    """The arguments of every mark of that name in a file of checks."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{name}":
            found += [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    return [str(value) for value in found]


def test_every_check_that_another_depends_on_exists() -> None:
    files = [path for path in python_files("checks") if path.name.startswith("test_")]
    tests = {
        node.name.removeprefix("test_")
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    named = {name for path in files for name in marks(path, "depends_on")}
    assert named
    assert named - tests == set()


def test_every_key_that_a_check_needs_exists() -> None:
    from checks.target import Target

    keys = {key for path in python_files("checks") for key in marks(path, "needs")}
    assert keys
    for key in keys:
        section, _, name = key.partition(".")
        hint = Target.__annotations__[section]
        kind = next(part for part in getattr(hint, "__args__", (hint,)) if hasattr(part, "__struct_fields__"))
        assert not name or name in kind.__struct_fields__, key


def test_only_what_runs_inside_locust_imports_it() -> None:
    # It patches sockets, threads and subprocesses of the process that imports it.
    found = {path.name for path in tracked() if path.suffix == ".py" and {"locust", "gevent"} & imports(path)}
    assert found == {"generator.py", "gathering.py", "locust_file.py", "own_error.py", "exchange.py", "plain_user.py"}


def test_no_file_of_load_shadows_a_module_while_locust_imports_a_profile() -> None:
    others = {*sys.stdlib_module_names, *importlib.metadata.packages_distributions()}
    ours = {path.name for path in ROOT.iterdir()}
    assert {path.stem for path in python_files("load")} & (others - ours) - {"__init__", "conftest"} == set()


def test_a_run_of_checks_imports_nothing_that_only_others_need() -> None:
    program = "import sys, conftest; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0, ran.stderr
    drills = {"docker", "testcontainers", "toxiproxy", "trustme", "cryptography", "markdown_it", "yaml"}
    assert not {*drills, "locust", "gevent", "numpy", "scipy"} & set(ran.stdout.split())
