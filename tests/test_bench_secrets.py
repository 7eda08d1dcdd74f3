"""The secrets of a deployment on a bench: its own where it has them, throw-away ones where it has not."""

import re

import pytest

from checks.target_file import parse_target
from drills.bench.deployment import Deployment, read_settings
from drills.bench.secrets import secrets_of, settings_file

TARGET = """\
name = "mine"
[api]
url = "http://localhost:8000"
[webapp]
url = "http://localhost:5000"
token_env = "FINCHAT_TOKEN"
"""


def deployment(compose: str = "", env: str = "", target: str = TARGET) -> Deployment:
    files = {"docker-compose.yml": compose.encode(), **({".env": env.encode()} if env else {})}
    return Deployment("mine", files, {}, {}, (), read_settings(env), parse_target(target, source="t"))


NAMED: dict[str, tuple[str, set[str]]] = {
    "nothing": ("", set()),
    "a key": ("OPENAI_API_KEY: ${OPENAI_API_KEY}", {"OPENAI_API_KEY"}),
    "a key with a default": ("K: ${SIGNING_KEY:-}", {"SIGNING_KEY"}),
    "a secret without braces": ("- S=$APP_SECRET", {"APP_SECRET"}),
    "a password and a token": ("P: ${DB_PASSWORD:?x}\nT: ${X_TOKEN}", {"DB_PASSWORD", "X_TOKEN"}),
    "what is called like none": ("A: ${KEY_FILE} ${TOKENS} ${LOG_LEVEL} $HOME OPENAI_API_KEY", set()),
    "bytes that are no text": ("\udcff ${A_KEY}", {"A_KEY"}),
}


@pytest.mark.parametrize("what", NAMED)
def test_secrets_are_those_of_the_target_and_those_that_the_compose_file_names(what: str) -> None:
    compose, names = NAMED[what]
    read = deployment(compose.encode(errors="surrogateescape").decode(errors="replace"))
    assert set(secrets_of(read)) == {"FINCHAT_TOKEN", *names}


def test_a_target_without_secrets_has_none() -> None:
    bare = 'name = "bare"\n[api]\nurl = "http://localhost:8000"\n'
    assert secrets_of(deployment(target=bare)) == {}


def test_a_secret_that_the_deployment_sets_is_used_and_is_not_set_twice() -> None:
    read = deployment("X: ${OPENAI_API_KEY}", "export FINCHAT_TOKEN='it is mine' # theirs\nOPENAI_API_KEY=\n")
    values = secrets_of(read)
    assert values["FINCHAT_TOKEN"] == "it is mine"
    file = settings_file(read, values).decode()
    assert file.count("FINCHAT_TOKEN") == 1
    assert read_settings(file) == values


def test_throw_away_secrets_are_long_of_the_expected_shape_and_new_each_time() -> None:
    first, second = (secrets_of(deployment("X: ${OPENAI_API_KEY}")) for _ in range(2))
    assert re.fullmatch("sk-standin-[0-9a-f]{32}", first["OPENAI_API_KEY"])
    assert len(first["FINCHAT_TOKEN"]) >= 24
    assert all(first[name] != second[name] for name in first)


FILES: dict[str, tuple[str, str]] = {
    "there is none": ("", "A_KEY=new\n"),
    "it ends in the middle of a line": ("X=1", "X=1\nA_KEY=new\n"),
    "it ends with empty lines": ("X=1\n\n\n", "X=1\nA_KEY=new\n"),
    "it sets all": ("A_KEY=mine\n", "A_KEY=mine\n"),
    "it names one and leaves it empty": ("A_KEY=\n", "A_KEY=\nA_KEY=new\n"),
    "it has comments": ("# A_KEY=old\n", "# A_KEY=old\nA_KEY=new\n"),
}


@pytest.mark.parametrize("what", FILES)
def test_the_env_file_is_added_to_where(what: str) -> None:
    before, after = FILES[what]
    assert settings_file(deployment("", before), {"A_KEY": "new"}).decode() == after
