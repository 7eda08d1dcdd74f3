"""The run of load: its options, its objectives as tests, the closing table, the exit code.

Registered by the root conftest, and at work only where everything that pytest is pointed at lies in load/. What needs
numpy and scipy is imported in such a run only.
"""

import signal
import tempfile
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from checks.options import Settings
from checks.outcome import ExitCode
from checks.plugin import run_lies_in
from checks.progress import say_of
from load.asked import AskedLoad, add_options, read_asked, targets_of
from load.load_profile import RECOVERY
from load.plan import RECORDS_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.target import Target
    from load.done import Done
    from load.judged import Judgement
    from load.objectives import Objectives
    from load.plan import Side
    from load.run import Grounds

LOAD = Path(__file__).resolve().parent
RUN: pytest.StashKey["LoadRun"] = pytest.StashKey()
VERDICT_PROPERTY = "load_verdict"


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser.getgroup("finchat load", "FinChat load"))


def is_load_run(config: pytest.Config) -> bool:
    """Whether everything that pytest was pointed at lies in load/. Raises UsageError for a mixture."""
    return run_lies_in(config, LOAD)


class NotSent(Exception):
    """The load could not be sent or did not come to its end: nobody can tell. The text says why."""


class LoadRun:
    """One run of load. It happens when the first objective wants it, and once."""

    def __init__(
        self,
        config: pytest.Config,
        asked: AskedLoad,
        objectives: "Objectives",
        grounds: "Grounds",
        targets: "Mapping[Side, Target | None]",
    ) -> None:
        self._config = config
        self.objectives = objectives
        self._grounds = grounds
        self._targets = targets
        self._why_not: str | None = None
        self._doubts: list[bool] = []
        """For each test that did not pass, whether it is doubt and nothing worse."""
        self._passed = 0
        self._interrupted: str | None = None
        """What is said where somebody ended the load before its time; None: nobody did."""
        self.asked = asked
        self.done: Done | None = None
        """What came of it; None: there was nothing to judge."""
        self.folder: Path | None = None
        """Where the files of the run go; None: nobody keeps them."""

    @property
    def target(self) -> "Target | None":
        """What is measured (of two that are compared: the older), as far as somebody said; None: it is started here."""
        return self._targets["a"]

    def judgement(self, name: str) -> "Judgement":
        """What the judge says of this objective. Raises NotSent where there was no load to judge."""
        if self.done is None and self._why_not is None:
            self._run()
        if self.done is None:
            raise NotSent(self._why_not)
        return self.done.judgement(name)

    def _run(self) -> None:
        from load.guard import LoadRefused
        from load.locust_process import LocustFailed
        from load.run import run_load
        from load.verdict import RunError

        if None in self._targets.values() and not self.asked.image and self.asked.profile != RECOVERY:
            said = "what to compare with is" if any(self._targets.values()) else "no target is given: the load goes to"
            say_of(self._config)(f"{said} an embedded FinChat, started for it")
        self._why_not = "it broke off; why stands at the first objective"
        folder = self.folder or Path(tempfile.mkdtemp(prefix="finchat-load-"))
        try:
            say = say_of(self._config)
            self.done = run_load(self.asked, self.objectives, self._targets, self._grounds, folder, say)
        except (LoadRefused, LocustFailed, RunError, OSError, ValueError, pytest.UsageError) as error:
            self._why_not = str(error)
        except KeyboardInterrupt:
            self._interrupted = self._said_of_interrupted(folder)
            raise

    def _said_of_interrupted(self, folder: Path) -> str:
        # A comparison, and a load through a drill, cannot be judged from their files alone.
        records = folder / RECORDS_FILE
        is_judged_alone = not self.asked.compares and self.asked.profile != RECOVERY
        if is_judged_alone and records.exists() and records.stat().st_size:
            return f"the load was interrupted: python -m load.verdict {folder} judges what was sent"
        return "no load was judged: it was interrupted"

    @property
    def exit_code(self) -> ExitCode:
        """What is not met outweighs doubt; a run that judged nothing is doubt."""
        if not all(self._doubts):
            return ExitCode.FAILED
        return ExitCode.ALL_PASS if self._passed and not self._doubts else ExitCode.UNKNOWN

    def lines(self) -> list[str]:
        """The closing table."""
        if self.done:
            return list(self.done.lines)
        if self._interrupted:
            return [self._interrupted]
        return [f"no load was judged: {self._why_not or 'none was sent'}"]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._passed += 1
        if report.failed:
            self._doubts.append((VERDICT_PROPERTY, "fail") not in report.user_properties)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        judged = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
        if exitstatus in judged and not session.config.option.collectonly:
            session.exitstatus = int(self.exit_code)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        option = self._config.option
        only_tells = option.collectonly or option.showfixtures or option.show_fixtures_per_test
        if not only_tells and exitstatus != pytest.ExitCode.USAGE_ERROR:
            terminalreporter.ensure_newline()
            for line in self.lines():
                terminalreporter.write_line(line)


def configure(config: pytest.Config, settings: Settings, grounds: "Grounds") -> LoadRun:
    """Sets up a run of load. Raises UsageError with one sentence for what cannot be run."""
    asked = read_asked(config)
    targets = targets_of(settings, asked)
    try:
        from load.guard import LoadRefused
        from load.objectives import DEFAULTS, ObjectivesError, read_objectives
        from load.run import refuse_unsendable
    except ImportError as error:
        raise pytest.UsageError(f"load needs requirements/load.txt installed ({error}): .ci/setup load") from None
    try:
        objectives = read_objectives(asked.objectives or DEFAULTS)
        refuse_unsendable(asked, targets)
    except (ObjectivesError, LoadRefused, ValueError) as error:
        raise pytest.UsageError(str(error)) from None
    run = config.stash[RUN] = LoadRun(config, asked, objectives, grounds, targets)
    config.pluginmanager.register(run, "finchat-load-run")
    # One process: a load is one, and its judge sees all of it.
    config.option.dist, config.option.tx, config.option.numprocesses = "no", [], None
    config.option.reportchars = "N"
    if config.option.tbstyle == "auto":
        config.option.tbstyle = "no"
    signal.signal(signal.SIGTERM, _interrupt)  # as Ctrl-C does, so that Locust is ended on the way out
    return run


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
