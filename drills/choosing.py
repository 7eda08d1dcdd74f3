"""The drills that a run was asked for, and how they are spread over two benches."""

from pathlib import Path

import pytest

from checks.progress import say_of
from drills.announcing import AnnounceError, Announcer
from drills.asked import Asked
from drills.catalogue import Entry, UnknownDrill, catalogue, entry_of, expected_s, listing, require_known
from drills.lines import ended_line
from drills.properties import record_in
from drills.scenario import Scenario

REPEAT_MAX = 1000


def read_asked(config: pytest.Config) -> Asked:
    """What the command line asks for. Raises UsageError, for an unknown drill with the nearest."""
    drills, repeat = tuple(config.getoption("drill") or ()), config.getoption("drill_repeat") or "1"
    if not str(repeat).isdecimal() or not 1 <= int(repeat) <= REPEAT_MAX:
        raise pytest.UsageError(f"--repeat: {repeat!r} is no number of runs: give 1 to {REPEAT_MAX}.")
    if drills:
        try:
            require_known(drills, [entry.scenario.id for entry in catalogue()])
        except UnknownDrill as error:
            raise pytest.UsageError(str(error)) from None
    asked = Asked(
        drills,
        config.getoption("drill_list"),
        config.getoption("drill_dry_run"),
        int(repeat),
        config.getoption("ablate"),
        _path(config, "announce"),
        _path(config, "wait_for"),
    )
    _require_one_drill(config, asked)
    return asked


def _require_one_drill(config: pytest.Config, asked: Asked) -> None:
    """Raises UsageError where a drill is to be announced and there may be more of it than one, on one bench."""
    if asked.wait_for and not asked.announce:
        raise pytest.UsageError("--wait-for goes with --announce: nobody would know that the drill waits.")
    if not asked.announce:
        return
    several = len(asked.drills) != 1 or asked.repeat != 1 or getattr(config.option, "numprocesses", None)
    if several:
        raise pytest.UsageError("--announce tells of one drill: give one --drill, and neither -n nor --repeat.")
    if asked.idle:
        return
    try:
        Announcer(asked.announce).begin()
    except AnnounceError as error:
        raise pytest.UsageError(str(error)) from None


def _path(config: pytest.Config, option: str) -> Path | None:
    given = config.getoption(option)
    if given is not None and not given.strip():
        raise pytest.UsageError(f"--{option.replace('_', '-')} is given and empty: name a file, or leave it out.")
    return Path(given) if given else None


def spread(config: pytest.Config, asked: Asked) -> None:
    """How xdist deals the drills out. One at a time and not half of them at once: a drill lasts a minute, so whichever
    bench is free takes the next; what only tells needs one process."""
    if asked.idle:
        config.option.dist, config.option.tx, config.option.numprocesses = "no", [], None
    if getattr(config.option, "maxschedchunk", 1) is None:
        config.option.maxschedchunk = 1


def _entry(item: pytest.Item) -> Entry | None:
    return entry_of(getattr(item, "module", None))


class Chooses:
    """Leaves in a run what was asked for."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if self._asked.repeat > 1 and "drill" in metafunc.fixturenames:
            metafunc.fixturenames.append("repetition")
            numbers = range(1, self._asked.repeat + 1)
            metafunc.parametrize("repetition", numbers, ids=[f"{one} of {self._asked.repeat}" for one in numbers])

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if self._asked.drills or self._asked.listed:
            kept = [item for item in items if self._is_asked(item)]
            config.hook.pytest_deselected(items=[item for item in items if item not in kept])
            items[:] = kept
        if hasattr(config, "workerinput"):  # the longest first, so that no bench idles while the other ends
            items.sort(key=lambda item: (-expected_s(_scenario(item)), item.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if not self._asked.listed or session.config.option.collectonly:
            return None
        say = say_of(session.config)
        entries = {entry.scenario.id: entry for item in session.items if (entry := _entry(item))}
        for line in listing(entries.values()):
            say(line)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """A drill has a line of its own, and no dot in the middle of others' lines."""
        if (
            getattr(report, "when", None) == "call"
            and (self._asked.dry_run or record_in(report))
            and not report.skipped
        ):
            return report.outcome, "", ""
        return None

    def _is_asked(self, item: pytest.Item) -> bool:
        entry = _entry(item)
        return entry is not None and (not self._asked.drills or entry.scenario.id in self._asked.drills)


class SaysEnded:
    """Says each drill that ended. Not for workers of xdist: their reports come to the process that was started."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._count = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = record_in(report) if report.when == "call" else None
        if record is not None:
            self._count += 1
            say_of(self._config)(f"{self._count}. {ended_line(record)}")


def _scenario(item: pytest.Item) -> Scenario | None:
    entry = _entry(item)
    return entry.scenario if entry else None
