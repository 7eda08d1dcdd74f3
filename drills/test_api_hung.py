"""The API's server hangs: its port accepts, and nothing is ever answered: P0, "No response from API endpoints".

No restart policy notices, since nothing has ended. The runbook says `docker-compose restart api`: the engine asks the
server to end, waits 10 s in vain, and kills it; then all is back.
"""

from checks.outcome import Severity
from drills.faults.process_hung import ProcessHung
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario

SCENARIO = Scenario(
    id="api-hung",
    title="The API's server is stopped: it accepts and never answers",
    severity=Severity.P0,
    fault=ProcessHung.name,
    detected_by=DetectedBy("api_is_reachable", ("api.timeout", "api.closed")),
    noticed_within_s=25.0,
    steps=("restart-api",),
    recover=("api_is_reachable", "api_is_healthy", "api_is_ready", "webapp_is_ready", "api_container_is_running"),
    ttr_declared_s=18.0,
)


def test_a_restart_brings_a_hung_api_back(drill: Drill) -> None:
    drill(SCENARIO, ProcessHung("api"))
