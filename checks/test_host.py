"""The machine: room on its disks, memory left, a cache that can be read."""

import pytest

from checks.host import HostView
from checks.outcome import require, unknown
from checks.runbook import Section
from checks.target import Objectives


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.HIGH_MEMORY)
def test_disks_have_room(host: HostView, objectives: Objectives) -> None:
    for mount, used in host.disk_ratios().items():
        most = objectives.disk_ratio_max
        require(used <= most, "host.disk_full", expected=f"{mount} at most {most:.0%} full", seen=f"{used:.0%}")


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.HIGH_MEMORY)
def test_host_has_memory_left(host: HostView, objectives: Objectives) -> None:
    used, most = host.memory_ratio(), objectives.memory_ratio_max
    require(used <= most, "host.memory", expected=f"memory at most {most:.0%} in use", seen=f"{used:.0%}")


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.SYSTEM_HEALTH, open=Section.HIGH_MEMORY)
def test_host_has_cpu_left(host: HostView, objectives: Objectives) -> None:
    load, most = host.load_per_core(), objectives.load_per_core_max
    require(load <= most, "host.load", expected=f"a load of at most {most:g} for each core", seen=f"{load:.2f}")


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.LOG_ANALYSIS, open=Section.CACHE_CORRUPTION)
def test_cache_can_be_read(host: HostView) -> None:
    entries = host.cache_entries()
    if closed := [entry for entry in entries if not entry.readable]:
        unknown(
            "prober.host", expected="files of the cache that this user may read", seen=f"{closed[0].name}: it may not"
        )
    broken = [entry for entry in entries if entry.broken]
    seen = f"{broken[0].name} {broken[0].broken} ({len(broken)} such files)" if broken else "none broken"
    require(not broken, "cache.corrupt", expected="every *.joblib in the cache whole", seen=seen)


@pytest.mark.p2
@pytest.mark.runbook(covers=Section.LOG_ANALYSIS, open=Section.HIGH_MEMORY)
def test_cache_is_not_too_large(host: HostView, objectives: Objectives) -> None:
    size_mb, most_mb = host.cache_size_mb(), objectives.cache_size_mb_max
    require(
        size_mb <= most_mb, "cache.too_large", expected=f"a cache of at most {most_mb:g} MB", seen=f"{size_mb:.0f} MB"
    )
