"""Records in the cache are garbage: P2, "Database/Cache Corruption".

The production checks see files that are no joblib files. The runbook says: keep a copy, delete the records, begin anew.
Then every record is whole, what users asked before is answered, and nothing is lost that the copy does not hold.
"""

from checks.outcome import Severity
from drills.faults.cache_corrupt import CacheCorrupt
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="cache-corrupt",
    title="Records in the cache are garbage",
    severity=Severity.P2,
    fault=CacheCorrupt.name,
    detected_by=DetectedBy("cache_can_be_read", ("cache.corrupt",)),
    noticed_within_s=10.0,
    steps=("cache-backup", "cache-reset"),
    recover=("cache_can_be_read", "api_answers_known_question", "api_is_ready"),
    ttr_declared_s=5.0,
    may_lose=("~/.cache/finchat_sec_qa/*.joblib",),
)


def test_a_reset_mends_a_corrupt_cache(drill: Drill) -> None:
    drill(SCENARIO, CacheCorrupt())
