"""Wiring: the plugins of the rooms, the ground that a run stands on, and the evidence that it leaves."""

import contextlib
import json
import os
import sys
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import pytest

import checks.plugin
import drills.plugin
import load.plugin
from checks.lines import check_line
from checks.options import Settings, read_settings
from checks.outcome import ExitCode
from checks.plugin import is_checks_run
from checks.progress import say_of
from checks.run import GROUND, RUN
from checks.sweep import Ground
from checks.target import Target
from drills.lines import table
from drills.matrix_text import matrix_markdown
from drills.plugin import is_drills_run
from load.asked import AskedLoad
from load.plan import Side
from load.plugin import is_load_run
from reports import load_allure
from reports.coverage_record import coverage_of
from reports.drill_allure import tell
from reports.drill_record import drill_of
from reports.evidence import RunEvidence, Subject
from reports.folder import OUT, EvidenceError
from reports.load_record import LoadFileError, LoadRow, read_load
from reports.proofs import Current, newest_proofs, stale
from reports.record import Kind, write_atomically
from reports.runbook_page import matrix, verified_runbook
from reports.step_record import step_of, symptom_of

ALLURE_DIR = "finchat_allure_dir"
"""Under this name a worker of xdist is told where Allure's results go: it gets the command line and nothing else."""

# Options with which pytest tells of itself or of the checks, and runs none.
_IDLE = ("collectonly", "help", "version", "markers", "showfixtures", "show_fixtures_per_test")
_IDLE_DRILLS = ("drill_list", "drill_dry_run")


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.register(checks.plugin, "finchat-checks")
    pluginmanager.register(drills.plugin, "finchat-drills")
    pluginmanager.register(load.plugin, "finchat-load")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if is_checks_run(config):
        settings = read_settings(config, os.environ)
        _lay_ground(config, settings)
        _keep_evidence(config, settings, "smoke")
    elif is_drills_run(config):
        drills.plugin.configure(config, os.environ)
        settings = read_settings(config, os.environ)
        if config.option.stale:
            config.pluginmanager.register(_ListsStale(settings), "finchat-stale")
        elif hasattr(config, "workerinput"):  # what a worker of xdist finds out reaches the controller
            config.option.allure_report_dir = config.workerinput.get(ALLURE_DIR, config.option.allure_report_dir)
        else:
            _keep_evidence(config, settings, "gate" if config.option.gate else "drill")
    elif is_load_run(config):
        settings = read_settings(config, os.environ)
        run = load.plugin.configure(config, settings, partial(_load_grounds, config, settings))
        if evidence := _keep_evidence(config, settings, "load"):
            run.folder = evidence.folder.path


def _is_idle(config: pytest.Config) -> bool:
    return any(getattr(config.option, name, None) for name in (*_IDLE, *_IDLE_DRILLS))


def _lay_ground(config: pytest.Config, settings: Settings) -> None:
    if settings.embedded and not _is_idle(config):
        config.stash[GROUND] = _embedded_ground(config, settings)
    else:
        config.stash[GROUND] = Ground(settings.load_target(), dict(os.environ), settings.state)


def _embedded_ground(config: pytest.Config, settings: Settings) -> Ground:
    stack = contextlib.ExitStack()
    config.add_cleanup(stack.close)
    return stack.enter_context(_embedded(settings))


@contextlib.contextmanager
def _embedded(settings: Settings) -> Iterator[Ground]:
    """The reference FinChat on this machine. Raises UsageError where it cannot be had."""
    # Imported here: a checks-only install has not got what the reference FinChat needs.
    try:
        from drills.bench import embedded
        from drills.bench.embedded_target import ground_of, target_of
        from drills.bench.process import BenchError
        from drills.bench.visit import visit
    except ImportError as error:
        raise pytest.UsageError(f"--embedded needs requirements/bench.txt installed ({error})") from None
    with contextlib.ExitStack() as stack:
        try:
            bench = stack.enter_context(embedded.running())
            ground = ground_of(bench, settings.adjust(target_of(bench)))
            visit(ground.target, ground.state)
        except BenchError as error:
            raise pytest.UsageError(str(error)) from None
        yield ground


@contextlib.contextmanager
def _load_grounds(
    config: pytest.Config, settings: Settings, asked: AskedLoad, targets: Mapping[Side, Target | None]
) -> Iterator[Mapping[Side, Ground]]:
    """What a load goes to: what somebody named, else an embedded FinChat; or a bench for each of two images."""
    with contextlib.ExitStack() as stack:
        if asked.image:
            from drills.bench.beside import benches_of
            from drills.bench.options import read_choice
            from drills.bench.process import BenchError

            choice = read_choice(config.getoption, None)
            choices = [replace(choice, api_image=image) for image in (asked.against_image, asked.image)]
            try:
                older, newer = stack.enter_context(benches_of(choices, say_of(config)))
            except BenchError as error:
                raise pytest.UsageError(str(error)) from None
            yield {"a": older.ground, "b": newer.ground}
        else:
            yield {
                side: Ground(target, dict(os.environ), settings.state)
                if target
                else stack.enter_context(_embedded(settings))
                for side, target in targets.items()
            }


def _keep_evidence(config: pytest.Config, settings: Settings, kind: Kind) -> RunEvidence | None:
    if not settings.evidence or _is_idle(config):
        return None
    for option, given in (("--junitxml", config.option.xmlpath), ("--alluredir", config.option.allure_report_dir)):
        if given:
            raise pytest.UsageError(f"the evidence holds that already: leave out {option}, or give --evidence none too")
    try:
        evidence = RunEvidence.begin(settings.evidence, kind, settings.keep, datetime.now(UTC))
    except EvidenceError as error:
        raise pytest.UsageError(f"{error} (--evidence none leaves none)") from None
    config.option.allure_report_dir = str(evidence.folder.allure_results)
    config.option.xmlpath = str(evidence.folder.junit)
    keepers = {"smoke": _KeepsChecks, "drill": _KeepsDrills, "gate": _KeepsDrills, "load": _KeepsLoad}
    keeper = keepers[kind](evidence)
    config.pluginmanager.register(keeper, "finchat-evidence")
    return evidence


