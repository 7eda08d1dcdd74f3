"""Settings: command line over environment over ini file over default, and one sentence for what is no use."""

from pathlib import Path

import pytest

from checks.options import OPTIONS, Option, Settings, add_options, read_settings

OTHERS = {
    "target": ("finchat-2", "a.toml", "b.toml"),
    "api-url": ("http://a", "http://b", "http://c"),
    "webapp-url": ("http://a", "http://b", "http://c"),
    "access": ("http,docker", "http,host", "logs"),
    "max-paid-calls": ("1", "2", "3"),
    "probe-timeout": ("1.5", "2.5", "3.5"),
    "evidence": ("one", "two", "none"),
    "state": ("one", "two", "three"),
    "keep": ("1", "2", "3"),
}
ATTRIBUTES = {"probe-timeout": "probe_timeout_s"}


class _Config:
    """As much of pytest.Config as settings are read from."""

    def __init__(self, ini: dict[str, str], cli: list[str]) -> None:
        parser = pytest.Parser(_ispytest=True)
        add_options(parser)
        self._options = parser.parse(cli)
        self._ini = ini
        self.rootpath = Path("/root")

    def getoption(self, name: str) -> object:
        return getattr(self._options, name)

    def getini(self, name: str) -> str:
        return self._ini.get(name, "")


def settings(*cli: str, env: dict[str, str] | None = None, ini: dict[str, str] | None = None) -> Settings:
    return read_settings(_Config(ini or {}, list(cli)), env or {})  # type: ignore[arg-type]


def shown(option: Option, found: Settings) -> str:
    """The setting as it would be written."""
    value = getattr(found, ATTRIBUTES.get(option.name, option.name.replace("-", "_")))
    if isinstance(value, frozenset):
        return ",".join(sorted(value, key=["http", "docker", "host", "logs"].index))
    return "none" if value is None else str(value).removeprefix("/root/")


@pytest.mark.parametrize("option", [o for o in OPTIONS if not o.flag], ids=lambda option: option.name)
def test_the_command_line_goes_before_the_environment_before_the_ini_file(option: Option) -> None:
    first, second, third = OTHERS[option.name]
    cli, env, ini = [f"--{option.name}={first}"], {option.env: second}, {option.ini: third}
    assert shown(option, settings(*cli, env=env, ini=ini)) == first
    assert shown(option, settings(env=env, ini=ini)) == second
    assert shown(option, settings(ini=ini)) == third
    assert shown(option, settings()) == (option.default or "none")
    assert shown(option, settings(env={option.env: ""}, ini=ini)) == third


@pytest.mark.parametrize(("text", "embedded"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("off", False)])
def test_embedded_is_a_switch_in_each_spelling(text: str, embedded: bool) -> None:
    assert settings(env={"FINCHAT_CHECKS_EMBEDDED": text}).embedded is embedded
    assert settings(ini={"finchat_checks_embedded": text}).embedded is embedded


def test_embedded_can_be_switched_on_from_the_command_line() -> None:
    assert settings("--embedded").embedded
    assert not settings().embedded


@pytest.mark.parametrize(
    ("cli", "env", "said"),
    [
        (["--embedded", "--target=x.toml"], {}, "leave out --target"),
        (["--embedded", "--target=runbook"], {}, "leave out --target"),
        (["--embedded", "--api-url=http://a"], {}, "leave out --api-url"),
        (["--embedded"], {"FINCHAT_CHECKS_WEBAPP_URL": "http://a"}, "leave out --webapp-url"),
        (["--embedded"], {"FINCHAT_CHECKS_TARGET": "production.toml"}, "leave out --target"),
        ([], {"FINCHAT_CHECKS_EMBEDDED": "ture"}, "--embedded is 1, true, yes, on, or"),
        (["--access=http,dokcer"], {}, "unknown access 'dokcer'; did you mean 'docker'?"),
        (["--access=zzz"], {}, "unknown access 'zzz'; known: http, docker, host, logs"),
        (["--access=,"], {}, "--access names nothing"),
        (["--max-paid-calls=-1"], {}, "--max-paid-calls takes a whole number, 0 or more, not '-1'"),
        (["--max-paid-calls=1.5"], {}, "--max-paid-calls takes a whole number"),
        (["--max-paid-calls=many"], {}, "--max-paid-calls takes a whole number"),
        (["--keep=0"], {}, "--keep takes a whole number, 1 or more"),
        (["--probe-timeout=0"], {}, "--probe-timeout takes seconds"),
        (["--probe-timeout=-1"], {}, "--probe-timeout takes seconds"),
        (["--probe-timeout=nan"], {}, "--probe-timeout takes seconds"),
        (["--probe-timeout=inf"], {}, "--probe-timeout takes seconds"),
        ([], {"FINCHAT_CHECKS_PROBE_TIMEOUT": "soon"}, "--probe-timeout takes seconds"),
    ],
)
def test_what_is_no_use_is_refused_with_one_sentence(cli: list[str], env: dict[str, str], said: str) -> None:
    with pytest.raises(pytest.UsageError) as refused:
        settings(*cli, env=env)
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_the_probe_timeout_goes_before_the_target_files() -> None:
    assert settings("--probe-timeout=2").load_target().timeout_s == 2
    assert settings().load_target().timeout_s == 10
