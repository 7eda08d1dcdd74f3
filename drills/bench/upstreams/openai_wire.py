"""What goes over the wire at OpenAI: requests as they are read; completions and responses as they are written."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, Field

JsonObject = dict[str, object]


class ContentPart(BaseModel):
    type: str
    text: str = ""


class Message(BaseModel):
    role: str
    content: str | list[ContentPart] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """POST /v1/chat/completions, as far as the stand-in reads it."""

    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None


class ResponsesRequest(BaseModel):
    """POST /v1/responses, as far as the stand-in reads it."""

    model: str
    input: str | list[Message]
    instructions: str | None = None
    stream: bool | None = None

    @property
    def messages(self) -> list[Message]:
        if isinstance(self.input, str):
            return [Message(role="user", content=self.input)]
        return self.input


@dataclass(frozen=True)
class Usage:
    """Tokens, estimated at four characters each."""

    prompt: int
    answer: int

    @classmethod
    def of(cls, messages: list[Message], answer: str) -> "Usage":
        return cls(sum(len(message.text) // 4 + 4 for message in messages), len(answer) // 4 + 1)


def user_prompt(messages: list[Message]) -> str:
    """The last thing that the user said."""
    return next((message.text for message in reversed(messages) if message.role == "user"), "")


def _id(prefix: str) -> str:
    return f"{prefix}{uuid.uuid4().hex}"


def _now_s() -> int:
    return int(time.time())


def _pieces(text: str) -> Iterator[str]:
    """The text as a stream gives it: word by word, the blanks kept."""
    words = text.split(" ")
    yield words[0]
    yield from (f" {word}" for word in words[1:])


@dataclass(frozen=True)
class Completion:
    """A chat completion, whole or as a stream."""

    model: str
    text: str
    usage: Usage
    id: str = field(default_factory=lambda: _id("chatcmpl-"))
    created: int = field(default_factory=_now_s)

    def whole(self) -> JsonObject:
        message: JsonObject = {"role": "assistant", "content": self.text, "refusal": None, "annotations": []}
        choice: JsonObject = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._envelope("chat.completion"), "choices": [choice], "usage": self._usage()}

    def stream(self, include_usage: bool) -> Iterator[bytes]:
        yield self._chunk({"role": "assistant", "content": "", "refusal": None})
        for piece in _pieces(self.text):
            yield self._chunk({"content": piece})
        yield self._chunk({}, "stop")
        if include_usage:
            yield _sse({**self._envelope("chat.completion.chunk"), "choices": [], "usage": self._usage()})
        yield b"data: [DONE]\n\n"

    def _chunk(self, delta: JsonObject, finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return _sse({**self._envelope("chat.completion.chunk"), "choices": [choice]})

    def _envelope(self, kind: str) -> JsonObject:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": "fp_standin",
        }

    def _usage(self) -> JsonObject:
        return {
            "prompt_tokens": self.usage.prompt,
            "completion_tokens": self.usage.answer,
            "total_tokens": self.usage.prompt + self.usage.answer,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }


@dataclass(frozen=True)
class ModelResponse:
    """An answer of the responses API, whole or as a stream of events."""

    model: str
    text: str
    usage: Usage
    instructions: str | None
    id: str = field(default_factory=lambda: _id("resp_"))
    item_id: str = field(default_factory=lambda: _id("msg_"))
    created_s: int = field(default_factory=_now_s)

    def whole(self) -> JsonObject:
        return self._state("completed", [self._item("completed", [self._part(self.text)])])

    def stream(self) -> Iterator[bytes]:
        for number, event in enumerate(self._events()):
            yield _sse({**event, "sequence_number": number}, name=str(event["type"]))

    def _events(self) -> Iterator[JsonObject]:
        at = {"item_id": self.item_id, "output_index": 0, "content_index": 0}
        part = self._part(self.text)
        done = self._item("completed", [part])
        started = self._state("in_progress", [])
        yield {"type": "response.created", "response": started}
        yield {"type": "response.in_progress", "response": started}
        yield {"type": "response.output_item.added", "output_index": 0, "item": self._item("in_progress", [])}
        yield {"type": "response.content_part.added", **at, "part": self._part("")}
        for piece in _pieces(self.text):
            yield {"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []}
        yield {"type": "response.output_text.done", **at, "text": self.text, "logprobs": []}
        yield {"type": "response.content_part.done", **at, "part": part}
        yield {"type": "response.output_item.done", "output_index": 0, "item": done}
        yield {"type": "response.completed", "response": self.whole()}

    def _part(self, text: str) -> JsonObject:
        return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}

    def _item(self, status: str, content: list[JsonObject]) -> JsonObject:
        return {"id": self.item_id, "type": "message", "status": status, "role": "assistant", "content": content}

    def _state(self, status: Literal["in_progress", "completed"], output: list[JsonObject]) -> JsonObject:
        usage = {
            "input_tokens": self.usage.prompt,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": self.usage.answer,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": self.usage.prompt + self.usage.answer,
        }
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created_s,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": self.instructions,
            "max_output_tokens": None,
            "metadata": {},
            "model": self.model,
            "output": output,
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "service_tier": "default",
            "store": True,
            "temperature": 1.0,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": usage if status == "completed" else None,
            "user": None,
        }


def _sse(data: JsonObject, name: str | None = None) -> bytes:
    event = f"event: {name}\n" if name else ""
    return f"{event}data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
