"""The webapp's server is killed, and its engine starts it again: P0 for as long as that takes.

The production checks notice that nothing answers; while the control holds, they turn green without any step. What that
takes is measured. No step is claimed.
"""

from checks.outcome import Severity
from drills.faults.process_restarted import ProcessRestarted
from drills.parameters import Drill
from drills.scenario import DetectedBy, Scenario, Verdict

SCENARIO = Scenario(
    id="webapp-restarted",
    title="The webapp's server is killed, its restart policy on",
    severity=Severity.P0,
    fault=ProcessRestarted.name,
    # Through a proxy a refusal arrives as a connection that closes.
    detected_by=DetectedBy("webapp_is_reachable", ("webapp.refused", "webapp.closed", "webapp.reset")),
    noticed_within_s=10.0,
    recover=(),
    steady=("webapp_is_healthy", "webapp_is_ready", "webapp_container_is_running"),
    ttr_declared_s=12.0,
    expect=Verdict.SELF_HEALED,
)


def test_a_restart_policy_brings_a_killed_webapp_back(drill: Drill) -> None:
    drill(SCENARIO, ProcessRestarted("webapp"))
