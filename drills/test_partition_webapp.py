"""The webapp cannot reach the API, though both run: P0, "complete service outage" for whoever uses the web page.

A variant: packets between the two are dropped. The webapp says that it is not ready, and the API that it is; it is gone
with the cure.
"""

from checks.outcome import Severity
from drills.faults.webapp_partitioned import WebappPartitioned
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="partition-webapp",
    title="Packets between the webapp and the API are dropped",
    severity=Severity.P0,
    fault=WebappPartitioned.name,
    detected_by=DetectedBy("webapp_is_ready", ("webapp.not_ready", "webapp.ready_false")),
    noticed_within_s=15.0,
    recover=(),
    steady=("api_is_ready", "webapp_container_is_running"),
    ttr_declared_s=5.0,
    expect=Verdict.DETECTED,
)


def test_a_partition_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, WebappPartitioned())
