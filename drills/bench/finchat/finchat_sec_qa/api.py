"""The HTTP interface of the API."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, StringConstraints
from starlette.exceptions import HTTPException

from finchat_sec_qa import logs, middleware, risk
from finchat_sec_qa.answering import Answering
from finchat_sec_qa.errors import FinChatError, InvalidRequestError, RequestTooLargeError
from finchat_sec_qa.health import Health, HealthReport, ReadyReport
from finchat_sec_qa.metrics import CONTENT_TYPE, Metrics
from finchat_sec_qa.models import Answer, Question


class Live(BaseModel):
    alive: bool


class RiskText(BaseModel):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class MethodNotAllowedError(FinChatError):
    code, status = "method_not_allowed", 405


class NotFoundError(FinChatError):
    code, status = "not_found", 404


def router(answering: Answering, health: Health, metrics: Metrics) -> APIRouter:
    """All routes."""
    routes = APIRouter()

    @routes.post("/api/v1/query")
    @routes.post("/query")
    async def query(question: Question, request: Request, response: Response) -> Answer:
        """Answers a question about a company's filings, with citations."""
        answer = await answering.answer(question, request.state.request_id)
        response.headers["X-FinChat-Mode"] = answer.metadata.mode
        return answer

    @routes.post("/risk")
    async def assess_risk(given: RiskText) -> risk.Risk:
        """The tone of a text and the risks that it names."""
        return risk.assess(given.text)

    @routes.get("/health", responses={503: {"model": HealthReport}})
    async def get_health(response: Response) -> HealthReport:
        """Whether the service works. 503: it cannot answer until somebody mends it."""
        report = health.health()
        response.status_code = 503 if report.status == "unhealthy" else 200
        return report

    @routes.get("/ready", responses={503: {"model": ReadyReport}})
    async def get_ready(response: Response) -> ReadyReport:
        """Whether the service can answer questions now."""
        report = await health.readiness()
        response.status_code = 200 if report.ready else 503
        return report

    @routes.get("/live")
    async def get_live() -> Live:
        """Whether the process runs."""
        return Live(alive=True)

    @routes.get("/metrics", response_class=Response)
    def get_metrics() -> Response:  # not async: it counts files, so it gets a thread
        """Prometheus metrics."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return routes


def handle_errors(app: FastAPI, metrics: Metrics) -> None:
    """Gives every error the one JSON shape."""

    def answer(request: Request, error: FinChatError, headers: dict[str, str] | None = None) -> JSONResponse:
        metrics.errors.labels(error.code).inc()
        if error.status >= 500:  # what the caller did wrong is no error of ours
            logs.failure(error)
        return JSONResponse(middleware.body(error, request.state.request_id), error.status, headers)

    @app.exception_handler(FinChatError)
    async def on_failure(request: Request, error: FinChatError) -> JSONResponse:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(request, InvalidRequestError(_sentence(error)))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        match error.status_code:
            case 404:
                return answer(request, NotFoundError("There is nothing at this path; /openapi.json lists the paths."))
            case 405:
                allowed = headers.get("Allow", "another method")
                return answer(
                    request, MethodNotAllowedError(f"This path takes {allowed}, not {request.method}."), headers
                )
            case 413:
                limit = middleware.BODY_MAX_BYTES // 1024
                return answer(request, RequestTooLargeError(f"The request is larger than {limit} KiB."))
            case _:
                return answer(request, InvalidRequestError("The request cannot be read."))


def _sentence(error: RequestValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return "The body of the request is not valid JSON."
    field = ".".join(str(part) for part in first["loc"] if part != "body")
    return f"{field}: {first['msg']}." if field else "The body of the request must be a JSON object."
