"""The web application: `gunicorn 'finchat_sec_qa.webapp:create_app()'`.

A question form that works without JavaScript, and the same as JSON. It answers nothing by itself: it asks the API.
"""

import hmac
import json
import logging
import secrets
from dataclasses import asdict, dataclass
from html import unescape

import httpx
from flask import Flask, Response, jsonify, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from finchat_sec_qa import __version__, logs, moments, security, settings
from finchat_sec_qa.api_client import ApiClient, Reply, refusal
from finchat_sec_qa.settings import Settings

BODY_MAX_BYTES = 64 * 1024
FORM_TYPES = ("10-K", "10-Q", "8-K", "20-F")
# Headers of a request that the API is to see too.
PASSED_ON = ("X-FinChat-Probe", "X-Request-ID")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fields:
    """What stands in the form."""

    question: str = ""
    ticker: str = ""
    form_type: str = "10-K"


def create_app(configured: Settings | None = None, transport: httpx.BaseTransport | None = None) -> Flask:
    """The web application. `transport` stands in for the network to the API.

    Without settings, as gunicorn calls it, the process is this application's own: the settings are those of the
    environment and the process's logs are set up.
    """
    if configured is None:
        configured = settings.from_environment()
        logs.configure(configured.finchat_log_dir)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=configured.finchat_secret_key.get_secret_value() or secrets.token_hex(32),
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=BODY_MAX_BYTES,
        # Each view asks for the check itself, after authentication: who may not ask learns nothing about the request.
        WTF_CSRF_CHECK_DEFAULT=False,
    )
    site = _Site(configured, CSRFProtect(app), ApiClient(configured, transport))
    app.add_url_rule("/", view_func=site.page)
    app.add_url_rule("/csrf-token", view_func=site.csrf_token)
    app.add_url_rule("/query", view_func=site.query, methods=["POST"])
    app.add_url_rule("/risk", view_func=site.risk, methods=["POST"])
    app.add_url_rule("/health", view_func=site.health)
    app.add_url_rule("/ready", view_func=site.ready)
    app.register_error_handler(CSRFError, site.on_csrf)
    app.register_error_handler(HTTPException, site.on_http)
    app.after_request(_secured)
    return app


class _Site:
    """The views."""

    def __init__(self, configured: Settings, csrf: CSRFProtect, api: ApiClient) -> None:
        self._token = configured.finchat_token.get_secret_value()
        self._edgar_url = configured.edgar_www_url
        self._csrf = csrf
        self._api = api

    def page(self) -> Response:
        return self._page(Fields())

    def csrf_token(self) -> Response:
        return jsonify(csrf_token=generate_csrf())

    def query(self) -> Response:
        if not self._may_ask():
            return self._unauthorized()
        self._csrf.protect()
        if not _from_form():
            return _json(self._api.post("/query", request.get_data(), _context()))
        fields = _fields()
        return self._page(fields, self._api.post("/query", json.dumps(asdict(fields)).encode(), _context()))

    def risk(self) -> Response:
        if not self._may_ask():
            return self._unauthorized()
        self._csrf.protect()
        return _json(self._api.post("/risk", request.get_data(), _context()))

    def health(self) -> Response:
        api = self._api.health(_context())
        status = "healthy" if api == "healthy" else "degraded"
        now = moments.text(moments.now())
        return jsonify(status=status, version=__version__, timestamp=now, services={"api": api})

    def ready(self) -> tuple[Response, int]:
        ready = self._api.ready(_context())
        now = moments.text(moments.now())
        return jsonify(ready=ready, timestamp=now, services={"api": ready}), 200 if ready else 503

    def on_csrf(self, error: CSRFError) -> Response:
        message = "The security token of the page is missing or too old; load the page (or /csrf-token) again."
        return self._refuse(refusal(400, "csrf_failed", message))

    def on_http(self, error: HTTPException) -> Response:
        match error.code:
            case 404:
                code, message = "not_found", "There is nothing at this path."
            case 405:
                code, message = "method_not_allowed", f"This path does not take {request.method}."
            case 413:
                code, message = "request_too_large", f"The request is larger than {BODY_MAX_BYTES // 1024} KiB."
            case 500:
                _log.error("error internal_error: not foreseen", exc_info=getattr(error, "original_exception", None))
                code, message = "internal_error", "Something went wrong here that nobody foresaw."
            case _:
                code, message = "invalid_request", "The request cannot be read."
        response = self._refuse(refusal(error.code or 500, code, message))
        response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
        return response

    def _may_ask(self) -> bool:
        if not self._token:
            return True
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            given = request.form.get("access_token", "") if _from_form() else ""
        return hmac.compare_digest(given.strip().encode(), self._token.encode())

    def _unauthorized(self) -> Response:
        response = self._refuse(refusal(401, "unauthorized", "The access token is missing or wrong."))
        response.headers["WWW-Authenticate"] = 'Bearer realm="finchat"'
        return response

    def _refuse(self, reply: Reply) -> Response:
        return self._page(_fields() if reply.status != 413 else Fields(), reply) if _from_form() else _json(reply)

    def _page(self, fields: Fields, reply: Reply | None = None) -> Response:
        answer = reply.answer if reply else None
        page = render_template(
            "page.html",
            fields=fields,
            form_types=FORM_TYPES,
            needs_token=bool(self._token),
            answer=answer,
            error=reply.error if reply and not answer else None,
            edgar_url=self._edgar_url,
            unescape=unescape,
        )
        response = Response(page, status=reply.status if reply else 200)
        if answer:
            response.headers["X-FinChat-Mode"] = answer.metadata.mode
        return response


def _from_form() -> bool:
    return request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"}


def _fields() -> Fields:
    form = request.form
    return Fields(
        question=form.get("question", "").strip(),
        ticker=form.get("ticker", "").strip().upper(),
        form_type=form.get("form_type", "10-K").strip(),
    )


def _context() -> dict[str, str]:
    return {name: request.headers[name] for name in PASSED_ON if name in request.headers}


def _json(reply: Reply) -> Response:
    response = Response(reply.content, status=reply.status, mimetype="application/json")
    if reply.mode:
        response.headers["X-FinChat-Mode"] = reply.mode
    return response


def _secured(response: Response) -> Response:
    response.headers.update(security.page_headers())
    return response
