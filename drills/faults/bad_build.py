"""A build that should not have been deployed: a program that stands alone, and is copied into an image.

python3 bad_build.py hangs|errors|misquotes PORT [ANSWERS]    in the place of the service
python3 bad_build.py record URL HEALTH,READY,... QUERY        prints ANSWERS: what the good build says, asked
                                                              on standard input
"""

import json
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FALSE = "We know of no risk that could be material to our business."
"""What the build that misquotes has every filing say."""
PATIENCE_S = 5


def hang(port: int) -> None:
    """Takes every connection, and says nothing on any."""
    listening = socket.create_server(("", port), backlog=512)
    taken = []
    while True:
        taken.append(listening.accept())


def record(url: str, paths: list[str], query: str, question: bytes) -> dict[str, list[str]]:
    """By path: status, content type and body of what is answered there."""
    answers = {path: _ask(f"{url}{path}", None) for path in paths}
    answers["POST"] = _ask(f"{url}{query}", question)
    return answers


def misquoting(body: str) -> str:
    """An answer like this one, made just now as it seems, whose quotations stand in no filing."""
    answer = json.loads(body)
    for citation in answer["citations"]:
        citation["text"] = FALSE
    answer["answer"] = FALSE
    if "mode" in answer.get("metadata", {}):
        answer["metadata"]["mode"] = "live"
    return json.dumps(answer)


class Errors(BaseHTTPRequestHandler):
    """Answers 500, whatever is asked."""

    def do_GET(self) -> None:
        self.say("500", "application/json", '{"error": {"code": "internal_error", "message": "The build is bad."}}')

    def do_POST(self) -> None:
        self.do_GET()

    def say(self, status: str, kind: str, body: str) -> None:
        """Answers, once what came with the request is read."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = body.encode()
        self.send_response(int(status))
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: a build that tells of its fault would be another one."""


def replaying(answers: dict[str, list[str]]) -> type[Errors]:
    """Says of itself what the good build said, and gives one false answer to every question."""
    status, kind, body = answers["POST"]
    false = misquoting(body)

    class Misquotes(Errors):
        def do_GET(self) -> None:
            self.say(*answers.get(self.path.partition("?")[0], ["404", "text/plain", "not found"]))

        def do_POST(self) -> None:
            self.say(status, kind, false)

    return Misquotes


def _ask(url: str, data: bytes | None) -> list[str]:
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as got:
            return [str(got.status), got.headers.get("Content-Type", ""), got.read().decode()]
    except urllib.error.HTTPError as error:
        return [str(error.code), error.headers.get("Content-Type", ""), error.read().decode()]


def main(kind: str, *arguments: str) -> None:
    if kind == "record":
        url, paths, query = arguments
        print(json.dumps(record(url, paths.split(","), query, sys.stdin.buffer.read())))
    elif kind == "hangs":
        hang(int(arguments[0]))
    else:
        # The first process of a container is not ended by a signal that it does not handle. What hangs handles none.
        signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
        handler = Errors if kind == "errors" else replaying(json.loads(Path(arguments[1]).read_text()))
        ThreadingHTTPServer(("", int(arguments[0])), handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
