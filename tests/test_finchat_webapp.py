"""The reference service's web application: its page, its JSON interface and its manners."""

import json
from collections.abc import Callable
from html import unescape

import httpx
import pytest
from finchat_sec_qa import __version__
from finchat_sec_qa.settings import Settings
from finchat_sec_qa.webapp import create_app
from flask.testing import FlaskClient

TOKEN = "the-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
HEADERS = ("X-Content-Type-Options", "X-Frame-Options", "Strict-Transport-Security", "Content-Security-Policy")
FORM = {"question": "What about <risks>?", "ticker": "acme", "form_type": "10-K"}
CITATION = {"doc_id": "0001234567-26-000007", "text": "We make rivets &amp; bolts.", "start": 9, "end": 35}


def api_answer(mode: str) -> httpx.Response:
    body = {
        "answer": "Rivets [1].",
        "citations": [{**CITATION, "section": "Item 1", "page": None}],
        "metadata": {
            "mode": mode,
            "ticker": "ACME",
            "form_type": "10-K",
            "model": "gpt-4o-mini",
            "request_id": "abc",
            "elapsed_ms": 12.0,
            "filings": [{"doc_id": CITATION["doc_id"], "path": "/Archives/x.htm", "source": "edgar"}],
        },
    }
    return httpx.Response(200, json=body, headers={"X-FinChat-Mode": mode})


def api_error(status: int, code: str) -> httpx.Response:
    error = {"code": code, "message": "EDGAR did not answer.", "upstream": "edgar"}
    return httpx.Response(status, json={"error": error, "request_id": "abc"})


