"""The machine under a deployment: file systems, memory, and the cache directory."""

import asyncio
from dataclasses import dataclass

from checks.command import CommandResult, home_quoted, shell
from checks.outcome import fail, unknown
from checks.sweep import Prober

_ENTRIES_MAX = 300
# One line a file, newest first: size in bytes, first byte, last byte, name. A pickle begins with 80 and ends with 2e.
_CACHE_SCRIPT = """
[ -d {directory} ] || exit 7
cd {directory} && ls >/dev/null || exit 1
du -sk . | cut -f1
ls -t | grep '[.]joblib$' | head -n {most} | while IFS= read -r file; do
    if [ -r "$file" ]; then
        size=$(wc -c < "$file")
        first=$(head -c 1 -- "$file" | od -An -tx1 | tr -d ' \\n')
        last=$(tail -c 1 -- "$file" | od -An -tx1 | tr -d ' \\n')
        printf '%s %s %s %s\\n' "$size" "${{first:-none}}" "${{last:-none}}" "$file"
    else
        printf '0 unreadable unreadable %s\\n' "$file"
    fi
done
"""


@dataclass(frozen=True)
class CacheEntry:
    """A *.joblib file by its outside. `broken`: what is wrong with it; `readable`: by us, which is not the service."""

    name: str
    size_bytes: int
    broken: str | None
    readable: bool = True


@dataclass(frozen=True)
class HostView:
    """What the machine printed about itself."""

    disks: CommandResult
    memory: CommandResult
    load: CommandResult
    cache: CommandResult

    def disk_ratios(self) -> dict[str, float]:
        """How full each watched file system is, by mount point."""
        ratios = parse_df(self.disks.output("host"))
        if not ratios:
            unknown("prober.host", expected="a line of `df` for each watched file system", seen="none")
        return ratios

    def memory_ratio(self) -> float:
        """Memory in use: what is not available to a new program, as part of all."""
        return parse_meminfo(self.memory.output("host"))

    def load_per_core(self) -> float:
        """Programs that ran or waited to, over the last minute, for each processor."""
        cores, load = self.load.output("host").split()[:2]
        return float(load) / int(cores)

    def cache_size_mb(self) -> float:
        return int(self._cache_lines()[0]) / 1024

    def cache_entries(self) -> list[CacheEntry]:
        return [parse_cache_entry(line) for line in self._cache_lines()[1:]]

    def _cache_lines(self) -> list[str]:
        if self.cache.exit_code == 7:
            fail(
                "cache.missing", expected="a cache directory that can be entered", seen=self.cache.stderr.strip()[-160:]
            )
        return self.cache.output("host").splitlines()


async def see_host(prober: Prober) -> HostView:
    """File systems, memory and cache, read by commands on the machine."""
    host = prober.target.host
    assert host is not None
    script = _CACHE_SCRIPT.format(directory=home_quoted(host.cache), most=_ENTRIES_MAX)
    df, memory, load, cache = await asyncio.gather(
        prober.run([*host.prefix, "df", "-Pk", *host.disks]),
        prober.run([*host.prefix, "cat", "/proc/meminfo"]),
        prober.run(shell(host.prefix, "nproc && cat /proc/loadavg")),
        prober.run(shell(host.prefix, script)),
    )
    return HostView(df, memory, load, cache)


def parse_df(text: str) -> dict[str, float]:
    """`df -Pk` by mount point, as `df` itself rounds: used / (used + available)."""
    rows = [line.split(None, 5) for line in text.splitlines()[1:]]
    return {row[5]: int(row[2]) / max(1, int(row[2]) + int(row[3])) for row in rows if len(row) == 6}


def parse_meminfo(text: str) -> float:
    """Used memory as part of all, from /proc/meminfo."""
    fields = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines() if ":" in line}
    return 1 - fields["MemAvailable"] / fields["MemTotal"]


def parse_cache_entry(line: str) -> CacheEntry:
    """One line of the cache script. A plain pickle that lost its end, or never was one, shows from outside."""
    size, first, last, name = line.split(" ", 3)
    broken = None
    if first == "unreadable":
        return CacheEntry(name, 0, None, readable=False)
    if first == "none":
        broken = "is empty"
    elif first == "80" and last != "2e":
        broken = "is cut short"
    elif first not in ("80", "78", "1f", "42", "fd", "5d", "04"):  # pickle, or joblib's zlib gzip bz2 xz lzma lz4
        broken = "is no joblib file"
    return CacheEntry(name, int(size), broken)
