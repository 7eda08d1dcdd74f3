"""What a check says of itself: its id, its marks, and what it reads."""

from collections.abc import Sequence

import pytest

from checks.outcome import Severity
from checks.probes import PROBES, get_probe
from checks.runbook import Section
from checks.selection import Wants
from checks.sweep import Probe

MARKERS = (
    "p0: system down, data breach or security incident: respond within 15 minutes",
    "p1: major feature broken: respond within 1 hour",
    "p2: minor feature broken, workarounds available: respond within 4 hours",
    "p3: cosmetic: respond within 24 hours",
    "get(service, path): the check reads a GET of a path of api or webapp; its parameters `got` or `answers` hold it",
    "needs(keys): keys of the target file that must be set for the check, such as metrics.cache_hits",
    "runbook(covers, open): the runbook section that the check carries out, and the one to open when it fails",
    "depends_on(ids): checks whose failure explains this one's",
)

_ALLURE_SEVERITY = {Severity.P0: "blocker", Severity.P1: "critical", Severity.P2: "normal", Severity.P3: "minor"}


def check_id(item: pytest.Item) -> str:
    """The id of a check: its name without `test_`. Unique in a run."""
    return item.name.removeprefix("test_")


def get_probes(item: pytest.Item) -> list[Probe]:
    """What the item's `get` marks ask for, in order. Raises UsageError for a service or path that there is not."""
    try:
        return [get_probe(*marker.args) for marker in reversed(list(item.iter_markers("get")))]
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{item.nodeid}: its mark `get` is of no use: {error}") from None


def severity(item: pytest.Item) -> Severity:
    """The severity that the check is marked with. Raises UsageError unless it is exactly one."""
    found = [level for level in Severity if item.get_closest_marker(level)]
    if len(found) != 1:
        raise pytest.UsageError(f"{item.nodeid} needs exactly one of the marks p0, p1, p2, p3")
    return found[0]


def probes_of(item: pytest.Item) -> Sequence[Probe]:
    """The probes that the check reads: by its `get` marks, and by its parameters."""
    names = getattr(item, "fixturenames", [])
    return [*get_probes(item), *(PROBES[name] for name in names if name in PROBES)]


def wants(item: pytest.Item) -> Wants:
    """What the check reads, and what its target must name for it."""
    keys = [key for marker in item.iter_markers("needs") for key in marker.args]
    return Wants(check_id(item), probes_of(item), keys)


def refuse_duplicates(items: Sequence[pytest.Item]) -> None:
    """Raises UsageError where two checks would have one id."""
    seen: dict[str, str] = {}
    for item in items:
        other = seen.setdefault(check_id(item), item.nodeid)
        if other != item.nodeid:
            raise pytest.UsageError(f"two checks are called {check_id(item)} ({other}, {item.nodeid}); rename one")


def add_allure_labels(item: pytest.Item) -> None:
    """Severity and suites, which Allure does not take from our marks by itself."""
    marker = item.get_closest_marker("runbook")
    section = marker.kwargs.get("covers", Section.TRIAGE) if marker else "Checks without a runbook section"
    labels = {"severity": _ALLURE_SEVERITY[severity(item)], "parentSuite": "Incident runbook", "suite": str(section)}
    for kind, label in labels.items():
        item.add_marker(pytest.mark.allure_label(label, label_type=kind))
