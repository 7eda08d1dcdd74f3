"""What /health and /ready must say: the status AND the body, since real services answer 200 with ready:false."""

from checks.exchange import Answer
from checks.outcome import fail, require
from checks.target import Service


def health_status(answer: Answer) -> str:
    """The body's `status`, with an HTTP status that agrees with it; fails the check where either is not health."""
    require(
        answer.status == 200,
        f"{answer.subject}.health_status",
        expected=f"200 from {answer.subject}'s health",
        seen=answer.seen,
    )
    status = answer.json_object().get("status")
    if not isinstance(status, str):
        fail(f"{answer.subject}.health_body", expected='a "status" in the health body', seen=answer.seen)
    return status


def require_healthy(answer: Answer, service: Service) -> None:
    """The service is up: healthy, or degraded by something outside it (which is a check of its own, of less weight)."""
    status = health_status(answer)
    allowed = (*service.healthy, *service.degraded)
    require(
        status in allowed,
        f"{answer.subject}.unhealthy",
        expected=f'"status" one of {", ".join(allowed)}',
        seen=answer.seen,
    )


def require_not_degraded(answer: Answer, service: Service) -> None:
    """The service says that nothing is amiss."""
    status = health_status(answer)
    require(
        status in service.healthy,
        f"{answer.subject}.degraded",
        expected=f'"status" {" or ".join(service.healthy)}',
        seen=answer.seen,
    )


def require_ready(answer: Answer) -> None:
    """The service can serve: 200 and `ready: true` in the body."""
    subject = answer.subject
    require(answer.status == 200, f"{subject}.not_ready", expected=f"200 from {subject}'s ready", seen=answer.seen)
    ready = answer.json_object().get("ready")
    if not isinstance(ready, bool):
        fail(f"{subject}.ready_body", expected='"ready" true or false in the body', seen=answer.seen)
    services = answer.json_object().get("services")
    contradicted = ready and isinstance(services, dict) and services.get("query_handler") is False
    require(
        not contradicted, f"{subject}.ready_contradicts", expected="a query_handler that is ready", seen=answer.seen
    )
    require(ready, f"{subject}.ready_false", expected='"ready": true in the body', seen=answer.seen)
