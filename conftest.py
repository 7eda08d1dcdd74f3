"""Wiring: the checks' plugin, the ground that they stand on, and the evidence that a run of them leaves."""

import contextlib
import os
import sys
from collections.abc import Generator
from datetime import UTC, datetime

import pytest

import checks.plugin
from checks.lines import check_line
from checks.options import Settings, read_settings
from checks.outcome import ExitCode
from checks.plugin import is_checks_run
from checks.run import GROUND, RUN
from checks.sweep import Ground
from reports.check_evidence import CheckEvidence
from reports.folder import EvidenceError

# Options with which pytest tells of itself or of the checks, and runs none.
_IDLE = ("collectonly", "help", "version", "markers", "showfixtures", "show_fixtures_per_test")


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.register(checks.plugin, "finchat-checks")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not is_checks_run(config):
        return
    settings = read_settings(config, os.environ)
    idle = any(getattr(config.option, name, None) for name in _IDLE)
    if settings.embedded and not idle:
        config.stash[GROUND] = _embedded_ground(config, settings)
    else:
        config.stash[GROUND] = Ground(settings.load_target(), dict(os.environ), settings.state)
    if settings.evidence and not idle:
        _refuse_other_reports(config)
        evidence = _begin_evidence(settings)
        config.option.allure_report_dir = str(evidence.folder.allure_results)
        config.option.xmlpath = str(evidence.folder.junit)
        config.pluginmanager.register(_KeepsEvidence(evidence), "finchat-evidence")


def _embedded_ground(config: pytest.Config, settings: Settings) -> Ground:
    # Imported here: a checks-only install has not got what the reference FinChat needs.
    try:
        from drills.bench import embedded
        from drills.bench.embedded_target import ground_of, target_of
        from drills.bench.process import BenchError
        from drills.bench.visit import visit
    except ImportError as error:
        raise pytest.UsageError(f"--embedded needs requirements/bench.txt installed ({error})") from None
    stack = contextlib.ExitStack()
    config.add_cleanup(stack.close)
    try:
        bench = stack.enter_context(embedded.running())
        ground = ground_of(bench, settings.adjust(target_of(bench)))
        visit(ground.target, ground.state)
    except BenchError as error:
        raise pytest.UsageError(str(error)) from None
    return ground


def _begin_evidence(settings: Settings) -> CheckEvidence:
    assert settings.evidence
    try:
        return CheckEvidence.begin(settings.evidence, settings.keep, datetime.now(UTC))
    except EvidenceError as error:
        raise pytest.UsageError(f"{error} (--evidence none leaves none)") from None


def _refuse_other_reports(config: pytest.Config) -> None:
    for option, given in (("--junitxml", config.option.xmlpath), ("--alluredir", config.option.allure_report_dir)):
        if given:
            raise pytest.UsageError(f"the evidence holds that already: leave out {option}, or give --evidence none too")


class _KeepsEvidence:
    """Seals the evidence when everybody else has written theirs; evidence that is lost is doubt."""

    def __init__(self, evidence: CheckEvidence) -> None:
        self._evidence = evidence

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        if exitstatus != pytest.ExitCode.USAGE_ERROR:
            terminalreporter.write_line(f"evidence: {self._evidence.folder.path}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        run = session.config.stash[RUN]
        try:
            yield
            if session.exitstatus == pytest.ExitCode.USAGE_ERROR:
                self._evidence.discard()
            else:
                self._evidence.finish(run.results, run.target, run.redact, datetime.now(UTC))
        except (EvidenceError, OSError) as error:
            for result in run.results:
                print(check_line(result), file=sys.stderr)
            print(f"evidence lost: {error}", file=sys.stderr)
            session.exitstatus = int(run.exit_code) or ExitCode.UNKNOWN