class _KeepsEvidence:
    """Seals the evidence when everybody else has written theirs; evidence that is lost is doubt."""

    def __init__(self, evidence: RunEvidence) -> None:
        self._evidence = evidence

    def _finish(self, config: pytest.Config) -> None:
        raise NotImplementedError

    def _said_instead(self, config: pytest.Config) -> tuple[list[str], ExitCode]:
        """What was found out, where no file could take it, and the exit code of that."""
        raise NotImplementedError

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        if exitstatus != pytest.ExitCode.USAGE_ERROR:
            terminalreporter.write_line(f"evidence: {self._evidence.folder.path}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        try:
            yield
            if session.exitstatus == pytest.ExitCode.USAGE_ERROR:
                self._evidence.discard()
            else:
                self._finish(session.config)
        except (EvidenceError, LoadFileError, OSError) as error:
            lines, exit_code = self._said_instead(session.config)
            for line in [*lines, f"evidence lost: {error}"]:
                print(line, file=sys.stderr)
            session.exitstatus = int(exit_code) or ExitCode.UNKNOWN


class _Node(Protocol):
    """A worker of xdist that is about to start."""

    workerinput: dict[str, object]


class _KeepsChecks(_KeepsEvidence):
    def _finish(self, config: pytest.Config) -> None:
        run = config.stash[RUN]
        record = self._evidence.record(Subject.of(run.target), datetime.now(UTC), outcomes=run.results)
        self._evidence.seal(record, run.target.api.url, run.redact)

    def _said_instead(self, config: pytest.Config) -> tuple[list[str], ExitCode]:
        run = config.stash[RUN]
        return [check_line(result) for result in run.results], run.exit_code


class _KeepsDrills(_KeepsEvidence):
    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: _Node) -> None:
        node.workerinput[ALLURE_DIR] = str(self._evidence.folder.allure_results)

    def _finish(self, config: pytest.Config) -> None:
        run = config.stash[drills.plugin.RUN]
        nothing = "a bench of the run's own" if run.proved else "none: no drill came to its end"
        deployment = str(run.ended[0].record["deployment"]) if run.ended else nothing
        runbook = run.subject.runbook
        # Records, and what a test prints, went through their bench's redaction where they were made.
        closing, folder = run.closing, self._evidence.folder
        record = self._evidence.record(
            Subject("bench", deployment, "bench"),
            datetime.now(UTC),
            drills=[drill_of(dict(one.record)) for one in run.ended],
            steps=[step_of(step) for step in run.steps],
            symptoms=[symptom_of(symptom) for symptom in run.symptoms],
            coverage=coverage_of(closing.as_json()),
        )
        ends = {block.line_last for block in runbook.document.blocks}
        text = verified_runbook(runbook.document.lines, ends, record, runbook.file)
        write_atomically(folder.path / "runbook.md", text)
        write_atomically(folder.path / "runbook-matrix.json", matrix(record))
        if run.ended:
            write_atomically(folder.path / "matrix.md", matrix_markdown(closing.matrix))
            write_atomically(folder.path / "matrix.json", json.dumps(closing.as_json()["matrix"], indent=2) + "\n")
        tell(folder.allure_results, [one.record for one in run.ended])
        self._evidence.seal(record, "a bench of the run's own", str)

    def _said_instead(self, config: pytest.Config) -> tuple[list[str], ExitCode]:
        run = config.stash[drills.plugin.RUN]
        return table([one.record for one in run.ended]), run.exit_code


class _KeepsLoad(_KeepsEvidence):
    def _finish(self, config: pytest.Config) -> None:
        from load.load_file import write_load

        done, folder, rows = config.stash[load.plugin.RUN].done, self._evidence.folder, tuple[LoadRow, ...]()
        if done:
            of_run = read_load(write_load(done.file, folder.path))
            rows = tuple(of_run.rows())
            load_allure.tell(folder.allure_results, of_run)
        subject = Subject.of(done.measured) if done else Subject("none", "none: no load came to its end", "none")
        record = self._evidence.record(subject, datetime.now(UTC), load=rows)
        self._evidence.seal(record, done.measured.api.url if done else "none", str)

    def _said_instead(self, config: pytest.Config) -> tuple[list[str], ExitCode]:
        run = config.stash[load.plugin.RUN]
        return run.lines(), run.exit_code


class _ListsStale:
    """In place of drills: the steps of the runbook whose proof no longer holds."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.evidence or OUT
        self._found: list[str] | None = None

    def pytest_collection(self) -> bool:
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        run = session.config.stash[drills.plugin.RUN]
        lines = [step_of(step) for step in run.steps]
        try:
            current = Current(**run.current_hashes())
        except drills.plugin.NotDeployable as error:
            raise pytest.UsageError(str(error)) from None
        found = stale(lines, newest_proofs(self._root), current, datetime.now(UTC))
        self._found = [
            f"{one.line.file}:{one.line.line}: {one.line.id or 'no step of ours'}: {one.why}" for one in found
        ]
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._found is not None:  # else it could not be told, and the exit code says that already
            session.exitstatus = ExitCode.FAILED if self._found else ExitCode.ALL_PASS

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._found is None:
            return
        for line in [*self._found, f"{len(self._found)} command lines without a proof that holds"]:
            terminalreporter.write_line(line)
