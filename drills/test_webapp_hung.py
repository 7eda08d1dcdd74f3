"""The webapp's server hangs: its port accepts, and nothing is ever answered: P0, users have no page to ask on.

A variant: the production checks notice it, and it is gone with the cure. No mitigation is claimed.
"""

from checks.outcome import Severity
from drills.faults.process_hung import ProcessHung
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="webapp-hung",
    title="The webapp's server is stopped: it accepts and never answers",
    severity=Severity.P0,
    fault=ProcessHung.name,
    detected_by=DetectedBy("webapp_is_reachable", ("webapp.timeout", "webapp.closed")),
    noticed_within_s=25.0,
    recover=(),
    steady=("webapp_is_ready", "webapp_container_is_running"),
    ttr_declared_s=17.0,
    expect=Verdict.DETECTED,
)


def test_a_hung_webapp_is_noticed(drill: Drill) -> None:
    drill(SCENARIO, ProcessHung("webapp"))
