"""One run of checks: select them, fetch once, turn each test into an outcome, say it in one line."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import pytest

from checks.lines import check_line, closing_line, one_line, safe_text
from checks.marks import add_allure_labels, check_id, probes_of, refuse_duplicates, severity, wants
from checks.options import Settings
from checks.outcome import CheckFailed, CheckUnknown, ExitCode, Outcome, Reason, Severity, judge_run
from checks.redaction import Redactor
from checks.result import CheckResult, name_causes
from checks.selection import Selection, select
from checks.sweep import Ground, Probe, Sweep, sweep

WATCH = "finchat-watch"


@dataclass(frozen=True)
class Wanted:
    """What one round of checks reads, and which of the checks the budget does not reach any more."""

    affordable: tuple[pytest.Item, ...]
    unaffordable: tuple[pytest.Item, ...]
    probes: tuple[Probe, ...]


class ChecksRun:
    """One run of checks: what was selected, what the sweep saw, what became of each check."""

    def __init__(self, ground: Ground, settings: Settings) -> None:
        self.ground = ground
        self.target = ground.target
        self.settings = settings
        self.redact = Redactor.from_environment(ground.target.secret_names(), ground.environ)
        self.selection = Selection()
        self._sweep = Sweep()
        self._paid_left = settings.max_paid_calls
        self._uncollected: list[CheckResult] = []
        self._results: list[CheckResult] = []

    @property
    def results(self) -> list[CheckResult]:
        """What became of each check so far, causes named."""
        return name_causes(self._results)

    @property
    def exit_code(self) -> ExitCode:
        return judge_run([result.outcome for result in self._results])

    def observed(self, probe: str) -> object:
        """What the sweep saw through `probe`."""
        return self._sweep[probe]

    def fetch(self, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Sweep once for what `items` read, as far as the budget goes; gives those that can be run on it."""
        wanted = self.want(items)
        return self.take(wanted, sweep(self.ground, wanted.probes))

    def want(self, items: Sequence[pytest.Item]) -> "Wanted":
        """What to sweep for `items`, paid for.

        A budget for paid calls is that of the whole process, however many rounds it has.
        """
        affordable = self._choose(items)
        probes = tuple({probe.name: probe for item in affordable for probe in probes_of(item)}.values())
        if self.target.questions_cost:
            self._paid_left -= sum(probe.paid_calls for probe in probes)
        return Wanted(tuple(affordable), tuple(item for item in items if item not in affordable), probes)

    def take(self, wanted: "Wanted", seen: Sweep) -> list[pytest.Item]:
        """Begins a new round of results, on what a sweep for `wanted` saw; gives the items that can be run on it."""
        self._results = [*self._uncollected, *map(_unaffordable, wanted.unaffordable)]
        self._sweep = seen
        return list(wanted.affordable)

    def _choose(self, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        self.selection = select([wants(item) for item in items], self.target, self.settings.access, self._paid_left)
        return [item for item in items if check_id(item) in self.selection.chosen]

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter and session.config.option.verbose <= 0:
            reporter.showfspath = False  # the lines at the end name every check

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        refuse_duplicates(items)
        for item in items:
            add_allure_labels(item)
        yield
        items.sort(key=severity)
        chosen = self._choose(items)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen

    def pytest_report_collectionfinish(self) -> list[str]:
        described = f" ({self.target.description})" if self.target.description else ""
        addresses = [self.target.api.url, *([self.target.webapp.url] if self.target.webapp else [])]
        access = ",".join(sorted(self.settings.access))
        head = f"target {self.target.name}{described}: {', '.join(addresses)}; access: {access}"
        short = [f"{name} is too short a secret to be redacted" for name in self.redact.too_short]
        unset = [name for name in self.target.secret_names() if not self.ground.environ.get(name)]
        unknown = [f"{name} is not set: what needs it is unknown, and nothing is searched for it" for name in unset]
        return [head, *self.selection.lines(), *short, *unknown]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        if not session.config.option.collectonly and not session.config.pluginmanager.has_plugin(WATCH):
            self.fetch(session.items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:  # failed, or skipped whole: what does not run cannot tell
            shown = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            said = one_line(self.redact(shown.strip().splitlines()[-1]))
            reason = Reason("check.cannot_import", f"{report.nodeid} to be importable", said)
            id_ = report.nodeid.rsplit("/", 1)[-1]
            # Nobody knows which checks it holds, so it weighs as much as any could.
            self._uncollected.append(CheckResult(id_, Severity.P0, Outcome.UNKNOWN, 0.0, reason))
            self._results = list(self._uncollected)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        self._redact_call(call)
        # The long style shows parameters, cut off or wrapped: redaction would not know the parts of a secret.
        option = item.config.option
        asked, option.tbstyle = option.tbstyle, "short"
        try:
            report = yield
        finally:
            option.tbstyle = asked
        self._redact_report(report)
        decisive = report.when == "call" or (report.outcome != "passed" and report.when in ("setup", "teardown"))
        if decisive:
            outcome, reason = _outcome(call, self.redact)
            if report.when == "teardown":
                before = [result for result in self._results if result.id == check_id(item)]
                if any(result.outcome is Outcome.FAIL for result in before):
                    return report  # a failure outweighs the doubt
                self._results = [result for result in self._results if result not in before]
            result = self._result(item, outcome, reason, call.duration)
            self._results.append(result)
            # The JUnit file takes them from the report of the teardown, which gets the item's.
            item.user_properties[:] = report.user_properties = properties(result)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        outcome = dict(report.user_properties).get("outcome")
        if outcome is None or (report.when != "call" and report.passed):
            return None
        return {Outcome.PASS: "passed", Outcome.FAIL: "failed"}.get(Outcome(str(outcome)), "unknown"), "", ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
            idle = session.config.option.collectonly and not self._results
            session.exitstatus = 0 if idle else int(self.exit_code)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        if terminalreporter.config.option.collectonly or exitstatus == pytest.ExitCode.USAGE_ERROR:
            return
        colours = {Outcome.PASS: {"green": True}, Outcome.FAIL: {"red": True}, Outcome.UNKNOWN: {"yellow": True}}
        terminalreporter.ensure_newline()
        for result in self.results:
            terminalreporter.write_line(check_line(result), **colours[result.outcome])
        cut_short = exitstatus == pytest.ExitCode.INTERRUPTED
        closing = "not judged: cut short" if cut_short else closing_line(self._results, self.exit_code)
        terminalreporter.write_line(closing, bold=True)

    def _redact_call(self, call: pytest.CallInfo[None]) -> None:
        """Take secrets out of the exception before any plugin writes its text down."""
        if call.excinfo is None:
            return
        error = call.excinfo.value
        if isinstance(error, CheckFailed | CheckUnknown):
            shown = error.reason
            error.reason = Reason(shown.code, self._said(shown.expected), self._said(shown.seen), shown.caused_by)
            error.args = (f"[{error.reason.code}] {error.reason.text}",)
            return
        text = safe_text(error)
        clean = self.redact(text)
        if clean != text:
            error.args = (clean,)

    def _redact_report(self, report: pytest.TestReport) -> None:
        """What an asked-for traceback shows of parameters and output goes into CI's logs too."""
        shown = report.longreprtext
        if (clean := self.redact(shown)) != shown:
            report.longrepr = clean
        report.sections = [(title, self.redact(text)) for title, text in report.sections]

    def _said(self, text: str) -> str:
        return one_line(self.redact(text))

    def _result(self, item: pytest.Item, outcome: Outcome, reason: Reason | None, duration_s: float) -> CheckResult:
        probes = [probe.name for probe in probes_of(item)]
        waited_s = max((self._sweep.elapsed_s.get(name, 0.0) for name in probes), default=0.0)
        notes = [getattr(self._sweep.observed.get(name), "note", None) for name in probes]
        marker = item.get_closest_marker("runbook")
        depends = item.get_closest_marker("depends_on")
        return CheckResult(
            id=check_id(item),
            severity=severity(item),
            outcome=outcome,
            duration_s=round(waited_s + duration_s, 4),
            reason=reason,
            section=marker.kwargs.get("open") if marker else None,
            depends_on=tuple(depends.args) if depends else (),
            note="; ".join(self.redact(note) for note in notes if note) or None,
        )


def properties(result: CheckResult) -> list[tuple[str, object]]:
    """What the JUnit file says of a check beside passed and failed."""
    said = [("outcome", str(result.outcome)), ("severity", str(result.severity))]
    return [*said, ("code", result.reason.code)] if result.reason else [*said]


def _unaffordable(item: pytest.Item) -> CheckResult:
    """A check that was chosen for the run, and that a later round of it cannot pay for: doubt, not silence."""
    reason = Reason("budget.spent", "a budget for the questions that it asks", "--max-paid-calls is used up")
    return CheckResult(check_id(item), severity(item), Outcome.UNKNOWN, 0.0, reason)


def _outcome(call: pytest.CallInfo[None], redact: Redactor) -> tuple[Outcome, Reason | None]:
    if call.excinfo is None:
        return Outcome.PASS, None
    error = call.excinfo.value
    if isinstance(error, CheckFailed) and call.when != "teardown":  # in the setup: what a probe found
        return Outcome.FAIL, error.reason
    if isinstance(error, CheckUnknown):
        return Outcome.UNKNOWN, error.reason
    said = one_line(redact(f"{type(error).__name__}: {safe_text(error)}".splitlines()[0]))
    if isinstance(error, AssertionError | pytest.fail.Exception) and call.when == "call":
        return Outcome.FAIL, Reason("check.assertion", "the check's assertion to hold", said)
    return Outcome.UNKNOWN, Reason("check.error", "the check to reach a verdict", said)


RUN = pytest.StashKey[ChecksRun]()
GROUND = pytest.StashKey[Ground]()
