"""Starts a bench: neighbours and host side by side, then the deployment on the host, then its first state."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from docker.errors import NotFound
from testcontainers.core.network import Network

from checks.redaction import Redactor
from drills.bench.bench import Bench
from drills.bench.box import Place
from drills.bench.certificates import Certificates, issue
from drills.bench.engine import Trouble, reason
from drills.bench.host import BUNDLE, DEPLOYMENT, HOME, USER, USER_ID, Host
from drills.bench.neighbours import Neighbours, make_networks, start_neighbours
from drills.bench.plan import FRONT, FRONT_PORTS, HOST_ALIAS, PROXY_API_PORT, UPSTREAMS
from drills.bench.process import BenchError
from drills.bench.proxy import ProxyServer
from drills.bench.ready import wait_until_ready
from drills.bench.routes import make_routes
from drills.bench.run import Run
from drills.bench.secrets import secrets_of, settings_file
from drills.bench.spec import Spec
from drills.bench.target import as_toml, seen_from_here

READY_BOUND_S = 60.0
GIT = "git -c user.name=FinChat -c user.email=ops@finchat.example"
COMMIT_DATE = "2026-01-01T00:00:00Z"  # fixed, so that the same deployment has the same commits

# Whoever reverts a commit has told git who he is.
GIT_CONFIG = "[user]\n\tname = Operator\n\temail = operator@finchat.example\n"

PROFILE = f"""\
cd {DEPLOYMENT}
# The runbook's commands expect the key in the operator's shell.
export OPENAI_API_KEY=$(sed -n 's/^OPENAI_API_KEY=//p' .env | tail -n 1)
"""


@dataclass(frozen=True)
class _Ground:
    """What a host stands on: the rest of the bench."""

    run: Run
    spec: Spec
    name: str
    certificates: Certificates
    inside: Mapping[str, Network]
    secrets: Mapping[str, str]


def start_bench(run: Run, spec: Spec, suffix: str = "", secrets: Mapping[str, str] | None = None) -> Bench:
    """A bench with its deployment up and ready, and its first state taken.

    `secrets`: in place of throw-away ones. BenchError with the last log lines where something does not come up; the
    run's end removes what was started.
    """
    secrets = secrets or secrets_of(spec.deployment)
    try:
        return _start(run, spec, f"{run.run_id}{suffix}", secrets)
    except Trouble as error:
        raise BenchError(f"The engine does not start the bench: {reason(error)}.") from None
    except BenchError as error:  # what the containers say of themselves may hold what they were given
        raise BenchError(Redactor.from_environment(tuple(secrets), secrets)(str(error))) from None


def replace_host(bench: Bench) -> None:
    """A new host in place of one that is gone or cannot be put back, with the same deployment, ready."""
    ground = _Ground(
        bench.run, bench.spec, bench.name, bench.certificates, bench.neighbours.inside, dict(bench.secrets)
    )
    try:
        _remove(bench.host)
        bench.host = _start_host(ground)
    except Trouble as error:
        raise BenchError(f"The engine does not replace the host: {reason(error)}.") from None
    _deploy(ground, bench.host)
    _bring_up(bench)


def _remove(host: Host) -> None:
    """Removes the host, whatever is left of it. A host with thousands of processes may take a second attempt."""
    for last in (False, True):
        try:
            host.container.remove(force=True, v=True)
        except NotFound:
            return
        except Trouble:
            if last:
                raise
        else:
            return


def _start(run: Run, spec: Spec, name: str, secrets: Mapping[str, str]) -> Bench:
    directory = run.directory / name
    directory.mkdir()
    certificates = issue(directory, tuple(upstream.host_name for upstream in UPSTREAMS))
    outside, inside = make_networks(run.labels("network"))
    ground = _Ground(run, spec, name, certificates, inside, secrets)
    key_name = spec.deployment.target.openai and spec.deployment.target.openai.key_env
    key = secrets.get(key_name) if key_name else None
    with ThreadPoolExecutor(2) as pool:
        neighbouring = pool.submit(
            start_neighbours, spec.images, name, run.labels("neighbour"), certificates, key, outside, inside
        )
        host = _start_host(ground)
        neighbours = neighbouring.result()
        server = ProxyServer("127.0.0.1", neighbours.port(neighbours.proxy, PROXY_API_PORT))
        routing = pool.submit(make_routes, server, neighbours, spec.deployment.target)
        _deploy(ground, host)
        routing.result()
    target = seen_from_here(
        spec.deployment.target,
        urls={front: _published(neighbours, FRONT_PORTS[front]) for front in FRONT},
        upstream_urls={
            upstream.host_name: _published(neighbours, upstream.here_port, "https") for upstream in UPSTREAMS
        },
        prefix=host.prefix(),
    )
    target_file = directory / "target.toml"
    target_file.write_text(as_toml(target))
    bench = Bench(run, spec, name, certificates, neighbours, host, server, target, target_file, secrets)
    _bring_up(bench)
    bench.first = bench.state()
    return bench


def _start_host(ground: _Ground) -> Host:
    first, *others = ground.inside.values()
    place = Place(
        network=first.name,
        labels=ground.run.labels("host"),
        volumes={ground.spec.store: {"bind": "/store", "mode": "ro"}},
        name=f"{ground.name}-host",
        hostname="finchat-prod",
        alias=HOST_ALIAS,
    )
    container = ground.run.boxes.run(ground.spec.images.host, ground.spec.bounds, place)
    ground.run.ledger.note("cgroup", str(container.id))
    host = Host(container)
    for network in others:
        network.connect(str(container.id))
    host.wait_for_engine()
    return host


def _deploy(ground: _Ground, host: Host) -> None:
    """Puts the deployment, as a git repository with its history, and the operator's home onto the host."""
    deployment = ground.spec.deployment
    host.put({BUNDLE.rpartition("/")[2]: ground.certificates.bundle.read_bytes()}, BUNDLE.rpartition("/")[0])
    host.must(f"mount --bind {BUNDLE} /etc/ssl/certs/ca-certificates.crt")
    host.put({".bash_profile": PROFILE.encode(), ".gitconfig": GIT_CONFIG.encode()}, HOME, user_id=USER_ID)
    files = {**deployment.files, ".env": settings_file(deployment, ground.secrets)}
    own = f"chown -R {USER}:{USER} {HOME}"
    # Without these there is no repository, and after a `git gc` they hold no file that would bring them along.
    kept = f"{DEPLOYMENT}/.git/objects {DEPLOYMENT}/.git/refs" if deployment.has_history else ""
    host.put(files, DEPLOYMENT, user_id=USER_ID, modes=deployment.modes)
    host.must(f"install -d {HOME}/.cache/finchat_sec_qa {DEPLOYMENT}/logs {kept} && {own}")
    if not deployment.has_history:
        host.must(f"{GIT} init -q -b main && printf '%s\\n' .env 'logs/*' >>.git/info/exclude", operator=True)
        host.put({**files, **deployment.before}, DEPLOYMENT, user_id=USER_ID, modes=deployment.modes)
        _commit(host, "The deployment as it was")
        host.put(files, DEPLOYMENT, user_id=USER_ID, modes=deployment.modes)
        _commit(host, "The deployment as it is")
    host.must("bench-snapshot")


def _commit(host: Host, message: str) -> None:
    dates = f"GIT_AUTHOR_DATE={COMMIT_DATE} GIT_COMMITTER_DATE={COMMIT_DATE}"
    host.must(f"git add -A && {dates} {GIT} commit -q --allow-empty -m '{message}'", operator=True)


def _bring_up(bench: Bench) -> None:
    try:
        bench.up()
        wait_until_ready(bench.target, bench.host, READY_BOUND_S)
    except BenchError as error:
        logs = bench.host.root("docker ps -aq | xargs -rn1 docker logs --tail 8 2>&1", timeout_s=10).stdout.strip()
        raise BenchError(f"{error}\nThe containers' last log lines:\n{logs or bench.log_tail()}") from None


def _published(neighbours: Neighbours, port: int, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{neighbours.port(neighbours.proxy, port)}"
