"""The cache's directory belongs to root: P1, "API errors"; nothing can be stored, and the API is not ready.

The runbook's cache steps cannot delete from such a directory, and change nothing. Its backup is what helps: put in the
place of the directory, it is the operator's own, complete, and the service stands on it.
"""

from checks.outcome import Severity
from drills.faults.cache_unwritable import CacheUnwritable
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="cache-unwritable",
    title="The cache's directory cannot be written",
    severity=Severity.P1,
    fault=CacheUnwritable.name,
    detected_by=DetectedBy("api_is_ready", ("api.not_ready", "api.ready_false")),
    noticed_within_s=10.0,
    steps=("cache-backup", "cache-reset"),
    corrected=("cache-restore",),
    recover=("api_is_ready", "webapp_is_ready", "cache_can_be_read", "api_answers_known_question"),
    ttr_declared_s=6.0,
)


def test_a_restored_backup_can_be_written_again(drill: Drill) -> None:
    drill(SCENARIO, CacheUnwritable())
