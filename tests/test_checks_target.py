"""Target files: every complaint one sentence that names the mend."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.target import Webapp
from checks.target_file import TargetError, load_target, parse_target

HEAD = 'name = "t"\n'
API = '[api]\nurl = "http://localhost:8000"\n'

MALFORMED = {
    "name": "is not TOML",
    "[api": "is not TOML",
    f"{HEAD}{HEAD}{API}": "is not TOML",
    "a=" + "[" * 5000: "nested too deeply",
    HEAD: "missing required field `api`",
    API: "missing required field `name`",
    f"{HEAD}[api]\n": "missing required field `url` ",
    f"{HEAD}api = []": "api: expected `object`",
    f"{HEAD}{API}helth = '/h'": "api: unknown key 'helth'; did you mean 'health'?",
    f"{HEAD}tmeout_s = 1\n{API}": "unknown key 'tmeout_s'; did you mean 'timeout_s'?",
    f"{HEAD}{API}[webap]\nurl = 'x'": "unknown key 'webap'; did you mean 'webapp'?",
    f"{HEAD}{API}[objectives]\napi_p99_s = 1": "objectives: unknown key 'api_p99_s'; did you mean 'api_p95_s'?",
    f"{HEAD}{API}qqq = 1": "api: unknown key 'qqq'; known here: degraded, health",
    f"{HEAD}timeout_s = -1\n{API}": "timeout_s: expected `float` > 0.0",
    f"{HEAD}timeout_s = 0\n{API}": "timeout_s: expected `float` > 0.0",
    f"{HEAD}timeout_s = nan\n{API}": "timeout_s: expected `float`",
    f"{HEAD}timeout_s = inf\n{API}": "timeout_s: expected `float` <= 600.0",
    f"{HEAD}timeout_s = '5'\n{API}": "timeout_s: expected `float`, got `str`",
    f"{HEAD}{API}[objectives]\nerror_ratio_max = 5": "objectives.error_ratio_max: expected `float` <= 1.0",
    f"{HEAD}{API}health = true": "`health` is a path that begins with / or false, not True",
    f"{HEAD}{API}metrics = true": "`metrics` is a path that begins with / or false, not True",
    f"{HEAD}{API}health = 'health'": "`health` is a path that begins with / or false, not 'health'",
    f"{HEAD}{API}token_env = ''": "api.token_env: takes the name of an environment variable",
    f"{HEAD}{API}token_env = 'sk-secret-1'": "api.token_env: takes the name of an environment variable",
    f"{HEAD}{API}[containers]\nprefix = 'ssh host'": "containers.prefix: expected `array`",
}
NO_ADDRESS = {
    "localhost:8000": "is not an http:// or https:// address",
    "http://": "is not an http:// or https:// address",
    "ftp://host": "is not an http:// or https:// address",
    "//host": "is not an http:// or https:// address",
    "http:///path": "is not an http:// or https:// address",
    "http://host:0": "is not an http:// or https:// address",
    "http://ho st": "is not an http:// or https:// address",
    "http://ho\\nst": "is not an http:// or https:// address",
    "http://host:99999": "Port out of range",
    "http://host:port": "Port could not be cast",
    "http://[::1": "Invalid IPv6 URL",
    "http://host/?a=1": "goes on after its path",
    "http://host/#a": "goes on after its path",
}
WITH_PASSWORD = ["http://u:hunter22@h", "htp://u:hunter22@h", "http://u:hunter22@h:port", "u:hunter22@h", "http://u@h"]


@pytest.mark.parametrize("text", MALFORMED)
def test_a_target_file_that_is_none_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(TargetError) as refused:
        parse_target(text, source="file.toml")
    said = str(refused.value)
    assert said.startswith("file.toml")
    assert MALFORMED[text].strip() in said
    assert len(said.splitlines()) == 1
    assert "sk-secret-1" not in said


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(TargetError) as refused:
        parse_target(f'{HEAD}[api]\nurl = "{url}"', source="file.toml")
    assert NO_ADDRESS[url] in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("url", WITH_PASSWORD)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(TargetError, match="no user name or password") as refused:
        load_target("runbook", api_url=url)
    assert "hunter22" not in str(refused.value)


def test_an_address_loses_its_last_slash_and_keeps_its_path() -> None:
    assert load_target("runbook", api_url="http://h/finchat/").api.url == "http://h/finchat"


def test_a_webapp_that_the_target_has_not_cannot_be_addressed(tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text(HEAD + API)
    with pytest.raises(TargetError, match="has no webapp"):
        load_target(file, webapp_url="http://h")


def test_a_name_that_is_no_file_names_the_built_in_targets() -> None:
    with pytest.raises(TargetError, match="built-in targets: finchat-2, runbook"):
        load_target("production")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.toml", "No such file"),
        ("directory", "Is a directory"),
        ("x" * 5000 + ".toml", "File name too long"),
        ("latin1.toml", "is not UTF-8 text"),
        ("large.toml", "is larger than"),
        ("directory/loop.toml", "Too many levels of symbolic links"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "loop.toml").symlink_to("loop.toml")
    (tmp_path / "latin1.toml").write_bytes('name = "ü"'.encode("latin-1"))
    (tmp_path / "large.toml").write_bytes(b"#" * 300_000)
    with pytest.raises(TargetError, match=said) as refused:
        load_target(tmp_path / name)
    assert len(str(refused.value)) < 400


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user who may not read the file")
def test_a_file_that_one_may_not_read_is_one_sentence(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    code = "from checks.target_file import *\ntry: load_target(%r)\nexcept TargetError as error: print(error)"
    ended = subprocess.run(
        ["setpriv", "--reuid=65534", "--clear-groups", sys.executable, "-c", code % str(closed / "t.toml")],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert "cannot be read (Permission denied)" in ended.stdout, ended.stderr


def test_the_runbooks_target_has_what_the_runbook_names() -> None:
    target = load_target("runbook")
    assert target.webapp is not None
    assert (target.api.url, target.webapp.url) == ("http://localhost:8000", "http://localhost:5000")
    assert (target.api.path("query"), target.api.path("health")) == ("/api/v1/query", "/health")
    assert target.secret_names() == ("OPENAI_API_KEY",)


def test_the_target_of_the_2_0_release_says_what_it_has_not() -> None:
    target = load_target("finchat-2")
    assert isinstance(target.webapp, Webapp)
    assert (target.webapp.path("health"), target.webapp.path("ready")) == (None, None)
    assert (target.webapp.path("page"), target.webapp.path("any")) == (None, "/csrf-token")
    assert target.secret_names() == ("FINCHAT_TOKEN", "OPENAI_API_KEY")


@pytest.mark.parametrize(
    ("section", "cost"),
    [("", True), ("[openai]\n", True), ("[openai]\npaid = true\n", True), ("[openai]\npaid = false\n", False)],
)
def test_questions_cost_money_unless_somebody_said_that_they_do_not(section: str, cost: bool) -> None:
    text = f'name = "x"\n[api]\nurl = "http://a"\n{section}'
    assert parse_target(text, source="x.toml").questions_cost is cost
