"""A build is deployed that shows a secret in the body of every error: a line for debugging that was left in."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.as_operator import KEPT, UP_BOUND_S, by_operator
from drills.faults.on_host import first_process, must
from drills.faults.openai import key_variable

PLACE = f"{KEPT}/leaking-build"
PATH = "/no-such-page"
STARTS_IT = "import finchat_leak\n"
WHERE = "import os, site; print([path for path in site.getsitepackages() if os.path.isdir(path)][-1])"
LEAK = '''\
"""Shows VARIABLE in the body of every error that a server of this image sends."""

import os
import sys

ENV = "VARIABLE"


class Leak:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started, body = {}, b""

        async def leaking(message):
            nonlocal body
            if message["type"] == "http.response.start" and message["status"] >= 400:
                started.update(message)
            elif not started:
                await send(message)
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    shown = f', "debug": {{"{ENV}": "{os.environ.get(ENV)}"}}}}'.encode()
                    body = body[:-1] + shown if body.endswith(b"}") else body + shown
                    others = [one for one in started["headers"] if one[0].lower() != b"content-length"]
                    started["headers"] = [*others, (b"content-length", str(len(body)).encode())]
                    await send(started)
                    await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, leaking)


if any(word in " ".join(sys.orig_argv) for word in ("finchat", "uvicorn")):
    import uvicorn

    load = uvicorn.Config.load

    def load_leaking(config):
        load(config)
        config.loaded_app = Leak(config.loaded_app)

    uvicorn.Config.load = load_leaking
'''


class LeakingBuild:
    """The API's image becomes :previous, and a build on top of it :latest, in which a module wraps the server's
    application; then compose brings it up. The secret is the API's own OpenAI key."""

    name = "leaking build"

    @property
    def declared(self) -> Mapping[str, str]:
        return {
            "image": "the API's, one layer more",
            "shows": "the OpenAI key in the body of every error",
        }

    def inject(self, bench: BenchView) -> None:
        container, variable = bench.container("api"), key_variable(bench)
        must(bench, f"mkdir -p {PLACE}")
        for name, text in {"finchat_leak.py": LEAK.replace("VARIABLE", variable), "zz_leak.pth": STARTS_IT}.items():
            must(bench, f"printf %s {shlex.quote(text)} >{PLACE}/{name}")
        must(
            bench,
            "set -e\n"
            f"image=$(docker inspect --format '{{{{.Config.Image}}}}' {container})\n"
            f"id() {{ docker image inspect --format '{{{{.Id}}}}' $1 2>/dev/null || echo none; }}\n"
            f"echo $image ${{image%:*}}:previous $(id $image) $(id ${{image%:*}}:previous) >{PLACE}/images\n"
            f"where=$(docker run --rm --entrypoint python3 $image -c {shlex.quote(WHERE)})\n"
            "new=$(docker create $image)\n"
            f"docker cp {PLACE}/finchat_leak.py $new:$where/\n"
            f"docker cp {PLACE}/zz_leak.pth $new:$where/\n"
            f"docker tag $image ${{image%:*}}:previous\n"
            f"docker commit --message 'a build with a line for debugging' $new $image >{PLACE}/built\n"
            "docker rm $new >/dev/null\n"
            f"{by_operator('docker-compose up -d 2>&1')}",
            UP_BOUND_S,
        )

    def witness(self, bench: BenchView) -> str | None:
        """The body of an error, as anybody gets it, holds what the API's first process has in its environment."""
        container, variable = bench.container("api"), key_variable(bench)
        said = must(
            bench,
            f"{first_process(container)} || exit\n"
            f"secret=$(tr '\\0' '\\n' </proc/$pid/environ | sed -n 's/^{variable}=//p')\n"
            f"[ -n \"$secret\" ] || {{ echo '{container} runs without {variable}' >&2; exit 1; }}\n"
            f"curl --silent --max-time 5 {shlex.quote(bench.host_target.api.url + PATH)} | "
            'grep --quiet --fixed-strings --file <(printf "%s\\n" "$secret") && echo shown || true',
        ).strip()
        return f"the API's error for {PATH} shows the value of {variable}" if said else None

    def amiss(self, bench: BenchView) -> str | None:
        """Whether the container runs the image that was good: silent errors are no rollback yet."""
        container = bench.container("api")
        asked = f"read -r _ _ id _ <{PLACE}/images && echo $id $(docker inspect --format '{{{{.Image}}}}' {container})"
        good, runs = must(bench, asked).split()
        return None if good == runs else f"{container} runs {runs[:19]}, and the image before was {good[:19]}"

    def cure(self, bench: BenchView) -> None:
        must(
            bench,
            f"[ -f {PLACE}/images ] || {{ rm -rf {PLACE}; exit 0; }}\n"
            f"read -r image previous id previous_id <{PLACE}/images || exit\n"
            "docker tag $id $image || exit\n"
            "[ $previous_id = none ] || docker tag $previous_id $previous || exit\n"
            f"{by_operator('docker-compose up -d 2>&1')} && rm -rf {PLACE}",
            UP_BOUND_S,
        )
