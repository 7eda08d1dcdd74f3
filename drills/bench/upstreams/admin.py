"""The admin port of a stand-in: faults, keys and counts, as JSON. No service under test knows of it."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from drills.bench.upstreams.rules import Fault
from drills.bench.upstreams.state import Keys, State

# Gives the sentence that says why this upstream cannot show a fault; None: it can.
Objection = Callable[[Fault], str | None]

Model = TypeVar("Model", bound=BaseModel)


class KeyBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=500)


class CertificateBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    expired: bool


class BadInputError(Exception):
    """What was sent cannot be used; the text says what to send instead."""


def admin_app(state: State, objection: Objection) -> Starlette:
    """The admin application of the stand-in whose state this is."""

    async def get_state(request: Request) -> Response:
        return _json(state.report())

    async def post_rule(request: Request) -> Response:
        fault = await _body(request, Fault)
        if reason := objection(fault):
            raise BadInputError(reason)
        return _json(state.rules.add(fault), 201)

    async def delete_rules(request: Request) -> Response:
        state.rules.clear()
        return Response(status_code=204)

    async def revoke(request: Request) -> Response:
        keys = _keys(state)
        keys.revoke((await _body(request, KeyBody)).key)
        return JSONResponse({"revoked_keys": keys.revoked})

    async def accept(request: Request) -> Response:
        keys = _keys(state)
        keys.accept((await _body(request, KeyBody)).key)
        return JSONResponse({"revoked_keys": keys.revoked})

    async def show_certificate(request: Request) -> Response:
        wanted = await _body(request, CertificateBody)
        if state.certificate is None:
            raise BadInputError(f"{state.name} has no other certificate: start it with --expired-file.")
        state.certificate.show(expired=wanted.expired)
        return _json(state.report())

    async def get_seen(request: Request) -> Response:
        return _json(state.seen.report())

    async def delete_seen(request: Request) -> Response:
        state.seen.clear()
        return Response(status_code=204)

    async def reset(request: Request) -> Response:
        state.reset()
        return Response(status_code=204)

    async def bad_input(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, 422)

    return Starlette(
        routes=[
            Route("/state", get_state),
            Route("/rules", post_rule, methods=["POST"]),
            Route("/rules", delete_rules, methods=["DELETE"]),
            Route("/keys/revoke", revoke, methods=["POST"]),
            Route("/keys/accept", accept, methods=["POST"]),
            Route("/certificate", show_certificate, methods=["POST"]),
            Route("/seen", get_seen),
            Route("/seen", delete_seen, methods=["DELETE"]),
            Route("/reset", reset, methods=["POST"]),
        ],
        exception_handlers={BadInputError: bad_input},
    )


def _json(model: BaseModel, status: int = 200) -> Response:
    return Response(model.model_dump_json(), status, media_type="application/json")


async def _body(request: Request, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        known = ", ".join(model.model_fields)
        raise BadInputError(f"{where}: {first['msg']}. Send a JSON object with: {known}.") from error


def _keys(state: State) -> Keys:
    if state.keys is None:
        raise BadInputError(f"{state.name} takes no keys: its callers declare themselves with a User-Agent.")
    return state.keys
