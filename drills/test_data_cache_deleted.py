"""Somebody deletes the cache while EDGAR is out: P0, "data loss"; what was stored was all there was to answer with.

The API says at once that it is not ready. The runbook's reset makes a new directory, which the running service does not
see, and has nothing to put into it. Last night's backup, made by the runbook's own step and found complete file by
file, brings the answers back; the runbook has no way to restore it, so the step is ours.
"""

from checks.outcome import Severity
from drills.faults.cache_deleted import CacheDeleted
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="data-cache-deleted",
    title="The cache is deleted while EDGAR is out",
    severity=Severity.P0,
    fault=CacheDeleted.name,
    detected_by=DetectedBy("api_is_ready", ("api.not_ready", "api.ready_false")),
    noticed_within_s=10.0,
    steps=("cache-reset",),
    corrected=("cache-restore",),
    recover=("api_is_ready", "webapp_is_ready", "cache_can_be_read", "api_answers_known_question"),
    ttr_declared_s=6.0,
)


def test_a_backup_brings_a_deleted_cache_back(drill: Drill) -> None:
    drill(SCENARIO, CacheDeleted())
