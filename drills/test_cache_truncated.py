"""Records in the cache are cut short, as by a machine that lost its power: P2, "Database/Cache Corruption".

The production checks see pickles without an end. Our step copies the cache and deletes only what the copy holds: the
runbook's two steps delete whether the copy worked or not, which costs the cache on a full disk (disk-full-to-the-brim).
"""

from checks.outcome import Severity
from drills.faults.cache_corrupt import CacheCorrupt, Spoilt
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="cache-truncated",
    title="Records in the cache are cut short",
    severity=Severity.P2,
    fault=CacheCorrupt.name,
    detected_by=DetectedBy("cache_can_be_read", ("cache.corrupt",)),
    noticed_within_s=10.0,
    corrected=("cache-reset-corrected",),
    recover=("cache_can_be_read", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=5.0,
    may_lose=("~/.cache/finchat_sec_qa/*.joblib",),
)


def test_a_reset_that_is_sure_of_its_backup_mends_a_truncated_cache(drill: Drill) -> None:
    drill(SCENARIO, CacheCorrupt(Spoilt.TRUNCATED))
