"""The OpenAI stand-in as a process, asked through the official SDK."""

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import openai
import pytest
from openai import OpenAI
from openai.types.responses import Response, ResponseCompletedEvent, ResponseStreamEvent

KEY = "sk-standin-tests-0123456789"
PROMPT = "[1] Revenue was $5 million in 2025.\n[2] The lease ends in 2031.\n\nQuestion: When does the lease end?"
SAID = "The lease ends in 2031. [2]"
MODEL = "gpt-4o-mini"


class Standin:
    """A running stand-in, the official SDK pointed at it, and a client of its admin port."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        ports = json.loads(process.stdout.readline())
        self.url = f"http://127.0.0.1:{ports['port']}/v1"
        self.sdk = OpenAI(api_key=KEY, base_url=self.url, max_retries=0, timeout=5)
        self.admin = httpx.Client(base_url=f"http://127.0.0.1:{ports['admin_port']}")

    def rule(self, **fault: str | float) -> None:
        self.admin.post("/rules", json=fault).raise_for_status()

    def ask(self) -> str | None:
        completion = self.sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": PROMPT}])
        return completion.choices[0].message.content


@pytest.fixture(scope="module")
def process() -> Iterator[Standin]:
    command = [sys.executable, "-m", "drills.bench.upstreams.openai", "--key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as started:
        try:
            running = Standin(started)
            yield running
            running.sdk.close()
            running.admin.close()
        finally:
            started.kill()


@pytest.fixture
def standin(process: Standin) -> Standin:
    process.admin.post("/reset").raise_for_status()
    return process


def test_it_lists_its_models_and_knows_each(standin: Standin) -> None:
    names = [model.id for model in standin.sdk.models.list()]
    assert MODEL in names
    assert standin.sdk.models.retrieve(MODEL).id == MODEL


def test_a_chat_completion_answers_from_the_passages(standin: Standin) -> None:
    raw = standin.sdk.chat.completions.with_raw_response.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": "Cite."},
            {"role": "user", "content": [{"type": "text", "text": PROMPT}]},
        ],
    )
    completion = raw.parse()
    assert completion.choices[0].message.content == SAID
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.headers["openai-processing-ms"].isdigit()
    assert raw.headers["x-ratelimit-remaining-requests"] == "499"


def test_a_chat_completion_streams(standin: Standin) -> None:
    stream = standin.sdk.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": PROMPT}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == SAID
    assert len(choices) > 5, "it comes in pieces"
    assert choices[-1].finish_reason == "stop"
    assert chunks[-1].usage is not None


def test_a_response_answers_from_the_passages(standin: Standin) -> None:
    response = standin.sdk.responses.create(model=MODEL, input=PROMPT, instructions="Cite.")
    assert response.output_text == SAID
    assert response.status == "completed"
    as_messages = standin.sdk.responses.create(model=MODEL, input=[{"role": "user", "content": PROMPT}])
    assert as_messages.output_text == SAID


def test_a_response_streams_its_events_in_order(standin: Standin) -> None:
    events = list(standin.sdk.responses.create(model=MODEL, input=PROMPT, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == SAID
    assert isinstance(events[-1], ResponseCompletedEvent)
    with standin.sdk.responses.stream(model=MODEL, input=PROMPT) as stream:
        final: Response = stream.get_final_response()
    assert final.output_text == SAID


@pytest.mark.parametrize(
    ("fault", "exception", "code"),
    [
        ({"error": "invalid_api_key"}, openai.AuthenticationError, "invalid_api_key"),
        ({"error": "rate_limit_exceeded"}, openai.RateLimitError, "rate_limit_exceeded"),
        ({"error": "insufficient_quota"}, openai.RateLimitError, "insufficient_quota"),
        ({"status": 401}, openai.AuthenticationError, "invalid_api_key"),
        ({"status": 403}, openai.PermissionDeniedError, "unsupported_country_region_territory"),
        ({"status": 404}, openai.NotFoundError, "model_not_found"),
        ({"status": 429}, openai.RateLimitError, "rate_limit_exceeded"),
        ({"status": 500}, openai.InternalServerError, None),
        ({"status": 502}, openai.InternalServerError, None),
        ({"status": 503}, openai.InternalServerError, "server_is_overloaded"),
        ({"status": 400, "error": "content_policy_violation"}, openai.BadRequestError, "content_policy_violation"),
    ],
)
def test_the_sdk_raises_its_own_exception_for_each_error(
    standin: Standin, fault: dict[str, str | int], exception: type[openai.APIStatusError], code: str | None
) -> None:
    standin.rule(**fault)
    with pytest.raises(exception) as raised:
        standin.ask()
    assert raised.value.code == code
    assert raised.value.request_id is not None
    with pytest.raises(exception):
        standin.sdk.responses.create(model=MODEL, input=PROMPT, stream=True)


def test_a_rate_limit_says_when_to_come_back(standin: Standin) -> None:
    standin.rule(status=429)
    with pytest.raises(openai.RateLimitError) as raised:
        standin.ask()
    assert raised.value.response.headers["retry-after"] == "1"


def test_the_sdk_times_out_on_a_delay(standin: Standin) -> None:
    standin.rule(delay_s=5)
    with pytest.raises(openai.APITimeoutError):
        standin.sdk.with_options(timeout=0.2).models.list()


@pytest.mark.parametrize("body", ["truncated", "malformed", "empty"])
def test_the_sdk_does_not_take_a_spoiled_body_for_an_answer(standin: Standin, body: str) -> None:
    standin.rule(body=body)
    with pytest.raises((openai.OpenAIError, json.JSONDecodeError)):
        assert standin.ask() == SAID
    stream = standin.sdk.responses.create(model=MODEL, input=PROMPT, stream=True)
    events: list[ResponseStreamEvent] = []
    try:
        events.extend(stream)
    except (openai.OpenAIError, json.JSONDecodeError):
        return
    assert not any(isinstance(event, ResponseCompletedEvent) for event in events)


def test_a_truncated_answer_is_a_connection_error(standin: Standin) -> None:
    standin.rule(body="truncated")
    with pytest.raises(openai.APIConnectionError):
        standin.ask()


def test_a_wrong_key_is_refused_and_not_repeated_in_full(standin: Standin) -> None:
    with pytest.raises(openai.AuthenticationError) as raised:
        standin.sdk.with_options(api_key="sk-wrong-0123456789abcdef").models.list()
    assert raised.value.code == "invalid_api_key"
    assert "0123456789" not in raised.value.message


def test_no_key_at_all_is_refused(standin: Standin) -> None:
    answer = httpx.get(f"{standin.url}/models")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_revoked_key_is_refused_until_it_is_accepted_again(standin: Standin) -> None:
    assert standin.admin.post("/keys/revoke", json={"key": KEY}).status_code == 200
    assert standin.admin.get("/state").json()["revoked_keys"] == [KEY]
    with pytest.raises(openai.AuthenticationError):
        standin.ask()
    standin.admin.post("/keys/accept", json={"key": KEY})
    assert standin.ask() == SAID


def test_a_reset_takes_everything_back(standin: Standin) -> None:
    standin.rule(status=500)
    standin.admin.post("/keys/revoke", json={"key": KEY})
    assert standin.admin.post("/reset").status_code == 204
    assert standin.ask() == SAID
    state = standin.admin.get("/state").json()
    assert (state["rules"], state["revoked_keys"], state["seen"]["total"]) == ([], [], 1)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/chat/completions", b"{", 400, None),
        ("/chat/completions", b'{"model": "gpt-4o-mini"}', 400, "missing_required_parameter"),
        ("/chat/completions", b'{"model": "gpt-4o-mini", "messages": []}', 400, "invalid_type"),
        ("/responses", b'{"model": "gpt-4o-mini"}', 400, "missing_required_parameter"),
        ("/responses", b'{"model": "gpt-9", "input": "x"}', 404, "model_not_found"),
        ("/embeddings", b"{}", 404, None),
    ],
)
def test_a_request_that_cannot_be_served_is_refused_in_the_real_shape(
    standin: Standin, path: str, body: bytes, status: int, code: str | None
) -> None:
    answer = httpx.post(standin.url + path, content=body, headers={"Authorization": f"Bearer {KEY}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_an_unknown_error_code_needs_a_status(standin: Standin) -> None:
    answer = standin.admin.post("/rules", json={"error": "insufficient_quotas"})
    assert (answer.status_code, "insufficient_quota" in answer.json()["error"]) == (422, True)


def test_counts_see_the_sdk_s_requests(standin: Standin) -> None:
    standin.ask()
    standin.sdk.models.list()
    seen = standin.admin.get("/seen").json()
    assert seen["by_path"] == {"/v1/chat/completions": 1, "/v1/models": 1}
    assert seen["by_status"] == {"200": 2}
