"""The faults by name: the names that the runbook's diagnostics and the scenarios give."""

from collections.abc import Callable, Mapping

from drills.faults.alias_lost import AliasLost
from drills.faults.app_errors import AppErrors
from drills.faults.authentication_off import AuthenticationOff
from drills.faults.cache_corrupt import CacheCorrupt, Spoilt
from drills.faults.cache_deleted import CacheDeleted
from drills.faults.cache_unwritable import CacheUnwritable
from drills.faults.csrf_broken import CsrfBroken
from drills.faults.disk_full import DiskFull
from drills.faults.edgar_timeout import EdgarTimeout
from drills.faults.fault import Fault, FaultError
from drills.faults.high_memory import HighMemory
from drills.faults.leaking_build import LeakingBuild
from drills.faults.network_cut import NetworkCut
from drills.faults.openai_key_revoked import OpenAIKeyRevoked
from drills.faults.openai_timeout import OpenAITimeout
from drills.faults.process_killed import ProcessKilled
from drills.faults.rate_limited import RateLimited
from drills.faults.token_changed import TokenChanged
from drills.faults.webapp_partitioned import WebappPartitioned

FAULTS: Mapping[str, Callable[[], Fault]] = {
    "api-killed": lambda: ProcessKilled("api"),
    "webapp-killed": lambda: ProcessKilled("webapp"),
    "alias-lost": AliasLost,
    "app-errors": AppErrors,
    "authentication-off": AuthenticationOff,
    "cache-corrupt": CacheCorrupt,
    "cache-deleted": CacheDeleted,
    "cache-truncated": lambda: CacheCorrupt(Spoilt.TRUNCATED),
    "cache-unwritable": CacheUnwritable,
    "csrf-broken": CsrfBroken,
    "disk-full": DiskFull,
    "disk-full-to-the-brim": lambda: DiskFull(100),
    "edgar-timeout": EdgarTimeout,
    "high-memory": HighMemory,
    "leaking-build": LeakingBuild,
    "network-cut": NetworkCut,
    "openai-key-revoked": OpenAIKeyRevoked,
    "openai-timeout": OpenAITimeout,
    "rate-limited": RateLimited,
    "token-changed": TokenChanged,
    "webapp-partitioned": WebappPartitioned,
}


def make(name: str) -> Fault:
    """A new fault of that name. FaultError with the names that there are where it is none of them."""
    try:
        return FAULTS[name]()
    except KeyError:
        raise FaultError(f"There is no fault {name!r}: name one of {', '.join(sorted(FAULTS))}.") from None
