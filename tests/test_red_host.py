"""The machine: full disks, little memory, a cache that is spoilt or too large, log files that are gone."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drills.bench.embedded import Embedded
from tests.harness.faults import cache_of, described, fresh_questions, use
from tests.harness.red import Red, each
from tests.harness.runs import Scene, failed, look, scene, unknown

pytest_plugins = ["tests.harness.fixtures"]

HOST = "checks/test_host.py --access=host"
CACHE_AND_LOGS = f"{HOST},logs checks/test_logs.py"
MIB = 1024 * 1024


@dataclass(frozen=True)
class Spoilt:
    """One answer in the cache with other bytes in it, made of those that it had."""

    change: Callable[[bytes], bytes]

    @contextlib.contextmanager
    def __call__(self, bench: Embedded) -> Iterator[Scene]:
        file = next(cache_of(bench).glob("answer-*.joblib"))
        kept = file.read_bytes()
        file.write_bytes(self.change(kept))
        try:
            yield scene(bench)
        finally:
            file.write_bytes(kept)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2].rstrip(b".")


@contextlib.contextmanager
def cache_cut_short(bench: Embedded) -> Iterator[Scene]:
    """Every record in the cache lost its end, as after a full disk, and a user asks something new."""
    kept = {file: file.read_bytes() for file in cache_of(bench).glob("*.joblib")}
    for file, content in kept.items():
        file.write_bytes(cut(content))
    assert use(bench, fresh_questions(1)) == [200]
    try:
        yield scene(bench)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)


@contextlib.contextmanager
def cache_gone(bench: Embedded) -> Iterator[Scene]:
    aside = bench.home / "cache-aside"
    cache_of(bench).rename(aside)
    try:
        yield scene(bench, edits={f'debug = "{cache_of(bench)}/debug.log"': ""})
    finally:
        aside.rename(cache_of(bench))


@contextlib.contextmanager
def cache_grown(bench: Embedded) -> Iterator[Scene]:
    """A cache of six MiB more, where five are allowed."""
    large = cache_of(bench) / "0009900001-26-000099-10-K.html"
    large.write_bytes(b"x" * 6 * MIB)
    try:
        yield scene(bench, "[objectives]\ncache_size_mb_max = 5.0")
    finally:
        large.unlink()


def spoilt(name: str, change: Callable[[bytes], bytes]) -> Red:
    return Red(f"a record in the cache {name}", Spoilt(change), HOST, {"cache_can_be_read": failed("cache.corrupt")})


@each(
    Red(
        # No test can fill a machine: its real figures meet a limit of nothing.
        "disks, memory and load are beyond the limit",
        described("[objectives]\ndisk_ratio_max = 0.0\nmemory_ratio_max = 0.0\nload_per_core_max = 0.0"),
        HOST,
        {
            "disks_have_room": failed("host.disk_full"),
            "host_has_memory_left": failed("host.memory"),
            "host_has_cpu_left": failed("host.load"),
        },
    ),
    spoilt("is cut short", cut),
    spoilt("is empty", lambda _: b""),
    spoilt("is garbage", lambda _: b"this is no record\n"),
    Red(
        "every record in the cache is cut short",
        cache_cut_short,
        CACHE_AND_LOGS,
        {
            "cache_can_be_read": failed("cache.corrupt"),
            "cache_log_shows_no_corruption": failed("logs.cache_corrupt"),
        },
    ),
    Red(
        "there is no cache",
        cache_gone,
        HOST,
        {"cache_can_be_read": failed("cache.missing"), "cache_is_not_too_large": failed("cache.missing")},
    ),
    Red("the cache has grown", cache_grown, HOST, {"cache_is_not_too_large": failed("cache.too_large")}),
)
def test_a_machine_that_is_not_as_it_should_be_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


def test_a_machine_that_is_not_reached_tells_nothing(healthy: Embedded) -> None:
    nowhere = 'prefix = ["/no/such/command"]\n'
    given = scene(healthy, edits={"[host]\n": f"[host]\n{nowhere}", "[logs]\n": f"[logs]\n{nowhere}"})
    seen = look(given, CACHE_AND_LOGS)
    assert (seen.exit_code, seen.passed, len(seen.amiss)) == (3, frozenset(), 10), seen.text
    assert set(seen.amiss.values()) == {unknown("prober.host"), unknown("prober.logs")}
