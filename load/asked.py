"""What a run of load was asked for: its options, and what a command line made of them. Imported in every run."""

import difflib
import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks.options import Settings
from checks.target import Target
from checks.target_file import TargetError, load_target
from load.blocks import PAIRS, PAIRS_MAX
from load.guard import LASTS_S_MAX, RATE_MAX_PER_S
from load.load_profile import PROFILES, RECOVERY
from load.plan import Side

EMBEDDED = "embedded"
DRILL = "api-killed"
_PROCESSES_MAX = 64
_WORKERS_MAX = 500


@dataclass(frozen=True)
class AskedLoad:
    """`rate_per_s`, `lasts_s`: 0, as the profile has it. `workers`: on other machines. `against`: the older build."""

    profile: str
    objectives: Path | None = None
    against: str | None = None
    image: str | None = None
    against_image: str | None = None
    drill: str = DRILL
    rate_per_s: float = 0.0
    lasts_s: float = 0.0
    pairs: int = PAIRS
    processes: int = 1
    workers: int = 0
    seed: int | None = None
    to_the_end: bool = False

    @property
    def compares(self) -> bool:
        return bool(self.against or self.against_image)


def add_options(group: pytest.OptionGroup) -> None:
    group.addoption("--load-profile", metavar="NAME", help=f"the load: {', '.join(PROFILES)} (pytest load)")
    group.addoption("--load-objectives", metavar="FILE", help="the objectives (default: load/objectives.toml)")
    group.addoption("--load-rate", metavar="N", help="the profile's highest rate, in requests/s")
    group.addoption("--load-lasts", metavar="S", help="seconds that the whole profile lasts")
    group.addoption("--load-processes", metavar="N", help="processes of the generator on this machine (default: 1)")
    group.addoption("--load-workers", metavar="N", help="wait for so many workers on other machines: locust --worker")
    group.addoption("--load-seed", metavar="N", help="of the schedule and the judge (default: drawn, and said)")
    group.addoption("--load-to-the-end", action="store_true", help="go on even where no objective can hold any more")
    group.addoption("--load-drill", metavar="NAME", help=f"the drill of profile recovery (default: {DRILL})")
    group.addoption("--against", metavar="TARGET", help="compare with this older target: a file, an address, embedded")
    group.addoption("--load-image", metavar="IMAGE", help="compare this API image, on a bench of its own ...")
    group.addoption("--against-image", metavar="IMAGE", help="... with this older one")
    group.addoption("--load-pairs", metavar="N", help=f"pairs of blocks of a comparison (default: {PAIRS})")


def read_asked(config: pytest.Config) -> AskedLoad:
    """The load that the command line asks for. Raises pytest.UsageError with one sentence for what is no use."""

    def given(name: str) -> str:
        return str(config.getoption(name) or "")

    def number(name: str, least: float, most: float, default: float, text: str, above_0: bool = False) -> float:
        try:
            value = float(given(name) or default)
        except ValueError:
            value = math.nan
        if not least <= value <= most or (value == 0 and given(name) and above_0):
            raise pytest.UsageError(f"--{name.replace('_', '-')} takes {text}, not {given(name)!r}")
        return value

    def whole(name: str, least: int, most: int, default: int) -> int:
        value = number(name, least, most, default, f"a whole number, {least} to {most}")
        if value != int(value):
            raise pytest.UsageError(f"--{name.replace('_', '-')} takes a whole number, not {given(name)!r}")
        return int(value)

    profile = given("load_profile")
    if profile not in PROFILES:
        near = difflib.get_close_matches(profile, PROFILES, n=1)
        said = f"there is no load profile {profile!r}" if profile else "say which load"
        mend = f"did you mean {near[0]!r}?" if near else f"--load-profile takes one of {', '.join(PROFILES)}"
        raise pytest.UsageError(f"{said}: {mend}")
    objectives = given("load_objectives")
    asked = AskedLoad(
        profile=profile,
        objectives=Path(objectives) if objectives else None,
        against=given("against") or None,
        image=given("load_image") or None,
        against_image=given("against_image") or None,
        drill=given("load_drill") or DRILL,
        rate_per_s=number("load_rate", 0, RATE_MAX_PER_S, 0, "requests a second, more than 0", True),
        lasts_s=number("load_lasts", 0, LASTS_S_MAX, 0, "seconds, more than 0", True),
        pairs=whole("load_pairs", PAIRS, PAIRS_MAX, PAIRS),
        processes=whole("load_processes", 1, _PROCESSES_MAX, 1),
        workers=whole("load_workers", 0, _WORKERS_MAX, 0),
        seed=whole("load_seed", 0, 2**32 - 1, 0) if given("load_seed") else None,
        to_the_end=bool(config.getoption("load_to_the_end")),
    )
    _refuse_contradictions(asked, given("load_drill"))
    return asked


def targets_of(settings: Settings, asked: AskedLoad) -> dict[Side, Target | None]:
    """What the load goes to, as far as somebody said; of two that are compared, "a" is the older.

    None: what stands only when the load is sent. Raises pytest.UsageError for a target that is no use.
    """
    measured = settings.load_target() if settings.target_given or settings.api_url else None
    if asked.image or asked.against == EMBEDDED:
        return {"a": None, "b": measured}
    if not asked.against:
        return {"a": measured}
    try:
        address = asked.against if "://" in asked.against else None
        return {"a": load_target(settings.target if address else asked.against, api_url=address), "b": measured}
    except TargetError as error:
        raise pytest.UsageError(f"--against: {error}") from None


def _refuse_contradictions(asked: AskedLoad, drill: str) -> None:
    if asked.workers and asked.processes > 1:
        raise pytest.UsageError("--load-processes is for this machine and --load-workers for others: leave one out")
    if bool(asked.image) != bool(asked.against_image):
        raise pytest.UsageError("two builds are compared: give --load-image the new one and --against-image the old")
    if asked.against and asked.against_image:
        raise pytest.UsageError("compare with one thing: leave out --against or --against-image")
    if drill and drill not in (known := _drills()):
        near = difflib.get_close_matches(drill, known, n=1)
        mend = f"did you mean {near[0]!r}?" if near else "`pytest drills --list` shows all"
        raise pytest.UsageError(f"--load-drill: there is no drill {drill!r}; {mend}")
    if drill and asked.profile != RECOVERY:
        raise pytest.UsageError(f"--load-drill goes with --load-profile recovery, not {asked.profile}")
    if asked.compares and asked.lasts_s:
        raise pytest.UsageError("a comparison lasts as long as its blocks: leave out --load-lasts, give --load-pairs")
    if asked.compares and asked.profile == RECOVERY:
        raise pytest.UsageError("a comparison has no drill in it: leave out --against, or take another profile")


def _drills() -> list[str]:
    """The drills that there are, by their files: one scenario each, of its name. Load imports none of them."""
    room = Path(__file__).resolve().parents[1] / "drills"
    return sorted(file.stem.removeprefix("test_").replace("_", "-") for file in room.glob("test_*.py"))
