"""What a run of checks was asked to do: command line, then environment, then ini file, then default."""

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks.target import Target
from checks.target_file import TargetError, load_target, with_timeout

ACCESS = ("http", "docker", "host", "logs")
ENV_PREFIX = "FINCHAT_CHECKS_"
_ON, _OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


@dataclass(frozen=True)
class Option:
    """One setting, in its three spellings: --api-url, FINCHAT_CHECKS_API_URL, finchat_checks_api_url."""

    name: str
    help: str
    default: str
    flag: bool = False

    @property
    def dest(self) -> str:
        return "finchat_" + self.name.replace("-", "_")

    @property
    def env(self) -> str:
        return ENV_PREFIX + self.name.replace("-", "_").upper()

    @property
    def ini(self) -> str:
        return self.env.lower()


OPTIONS = (
    Option("target", "target file, or the name of a built-in one (runbook, finchat-2)", "runbook"),
    Option("api-url", "address of the API, in place of the target file's", ""),
    Option("webapp-url", "address of the webapp, in place of the target file's", ""),
    Option("embedded", "start the reference FinChat here and check that", "", flag=True),
    Option("access", "what the checks may use: http,docker,host,logs", "http"),
    Option("max-paid-calls", "how many questions that cost money may be asked", "0"),
    Option("probe-timeout", "seconds that every probe has, in place of the target file's", ""),
    Option("evidence", "directory for the evidence of each run, or 'none'", "reports/out"),
    Option("state", "directory for what one run leaves for the next", "reports/out/.state"),
    Option("keep", "how many smoke runs' evidence to keep", "20"),
)


@dataclass(frozen=True)
class Settings:
    """The settings of one run, checked. `evidence` None: leave none behind. `target_given`: somebody said so."""

    target: str
    target_given: bool
    api_url: str | None
    webapp_url: str | None
    embedded: bool
    access: frozenset[str]
    max_paid_calls: int
    probe_timeout_s: float | None
    evidence: Path | None
    state: Path
    keep: int

    def load_target(self) -> Target:
        """The target that these settings name. Raises pytest.UsageError with one sentence where it is no use."""
        try:
            target = load_target(self.target, api_url=self.api_url, webapp_url=self.webapp_url)
        except TargetError as error:
            raise pytest.UsageError(str(error)) from None
        return self.adjust(target)

    def adjust(self, target: Target) -> Target:
        """`target` with this run's probe timeout."""
        return target if self.probe_timeout_s is None else with_timeout(target, self.probe_timeout_s)


def add_options(parser: pytest.Parser) -> None:
    """Declare every setting to pytest."""
    group = parser.getgroup("finchat", "FinChat checks")
    for option in OPTIONS:
        text = (
            f"{option.help} ({option.env}; ini: {option.ini}{f'; default: {option.default}' if option.default else ''})"
        )
        if option.flag:
            group.addoption(f"--{option.name}", dest=option.dest, action="store_const", const="1", help=text)
        else:
            group.addoption(f"--{option.name}", dest=option.dest, metavar="VALUE", help=text)
        parser.addini(option.ini, text, default="")


def read_settings(config: pytest.Config, environ: Mapping[str, str]) -> Settings:
    """The settings of this run. Raises pytest.UsageError with one sentence for a value that is no use."""

    def stated(name: str) -> str:
        option = next(option for option in OPTIONS if option.name == name)
        cli = config.getoption(option.dest)
        return str(cli if cli is not None else environ.get(option.env) or config.getini(option.ini))

    def given(name: str) -> str:
        return stated(name) or next(option.default for option in OPTIONS if option.name == name)

    def number(name: str, convert: Callable[[str], float], least: float, text: str) -> float:
        try:
            value = convert(given(name))
        except ValueError:
            value = math.nan
        if not (least <= value < math.inf):
            raise pytest.UsageError(f"--{name} takes {text}, not {given(name)!r}")
        return value

    explicit = [name for name in ("target", "api-url", "webapp-url") if stated(name)]
    embedded = _switch("embedded", given("embedded"))
    if embedded and explicit:
        raise pytest.UsageError(f"--embedded brings its own target: leave out --{explicit[0]}, or --embedded")
    timeout_s = number("probe-timeout", float, 0.05, "seconds, 0.05 or more") if given("probe-timeout") else None
    evidence = given("evidence")
    return Settings(
        target=given("target"),
        target_given=bool(stated("target")),
        api_url=given("api-url") or None,
        webapp_url=given("webapp-url") or None,
        embedded=embedded,
        access=_access(given("access")),
        max_paid_calls=int(number("max-paid-calls", int, 0, "a whole number, 0 or more")),
        probe_timeout_s=timeout_s,
        evidence=None if evidence == "none" else config.rootpath / evidence,
        state=config.rootpath / given("state"),
        keep=int(number("keep", int, 1, "a whole number, 1 or more")),
    )


def _switch(name: str, text: str) -> bool:
    if text.lower() not in (*_ON, *_OFF):
        raise pytest.UsageError(f"--{name} is {', '.join(_ON)}, or {', '.join(_OFF[1:])}; not {text!r}")
    return text.lower() in _ON


def _access(text: str) -> frozenset[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in ACCESS:
            near = difflib.get_close_matches(name, ACCESS, n=1)
            mend = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(ACCESS)}"
            raise pytest.UsageError(f"--access: unknown access {name!r}; {mend}")
    if not names:
        raise pytest.UsageError(f"--access names nothing; known: {', '.join(ACCESS)}")
    return frozenset(names)