class Api:
    """The API as the web application sees it."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answer: Callable[[httpx.Request], httpx.Response] = lambda _: api_answer("live")

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answer(request)


@pytest.fixture
def api() -> Api:
    return Api()


def browser(api: Api, token: str = "") -> FlaskClient:
    settings = Settings.model_validate({"finchat_token": token})
    return create_app(settings, httpx.MockTransport(api.handle)).test_client()


@pytest.fixture
def client(api: Api) -> FlaskClient:
    return browser(api, TOKEN)


def csrf(client: FlaskClient) -> dict[str, str]:
    return {"X-CSRF-Token": client.get("/csrf-token").get_json()["csrf_token"]}


def hidden_token(page: str) -> str:
    return page.split('name="csrf_token" value="')[1].split('"')[0]


@pytest.mark.parametrize("path", ["/query", "/risk"])
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Bearer", f"Basic {TOKEN}", "Bearer caf\u00e9"])
def test_without_the_token_nothing_is_said_about_the_body(
    path: str, authorization: str | None, client: FlaskClient, api: Api
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = client.post(path, headers=headers)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert api.asked == []


def test_with_the_token_and_without_the_csrf_token_it_is_refused(client: FlaskClient, api: Api) -> None:
    answer = client.post("/query", headers=BEARER, json=FORM)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "csrf_failed")
    assert api.asked == []


def test_a_question_as_json_is_passed_on_as_it_is(client: FlaskClient, api: Api) -> None:
    answer = client.post("/query", headers={**BEARER, **csrf(client), "X-FinChat-Probe": "1"}, json=FORM)
    assert answer.get_json() == api_answer("live").json()
    assert answer.headers["X-FinChat-Mode"] == "live"
    assert json.loads(api.asked[0].content) == FORM
    assert api.asked[0].headers["X-FinChat-Probe"] == "1"
    assert "Authorization" not in api.asked[0].headers


def test_an_error_of_the_api_keeps_its_code_and_status(client: FlaskClient, api: Api) -> None:
    api.answer = lambda _: api_error(504, "edgar_timeout")
    answer = client.post("/query", headers={**BEARER, **csrf(client)}, json=FORM)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (504, "edgar_timeout")


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [(httpx.ConnectError, 502, "api_unavailable"), (httpx.ReadTimeout, 504, "api_timeout")],
)
def test_a_silent_api_has_a_code_too(
    failure: type[httpx.TransportError], status: int, code: str, client: FlaskClient, api: Api
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure("no")

    api.answer = fail
    answer = client.post("/risk", headers={**BEARER, **csrf(client)}, json={"text": "x"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)
    assert client.get("/health").get_json()["services"] == {"api": "unreachable"}
    assert client.get("/ready").status_code == 503


@pytest.mark.parametrize(
    ("reply", "ready"),
    [
        (httpx.Response(200, json={"ready": True}), True),
        (httpx.Response(200, json={"ready": False}), False),
        (httpx.Response(503, json={"ready": False}), False),
        (httpx.Response(200, json=["ready"]), False),
        (httpx.Response(200, content=b"<html>"), False),
    ],
    ids=["ready", "not ready", "503", "a list", "HTML"],
)
def test_it_is_ready_when_the_api_is(reply: httpx.Response, ready: bool, client: FlaskClient, api: Api) -> None:
    api.answer = lambda _: reply
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()["ready"]) == (200 if ready else 503, ready)


def test_health_passes_on_how_the_api_is(client: FlaskClient, api: Api) -> None:
    api.answer = lambda _: httpx.Response(200, json={"status": "degraded"})
    health = client.get("/health").get_json()
    assert (health["status"], health["services"], health["version"]) == ("degraded", {"api": "degraded"}, __version__)


@pytest.mark.parametrize(
    ("mode", "label"),
    [("live", "Live: written just now"), ("cache", "From the cache"), ("fallback", "Fallback: quoted")],
)
def test_the_form_answers_with_citations_and_a_label(mode: str, label: str, api: Api) -> None:
    api.answer = lambda _: api_answer(mode)
    client = browser(api)
    token = hidden_token(client.get("/").text)
    answer = client.post("/query", data={**FORM, "csrf_token": token})
    assert answer.status_code == 200
    assert "Rivets [1]." in answer.text
    assert label in answer.text
    assert "We make rivets & bolts." in unescape(answer.text)
    assert json.loads(api.asked[0].content) == {**FORM, "ticker": "ACME"}


def test_the_form_keeps_what_was_typed_and_shows_it_as_text(api: Api) -> None:
    client = browser(api)
    answer = client.post("/query", data={**FORM, "csrf_token": hidden_token(client.get("/").text)})
    assert ">What about &lt;risks&gt;?</textarea>" in answer.text
    assert "<risks>" not in answer.text


def test_the_form_shows_an_error_as_a_sentence(api: Api) -> None:
    api.answer = lambda _: api_error(504, "edgar_timeout")
    client = browser(api)
    answer = client.post("/query", data={**FORM, "csrf_token": hidden_token(client.get("/").text)})
    assert answer.status_code == 504
    assert "<p>EDGAR did not answer.</p>" in answer.text


def test_the_form_asks_for_the_access_token_only_where_authentication_is_on(client: FlaskClient, api: Api) -> None:
    assert 'name="access_token"' in client.get("/").text
    assert 'name="access_token"' not in browser(api).get("/").text


@pytest.mark.parametrize(("given", "status"), [(TOKEN, 200), ("wrong", 401), ("", 401)])
def test_the_form_takes_the_access_token(given: str, status: int, client: FlaskClient) -> None:
    token = hidden_token(client.get("/").text)
    answer = client.post("/query", data={**FORM, "csrf_token": token, "access_token": given})
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert TOKEN not in answer.text


def test_a_form_without_its_csrf_token_is_refused_on_the_page(api: Api) -> None:
    answer = browser(api).post("/query", data=FORM)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert api.asked == []


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/csrf-token", "/nothing", "/query", "/static/style.css"])
def test_every_answer_carries_the_security_headers(path: str, client: FlaskClient) -> None:
    answer = client.get(path)
    assert [name for name in HEADERS if name not in answer.headers] == []
    answer.close()


def test_the_page_uses_only_what_its_policy_allows(client: FlaskClient) -> None:
    page = client.get("/")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert not any(part in page.text for part in ("<script", "style=", "onclick", "http://", "https://"))


def test_get_on_query_says_that_it_takes_post(client: FlaskClient) -> None:
    answer = client.get("/query")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_a_body_over_64_kib_is_refused(client: FlaskClient, api: Api) -> None:
    answer = client.post("/query", headers={**BEARER, **csrf(client)}, data=bytes(65 * 1024))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "request_too_large")
    assert api.asked == []


def test_a_form_over_64_kib_is_refused_too(api: Api) -> None:
    answer = browser(api).post("/query", data={"question": "x" * 65 * 1024})
    assert answer.status_code == 413
