"""A stand-in for api.openai.com: models, chat completions and responses, streamed too, for the keys that it accepts.

Errors and headers have the real shapes, so that the official SDK raises its own exceptions. It sets no limit of its own
on requests: rate limits and an exhausted quota come from a rule.
"""

import time
import uuid
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drills.bench.upstreams import serving
from drills.bench.upstreams.admin import admin_app
from drills.bench.upstreams.faults import Faults
from drills.bench.upstreams.openai_answer import answer
from drills.bench.upstreams.openai_errors import (
    ApiError,
    error_answer,
    invalid_request,
    no_key,
    objection,
    unknown_model,
    unknown_url,
    wrong_key,
)
from drills.bench.upstreams.openai_wire import (
    ChatRequest,
    Completion,
    ModelResponse,
    ResponsesRequest,
    Usage,
    user_prompt,
)
from drills.bench.upstreams.state import Keys, State

DEFAULT_KEY = "sk-standin-0123456789abcdef"

# Name -> the Unix time at which the real model of that name was made.
MODELS = {"gpt-4o": 1715367049, "gpt-4o-mini": 1721172741, "gpt-4.1": 1744316542, "gpt-4.1-mini": 1744318173}

# A caller far from its limits; the limits are those of a small account.
RATE_HEADERS = {
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-limit-tokens": "200000",
    "x-ratelimit-remaining-requests": "499",
    "x-ratelimit-remaining-tokens": "199000",
    "x-ratelimit-reset-requests": "120ms",
    "x-ratelimit-reset-tokens": "300ms",
}

Asked = TypeVar("Asked", bound=BaseModel)


class RealHeaders:
    """ASGI middleware: gives every answer, errors and faults included, the headers that the real API sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began_s = time.monotonic()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["x-request-id"] = f"req_{uuid.uuid4().hex}"
                headers["openai-processing-ms"] = str(round((time.monotonic() - began_s) * 1000))
                headers["openai-version"] = "2020-10-01"
                headers["openai-organization"] = "standin"
                if scope["method"] == "POST":
                    headers.update(RATE_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def public_app(state: State, keys: Keys) -> Starlette:
    """The application of the public port."""

    def authorize(request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise no_key()
        if not keys.accepts(key.strip()):
            raise wrong_key(key.strip())

    async def models(request: Request) -> Response:
        authorize(request)
        return JSONResponse({"object": "list", "data": [_model(name) for name in MODELS]})

    async def model(request: Request) -> Response:
        authorize(request)
        name = request.path_params["model"]
        if name not in MODELS:
            raise unknown_model(name)
        return JSONResponse(_model(name))

    async def chat_completions(request: Request) -> Response:
        authorize(request)
        asked = await _read(request, ChatRequest)
        text = answer(user_prompt(asked.messages))
        completion = Completion(asked.model, text, Usage.of(asked.messages, text))
        if not asked.stream:
            return JSONResponse(completion.whole())
        include_usage = asked.stream_options is not None and asked.stream_options.include_usage
        return StreamingResponse(completion.stream(include_usage), media_type="text/event-stream")

    async def responses(request: Request) -> Response:
        authorize(request)
        asked = await _read(request, ResponsesRequest)
        text = answer(user_prompt(asked.messages))
        response = ModelResponse(asked.model, text, Usage.of(asked.messages, text), asked.instructions)
        if not asked.stream:
            return JSONResponse(response.whole())
        return StreamingResponse(response.stream(), media_type="text/event-stream")

    async def home(request: Request) -> Response:
        return JSONResponse({"message": "A stand-in for the OpenAI API: see /v1/models."})

    async def api_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        return error.response()

    async def not_found(request: Request, error: Exception) -> Response:
        return unknown_url(request.method, request.url.path).response()

    return Starlette(
        routes=[
            Route("/", home),
            Route("/v1/models", models),
            Route("/v1/models/{model}", model),
            Route("/v1/chat/completions", chat_completions, methods=["POST"]),
            Route("/v1/responses", responses, methods=["POST"]),
        ],
        middleware=[Middleware(RealHeaders), Middleware(Faults, state=state, error_answer=error_answer)],
        exception_handlers={ApiError: api_error, 404: not_found, 405: not_found},
    )


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": MODELS[name], "owned_by": "system"}


async def _read(request: Request, shape: type[Asked]) -> Asked:
    """The request's body; ApiError 400 or 404 where it cannot be served."""
    try:
        asked = shape.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            raise invalid_request("We could not parse the JSON body of your request.") from error
        param = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise invalid_request(
                f"Missing required parameter: '{param}'.", param, "missing_required_parameter"
            ) from error
        raise invalid_request(f"Invalid value for '{param}': {first['msg']}.", param, "invalid_type") from error
    name = str(getattr(asked, "model", ""))
    if name not in MODELS:
        raise unknown_model(name)
    return asked


def main() -> None:
    cli = serving.parser("openai")
    cli.add_argument(
        "--key", action="append", help=f"an API key to accept; can be given again (default: {DEFAULT_KEY})"
    )
    arguments = cli.parse_args()
    keys = Keys(arguments.key or [DEFAULT_KEY])
    state = State("openai", keys=keys)
    serving.run(state, public_app(state, keys), admin_app(state, objection), serving.options(cli, arguments))


if __name__ == "__main__":
    main()
