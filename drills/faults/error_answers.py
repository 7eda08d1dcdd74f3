"""A service answers every request with a server error, as one does that has got stuck; a new container is sound."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.on_host import first_process, must
from drills.faults.published import port_inside, published_url

ANSWERER = "finchat-error-answers"
"""What the process calls itself, for ps."""
PORT = 18999
PATIENCE_S = 3
HELD_AT_MOST_S = 3600

ANSWER = f"""
import http.server, sys, threading

class Error(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b'{{"error": {{"code": "internal_error", "message": "Something went wrong here that nobody foresaw."}}}}'
        self.send_response(int(sys.argv[1]))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = answer

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("", {PORT}), Error)
threading.Timer({HELD_AT_MOST_S}, server.shutdown).start()
server.serve_forever()
"""


class ErrorAnswers:
    """In the network of the container of `service`, what arrives for its port goes to a process that answers all with
    `status`. That process and the redirection end with the container, so the server and its image stay as they are."""

    name = "error answers"

    def __init__(self, service: str, status: int) -> None:
        self._service = service
        self._status = status
        self._port = 0

    @property
    def declared(self) -> Mapping[str, str]:
        return {"service": self._service, "port": str(self._port), "every answer": str(self._status)}

    def inject(self, bench: BenchView) -> None:
        self._port = port_inside(bench, self._service)
        named = f"exec -a {ANSWERER} python3 - {self._status} <<<{shlex.quote(ANSWER)}"
        listens = f"nsenter --target $pid --net bash -c 'exec 3<>/dev/tcp/127.0.0.1/{PORT}' 2>/dev/null"
        must(
            bench,
            f"{first_process(bench.container(self._service))} || exit 1\n"
            f"setsid nsenter --target $pid --net --pid bash -c {shlex.quote(named)} </dev/null >/dev/null 2>&1 &\n"
            f"for _ in {{1..50}}; do {listens} && break; sleep 0.1; done; {listens} && {_rule('-I', self._port)}",
        )

    def witness(self, bench: BenchView) -> str | None:
        """The answers that the host itself gets, on two paths."""
        urls = (published_url(bench, self._service), published_url(bench, self._service, "ready"))
        ask = f"curl --silent --output /dev/null --max-time {PATIENCE_S} --write-out '%{{http_code}}\\n'"
        statuses = must(bench, "".join(f"{ask} {shlex.quote(url)}\n" for url in urls) + "true").split()
        if set(statuses) != {str(self._status)}:
            return None
        return f"on the host, {' and '.join(urls)} are answered with {self._status}"

    def cure(self, bench: BenchView) -> None:
        port = self._port or port_inside(bench, self._service)
        must(
            bench,
            f"pkill -KILL --full '^{ANSWERER} '; {first_process(bench.container(self._service))} || exit 0\n"
            f"while {_rule('-D', port)} 2>/dev/null; do :; done; true",
        )


def _rule(act: str, port: int) -> str:
    """Shell: the redirection in the network of process $pid, to be inserted (-I) or deleted (-D)."""
    rule = f"PREROUTING -p tcp --dport {port} -j REDIRECT --to-ports {PORT}"
    return f"nsenter --target $pid --net iptables -w 5 -t nat {act} {rule}"
