"""OpenAI's errors: {"error": {message, type, param, code}}, each with the status and headers that it really has.

Source: the API's guide to error codes, and what the official SDK maps to its exceptions.
"""

from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from drills.bench.upstreams.rules import Fault, Rule


@dataclass(eq=False)
class ApiError(Exception):
    status: int
    message: str
    type: str
    code: str | None = None
    param: str | None = None
    retry_after_s: int | None = None

    def response(self) -> Response:
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        headers = {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}
        return JSONResponse({"error": error}, self.status, headers)


def invalid_request(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    return ApiError(400, message, "invalid_request_error", code, param)


def no_key() -> ApiError:
    message = (
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth."
    )
    return ApiError(401, message, "invalid_request_error")


def wrong_key(key: str) -> ApiError:
    """The refusal of a key, with the key masked as the real API masks it: its begin and its end are told."""
    shown = f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}" if len(key) > 12 else "*" * len(key)
    message = f"Incorrect API key provided: {shown}. You can find your API key at https://platform.openai.com/account/api-keys."
    return ApiError(401, message, "invalid_request_error", "invalid_api_key")


def unknown_model(model: str) -> ApiError:
    message = f"The model `{model}` does not exist or you do not have access to it."
    return ApiError(404, message, "invalid_request_error", "model_not_found")


def unknown_url(method: str, path: str) -> ApiError:
    return ApiError(404, f"Invalid URL ({method} {path})", "invalid_request_error")


_RATE_LIMIT = ApiError(
    429,
    "Rate limit reached for requests: limit 500 per minute. Please try again in 120ms.",
    "requests",
    "rate_limit_exceeded",
    retry_after_s=1,
)
_SERVER_ERROR = ApiError(
    500, "The server had an error while processing your request. Sorry about that!", "server_error"
)
_OVERLOADED = ApiError(
    503,
    "Our servers are currently overloaded. Please try again later.",
    "service_unavailable_error",
    "server_is_overloaded",
    retry_after_s=1,
)

BY_CODE = {
    "invalid_api_key": wrong_key("sk-refused-by-a-rule-0000"),
    "model_not_found": unknown_model("the one asked for"),
    "rate_limit_exceeded": _RATE_LIMIT,
    "insufficient_quota": ApiError(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "server_error": _SERVER_ERROR,
    "server_is_overloaded": _OVERLOADED,
}

BY_STATUS = {
    401: BY_CODE["invalid_api_key"],
    403: ApiError(
        403,
        "Country, region, or territory not supported",
        "request_forbidden",
        "unsupported_country_region_territory",
    ),
    404: BY_CODE["model_not_found"],
    429: _RATE_LIMIT,
    500: _SERVER_ERROR,
    503: _OVERLOADED,
}


def objection(fault: Fault) -> str | None:
    """A code alone must be one whose status is known; with a status any code can be had."""
    if fault.error is not None and fault.status is None and fault.error not in BY_CODE:
        return f"error: no status is known for {fault.error!r}. Give a status too, or one of: {', '.join(BY_CODE)}."
    return None


def error_answer(rule: Rule) -> Response:
    """The answer that a rule asks for, from its code, its status, or both."""
    if rule.error in BY_CODE and rule.status in (None, BY_CODE[rule.error].status):
        return BY_CODE[rule.error].response()
    status = rule.status or 500
    if rule.error is None and status in BY_STATUS:
        return BY_STATUS[status].response()
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return ApiError(status, "The request could not be completed.", kind, rule.error).response()
