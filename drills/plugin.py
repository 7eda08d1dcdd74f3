"""The run of drills: its options, what became of each drill, the closing table, the exit code.

Registered by the root conftest, and at work only where everything that pytest is pointed at lies in drills/. What needs
the engine's packages is imported when the first drill wants a bench.
"""

import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from checks.options import OPTIONS, read_settings
from checks.outcome import ExitCode
from checks.plugin import run_lies_in
from drills.asked import Asked, add_options
from drills.bench.options import BENCH_OPTIONS, Choice, read_choice
from drills.lines import ablation_lines, drill_line, runbook_lines, table
from drills.properties import NOT_HERE_PROPERTY, RED_PROPERTY, STEPS_PROPERTY, record_in, said_in

if TYPE_CHECKING:
    from drills.closing import Closing
    from drills.findings.file import FindingsFile
    from drills.findings.standing import Standing
    from drills.proving import Policy
    from drills.verified import Subject

DRILLS = Path(__file__).resolve().parent

RUN: pytest.StashKey["DrillsRun"] = pytest.StashKey()
NOTHING_ASKED = Asked()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("finchat drills", "FinChat drills")
    for option in BENCH_OPTIONS:
        group.addoption(f"--{option.name}", dest=option.dest, metavar=option.metavar, help=option.help)
    group.addoption("--runbook", metavar="FILE", help="prove the steps of this runbook (default: drills/runbook.md)")
    group.addoption("--fail-on", metavar="LIST", help="the verdicts that fail the run, with commas between them")
    group.addoption("--gate", action="store_true", help="what python -m drills.gate gives: the evidence is a gate's")
    group.addoption("--findings", metavar="FILE", help="the known findings (default: drills/findings.toml)")
    add_options(group)
    group.addoption("--stale", action="store_true", help="run nothing: list the steps whose proof no longer holds")


def is_drills_run(config: pytest.Config) -> bool:
    """Whether everything that pytest was pointed at lies in drills/. Raises UsageError for a mixture."""
    return run_lies_in(config, DRILLS)


class NotDeployable(Exception):
    """What the command line names cannot be deployed; the text says why."""


@dataclass(frozen=True)
class Ended:
    """A drill that came to its end: its record, as run.json has it."""

    record: Mapping[str, object]

    @property
    def verdict(self) -> str:
        return str(self.record["verdict"])

    @property
    def as_expected(self) -> bool:
        return self.record["verdict"] == self.record["expected"]


