"""The webapp does not find the API by its name any more: P0, "complete service outage" for whoever uses the web page.

Somebody reconnected the API's container to its network by hand, without the name that compose gives it. The runbook
says to restart the API; a restarted container keeps the network that it has. A new container has its name again.
"""

from checks.outcome import Severity
from drills.faults.alias_lost import AliasLost
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="partition-alias-lost",
    title="The API has lost its name on the network",
    severity=Severity.P0,
    fault=AliasLost.name,
    detected_by=DetectedBy("webapp_is_ready", ("webapp.not_ready", "webapp.ready_false")),
    noticed_within_s=10.0,
    steps=("restart-api",),
    corrected=("recreate-api",),
    recover=("webapp_is_ready", "webapp_is_healthy", "api_is_ready"),
    ttr_declared_s=6.0,
)


def test_a_new_container_has_its_name_again(drill: Drill) -> None:
    drill(SCENARIO, AliasLost())
