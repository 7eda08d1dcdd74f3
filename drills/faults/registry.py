"""The faults by name: the names that the runbook's diagnostics and the scenarios give."""

from collections.abc import Callable, Mapping

from drills.faults.alias_lost import AliasLost
from drills.faults.app_errors import AppErrors
from drills.faults.authentication_off import AuthenticationOff
from drills.faults.bad_commit import BadCommit
from drills.faults.bad_config import BadConfig
from drills.faults.bad_image import BadImage
from drills.faults.cache_corrupt import CacheCorrupt, Spoilt
from drills.faults.cache_deleted import CacheDeleted
from drills.faults.cache_unwritable import CacheUnwritable
from drills.faults.cpu_starved import CPUStarved
from drills.faults.csrf_broken import CsrfBroken
from drills.faults.disk_full import DiskFull
from drills.faults.edgar_certificate_expired import EdgarCertificateExpired
from drills.faults.edgar_dns_gone import EdgarDnsGone
from drills.faults.edgar_drip import EdgarDrip
from drills.faults.edgar_forbidden import EdgarForbidden
from drills.faults.edgar_late import EdgarLate
from drills.faults.edgar_malformed import EdgarMalformed
from drills.faults.edgar_outage import EdgarMaintenance, EdgarOutage
from drills.faults.edgar_overuse import EdgarOveruse
from drills.faults.edgar_refused import EdgarRefused
from drills.faults.edgar_reset import EdgarReset
from drills.faults.edgar_timeout import EdgarTimeout
from drills.faults.edgar_truncated import EdgarTruncated
from drills.faults.edgar_unavailable import EdgarUnavailable
from drills.faults.error_answers import ErrorAnswers
from drills.faults.fault import Fault, FaultError
from drills.faults.high_memory import HighMemory
from drills.faults.host_memory import HostMemoryUsedUp
from drills.faults.leaking_build import LeakingBuild
from drills.faults.memory_limit_tight import MemoryLimitTight
from drills.faults.network_cut import NetworkCut
from drills.faults.openai_errors import OpenAIErrors
from drills.faults.openai_key_replaced import OpenAIKeyReplaced
from drills.faults.openai_key_revoked import OpenAIKeyRevoked
from drills.faults.openai_outage import OpenAIBusy, OpenAIOutage
from drills.faults.openai_overloaded import OpenAIOverloaded
from drills.faults.openai_quota import OpenAIQuota
from drills.faults.openai_rate_limited import OpenAIRateLimited
from drills.faults.openai_timeout import OpenAITimeout
from drills.faults.out_of_memory import OutOfMemory
from drills.faults.process_hung import ProcessHung
from drills.faults.process_killed import ProcessKilled
from drills.faults.process_restarted import ProcessRestarted
from drills.faults.rate_limited import RateLimited
from drills.faults.restart_policy import ON
from drills.faults.scratch_files import ScratchFiles
from drills.faults.token_changed import TokenChanged
from drills.faults.webapp_partitioned import WebappPartitioned

FAULTS: Mapping[str, Callable[[], Fault]] = {
    "alias-lost": AliasLost,
    "api-answers-500": lambda: ErrorAnswers("api", 500),
    "api-answers-503": lambda: ErrorAnswers("api", 503),
    "api-hung": lambda: ProcessHung("api"),
    "api-killed": lambda: ProcessKilled("api"),
    "api-restarted": lambda: ProcessRestarted("api"),
    "app-errors": AppErrors,
    "authentication-off": AuthenticationOff,
    "bad-commit": BadCommit,
    "bad-config": BadConfig,
    "bad-image": lambda: BadImage("api", "crashes"),
    "bad-image-errors": lambda: BadImage("api", "errors"),
    "bad-image-hangs": lambda: BadImage("api", "hangs"),
    "bad-image-misquotes": lambda: BadImage("api", "misquotes"),
    "bad-webapp-image": lambda: BadImage("webapp", "errors"),
    "cache-corrupt": CacheCorrupt,
    "cache-deleted": CacheDeleted,
    "cache-truncated": lambda: CacheCorrupt(Spoilt.TRUNCATED),
    "cache-unwritable": CacheUnwritable,
    "cpu-starved": CPUStarved,
    "csrf-broken": CsrfBroken,
    "disk-full": DiskFull,
    "disk-full-to-the-brim": lambda: DiskFull(100),
    "edgar-certificate-expired": EdgarCertificateExpired,
    "edgar-dns-gone": EdgarDnsGone,
    "edgar-drip": EdgarDrip,
    "edgar-forbidden": EdgarForbidden,
    "edgar-late": EdgarLate,
    "edgar-maintenance": EdgarMaintenance,
    "edgar-malformed": EdgarMalformed,
    "edgar-outage": EdgarOutage,
    "edgar-overuse": EdgarOveruse,
    "edgar-refused": EdgarRefused,
    "edgar-reset": EdgarReset,
    "edgar-timeout": EdgarTimeout,
    "edgar-truncated": EdgarTruncated,
    "edgar-unavailable": EdgarUnavailable,
    "high-memory": HighMemory,
    "host-memory": HostMemoryUsedUp,
    "leaking-build": LeakingBuild,
    "memory-limit-tight": MemoryLimitTight,
    "memory-oom": OutOfMemory,
    "memory-oom-restarted": lambda: OutOfMemory(restart=ON),
    "network-cut": NetworkCut,
    "openai-busy": OpenAIBusy,
    "openai-errors": OpenAIErrors,
    "openai-key-replaced": OpenAIKeyReplaced,
    "openai-key-revoked": OpenAIKeyRevoked,
    "openai-outage": OpenAIOutage,
    "openai-overloaded": OpenAIOverloaded,
    "openai-quota": OpenAIQuota,
    "openai-rate-limited": OpenAIRateLimited,
    "openai-timeout": OpenAITimeout,
    "rate-limited": RateLimited,
    "scratch-temp": lambda: ScratchFiles("temp*"),
    "scratch-tmp": lambda: ScratchFiles("*.tmp"),
    "token-changed": TokenChanged,
    "webapp-answers-500": lambda: ErrorAnswers("webapp", 500),
    "webapp-hung": lambda: ProcessHung("webapp"),
    "webapp-killed": lambda: ProcessKilled("webapp"),
    "webapp-partitioned": WebappPartitioned,
    "webapp-restarted": lambda: ProcessRestarted("webapp"),
}


def make(name: str) -> Fault:
    """A new fault of that name. FaultError with the names that there are where it is none of them."""
    try:
        return FAULTS[name]()
    except KeyError:
        raise FaultError(f"There is no fault {name!r}: name one of {', '.join(sorted(FAULTS))}.") from None