class DrillsRun:
    """One run of drills, as the process sees it that pytest was started in."""

    def __init__(
        self,
        choice: Choice,
        subject: "Subject",
        policy: "Policy",
        known: "FindingsFile | None" = None,
        asked: Asked = NOTHING_ASKED,
    ) -> None:
        self.choice = choice
        self.subject = subject
        self.policy = policy
        self.known = known
        self.asked = asked
        self.ended: list[Ended] = []
        self.red: dict[str, list[str]] = {}
        """By fault: the checks that were red under it."""
        self._not_here: set[str] = set()
        self._lines: list[Mapping[str, object]] = []
        self._amiss: list[bool] = []
        """For each test that did not pass, whether it is doubt and nothing worse."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # A report of the set-up or the end has the records too, but what fails there is the bench, not the drill.
        called = report.when == "call"
        record = record_in(report) if called else None
        ended = [Ended(record)] if record else []
        self.ended += ended
        proven = list(said_in(report, STEPS_PROPERTY)) if called else []
        self._lines += [line for lines in proven if isinstance(lines, list) for line in lines]
        self._not_here |= {str(one) for one in said_in(report, NOT_HERE_PROPERTY)}
        reds = said_in(report, RED_PROPERTY) if called else ()
        self.red |= {str(red["fault"]): red["red"] for red in reds if isinstance(red, dict)}
        if report.failed:
            self._amiss.append(all(one.verdict == "inconclusive" for one in ended))
        elif report.skipped or (called and not ended and not proven):
            self._amiss.append(True)  # a test that ran no drill proved nothing

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            self._amiss.append(True)

    @property
    def steps(self) -> list[dict[str, object]]:
        """Every command line of the runbook that is proven, with its verdict, as run.json has it."""
        from drills.verified import verified_lines

        return verified_lines(self.subject, self._lines, [one.record for one in self.ended])

    @property
    def findings(self) -> "list[Standing]":
        """What does not do what the runbook says, and how each stands against the findings file."""
        from drills.findings.judged import findings_of_run

        return findings_of_run([one.record for one in self.ended], self.steps, self.subject, self.choice, self.known)

    @property
    def failing_steps(self) -> list[Mapping[str, object]]:
        """The command lines whose verdict fails the run: not those about which the finding is known."""
        from drills.findings.standing import excused

        return self.policy.failing(self.steps, excused(self.findings))

    @property
    def proved(self) -> bool:
        """Whether a drill came to its end, or a diagnostic to its verdict."""
        return bool(self.ended or self._lines)

    def current_hashes(self) -> dict[str, str]:
        """What a proof would be taken of today; empty where it cannot be told, as the images without an engine.

        Raises NotDeployable where there is nothing that could be deployed.
        """
        from drills.bench.process import BenchError
        from drills.verified import current_hashes

        try:
            return current_hashes(self.choice)
        except BenchError as error:
            raise NotDeployable(str(error)) from None

    @property
    def symptoms(self) -> list[dict[str, object]]:
        """Every symptom that the runbook lists, and whether it was seen, as run.json has it."""
        from drills.runbook.symptoms import sightings, symptoms_of

        runbook = self.subject.runbook
        found = sightings(symptoms_of(runbook.document), self.red)
        return [{"file": runbook.file, **asdict(one.symptom), "seen": one.seen, "by": one.by} for one in found]

    @property
    def closing(self) -> "Closing":
        """The matrix of faults and checks, what no drill shows, and where the time went."""
        from drills.closing import closing_of

        return closing_of([one.record for one in self.ended], self.subject.runbook, not_here=self._not_here)

    @property
    def exit_code(self) -> ExitCode:
        """A drill or a step that failed outweighs doubt; a run that proved nothing is doubt."""
        surprising = [one.verdict for one in self.ended if not one.as_expected]
        if not all(self._amiss) or self.failing_steps or set(surprising) - {"inconclusive"}:
            return ExitCode.FAILED
        if any(one.fails for one in self.findings):
            return ExitCode.FAILED
        if self.closing.failing:
            return ExitCode.FAILED
        if self._amiss or surprising or not self.proved:
            return ExitCode.UNKNOWN
        return ExitCode.ALL_PASS

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        from drills.findings.judged import with_findings

        found = with_findings([one.record for one in self.ended], self.findings)
        self.ended = [Ended(record) for record in found]
        judged = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
        if exitstatus in judged and not session.config.option.collectonly and not self.asked.idle:
            session.exitstatus = int(self.exit_code)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.proved:
            return
        terminalreporter.ensure_newline()
        ended = sorted(self.ended, key=lambda one: str(one.record["scenario"]))
        lines = table([one.record for one in ended]) if ended else []
        lines += [drill_line(one.record) for one in ended if not one.as_expected]
        lines += [line for one in ended for line in ablation_lines(one.record)]
        lines += runbook_lines(self.steps, self.failing_steps)
        lines += [one.line for one in self.findings]
        for line in [*lines, *(self.closing.lines() if ended else ())]:
            terminalreporter.write_line(line)


def configure(config: pytest.Config, environ: Mapping[str, str]) -> None:
    """Sets up a run of drills. Raises UsageError where it is pointed at anything but a bench of its own."""
    settings = read_settings(config, environ)
    for given, name in ((settings.api_url, "api-url"), (settings.webapp_url, "webapp-url")):
        if given:
            raise pytest.UsageError(
                "a drill works on a bench that it starts itself, never at an address: "
                f"leave out --{name} ({next(option.env for option in OPTIONS if option.name == name)})"
            )
    if settings.embedded:
        raise pytest.UsageError("drills need a host to break, which --embedded has not: leave it out")
    from drills.bench.deployment import read_deployment
    from drills.bench.process import BenchError

    try:
        choice = read_choice(config.getoption, settings.target if settings.target_given else None)
        read_deployment(choice.deployment, choice.target)
    except BenchError as error:
        raise pytest.UsageError(str(error)) from None
    # A file that cannot be imported must not keep the other drills from running; it is doubt.
    config.option.continue_on_collection_errors = True
    from drills.choosing import Chooses, SaysEnded, read_asked, spread
    from drills.gaps import GapsError, load_known
    from drills.proving import DEFAULT_FAIL_ON, Policy, ProvingError, read_findings, read_subject

    runbook, findings = config.getoption("runbook"), config.getoption("findings")
    try:
        subject = read_subject(Path(runbook) if runbook else None)
        policy = Policy.parse(config.getoption("fail_on") or DEFAULT_FAIL_ON)
        known = read_findings(Path(findings) if findings else None)
    except ProvingError as error:
        raise pytest.UsageError(str(error)) from None
    try:
        load_known()
    except GapsError as error:
        raise pytest.UsageError(str(error)) from None
    asked = read_asked(config)
    spread(config, asked)
    config.stash[RUN] = DrillsRun(choice, subject, policy, known, asked)
    config.pluginmanager.register(config.stash[RUN], "finchat-drills-run")
    config.pluginmanager.register(Chooses(asked), "finchat-drills-chosen")
    if not hasattr(config, "workerinput"):  # reports of a worker of xdist come to the process that was started
        config.pluginmanager.register(SaysEnded(config), "finchat-drills-ended")
    # What an interrupt in the middle of an import leaves open is no verdict, and no traceback for whoever interrupted.
    config.addinivalue_line("filterwarnings", "ignore::pytest.PytestUnraisableExceptionWarning")
    # As Ctrl-C does, so that benches are removed on the way out.
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
