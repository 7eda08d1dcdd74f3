"""The catalogue: every scenario that there is, which of them a run was asked for, and the order in which they go."""

import difflib
import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from drills.aligned import aligned
from drills.judge_attempt import CONTROL_FACTOR
from drills.scenario import Scenario

DRILLS = Path(__file__).resolve().parent

_FIRST_STATE_S = 12.0
"""A bench is reset and proven steady before a drill, and steady again after it; about so long."""
_UNSUCCESSFUL_S = 30.0
"""What a documented step that does not help takes: the RTO is waited for."""
_OTHER_S = 90.0
"""What is no scenario (the diagnostics about one fault)."""


class UnknownDrill(Exception):
    """There is no such drill; the text names the nearest."""


@dataclass(frozen=True)
class Entry:
    """A scenario, and the file that tells it. `family`: the first word of the file's name (api, edgar, cache)."""

    scenario: Scenario
    file: str

    @property
    def family(self) -> str:
        return Path(self.file).stem.removeprefix("test_").partition("_")[0]


def entry_of(module: object) -> Entry | None:
    """The scenario of a test file, as the module that Python made of it; None where it tells none."""
    scenario, file = getattr(module, "SCENARIO", None), getattr(module, "__file__", None)
    return Entry(scenario, Path(file).name) if isinstance(scenario, Scenario) and file else None


def catalogue(directory: Path = DRILLS) -> tuple[Entry, ...]:
    """Every scenario, by file. A file that cannot be imported is left out: pytest says of it what is wrong."""
    found = []
    for path in sorted(directory.glob("test_*.py")):
        try:
            entry = entry_of(importlib.import_module(f"{directory.name}.{path.stem}"))
        except Exception:
            continue
        if entry is not None:
            found.append(entry)
    return tuple(found)


def require_known(names: Iterable[str], known: Sequence[str]) -> None:
    """Raises UnknownDrill for a name that is the id of no scenario."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            mend = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise UnknownDrill(f"--drill: there is no drill {name!r}; {mend} (--list shows all)")


def expected_s(scenario: Scenario | None) -> float:
    """About how long a drill takes. Two benches side by side begin with the longest, so that none idles at the end."""
    if scenario is None:
        return _OTHER_S
    lasts_s = _FIRST_STATE_S + min(scenario.noticed_within_s, scenario.ttr_declared_s)
    if scenario.held:
        lasts_s += (CONTROL_FACTOR + scenario.mitigated) * scenario.ttr_declared_s
    return lasts_s + (_UNSUCCESSFUL_S if scenario.steps and scenario.corrected else 0.0)


def listing(entries: Iterable[Entry]) -> list[str]:
    """A table of scenarios, with a head."""
    rows = [("scenario", "severity", "expects", "family", "fault")]
    for entry in entries:
        one = entry.scenario
        rows.append((one.id, one.severity.value, one.expect.value, entry.family, one.fault))
    return aligned(rows)
