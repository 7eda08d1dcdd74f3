"""A sick prober: the run is unknown (exit 3), which pages nobody, and it ends in time."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.hostile import Run, against, environment, finchat, run, serve

PROBE_TIMEOUT_S = 1.0
OVERHEAD_BOUND_S = 5.0
ELSEWHERE = "http://finchat.example:8000"


def _can(*command: str) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True).returncode == 0


needs_namespaces = pytest.mark.skipif(not _can("unshare", "-n", "-m", "true"), reason="unshare needs more rights")


def require_unknown(ended: Run, code: str) -> None:
    assert ended.exit_code == 3, ended.text
    assert ended.clean, ended.text
    assert {(said.outcome, said.code) for said in ended.said().values()} == {("UNKNOWN", code)}
    assert ended.took_s < PROBE_TIMEOUT_S + OVERHEAD_BOUND_S


def limited(number: int) -> tuple[str, ...]:
    return ("sh", "-c", f'ulimit -n {number}; exec "$@"', "sh")


def resolving_by(directory: Path, text: str) -> tuple[str, ...]:
    """Runs with another resolv.conf, in a mount namespace of its own."""
    file = directory / "resolv.conf"
    file.write_text(text)
    return ("unshare", "-m", "sh", "-c", f'mount --bind {file} /etc/resolv.conf && exec "$@"', "sh")


def test_a_ca_file_that_is_missing_is_ours() -> None:
    ended = against("https://127.0.0.1:9", env=environment(SSL_CERT_FILE="/nonexistent"))
    require_unknown(ended, "prober.ca_file")
    assert "mend SSL_CERT_FILE" in ended.text


def test_a_ca_file_that_is_none_is_ours(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("hello")
    ended = against("https://127.0.0.1:9", env=environment(SSL_CERT_FILE=str(tmp_path / "ca.pem")))
    require_unknown(ended, "prober.ca_file")


@needs_namespaces
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:8000", "prober.no_route"),
        ("http://192.0.2.1:8000", "prober.no_route"),
        (ELSEWHERE, "prober.dns"),
    ],
)
def test_no_network_at_all_is_ours(url: str, code: str) -> None:
    require_unknown(against(url, prefix=("unshare", "-n")), code)


@needs_namespaces
def test_a_resolver_that_is_not_there_is_ours(tmp_path: Path) -> None:
    require_unknown(against(ELSEWHERE, prefix=resolving_by(tmp_path, "")), "prober.dns")


@needs_namespaces
@pytest.mark.slow
def test_a_resolver_that_never_answers_is_ours_and_does_not_hold_up_the_end(tmp_path: Path) -> None:
    silent = resolving_by(tmp_path, "nameserver 192.0.2.1\noptions timeout:30 attempts:5\n")
    require_unknown(against(ELSEWHERE, prefix=silent, timeout_s=PROBE_TIMEOUT_S), "prober.dns")


def test_no_file_descriptors_are_ours() -> None:
    with serve(finchat()) as url:
        ended = against(url, prefix=limited(16))
    assert ended.exit_code == 3, ended.text
    assert ended.clean, ended.text
    not_passed = {said.code for said in ended.said().values() if said.outcome != "PASS"}
    assert not_passed == {"prober.resources"}


def test_a_secret_that_is_not_set_is_ours() -> None:
    with serve(finchat()) as url:
        ended = against(url, "--target", "finchat-2", "-m", "p1", "-k", "token or key", timeout_s=5)
    assert ended.codes() == {
        "webapp_accepts_its_token": "prober.secret",
        "openai_is_reachable_and_the_key_valid": "prober.secret",
    }
    assert ended.exit_code == 3
    assert "the secret FINCHAT_TOKEN in the environment" in ended.text


def test_docker_that_is_not_there_is_ours() -> None:
    with serve(finchat()) as url:
        ended = against(url, "--access", "docker", "-k", "container", env=environment(PATH="/nonexistent"))
    require_unknown(ended, "prober.docker")
    assert ended.said().keys() == {"api_container_is_running", "webapp_container_is_running"}


def test_an_engine_that_cannot_be_reached_is_ours(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho Cannot connect to the Docker daemon >&2; exit 1\n")
    docker.chmod(0o755)
    env = environment(PATH=f"{tmp_path}:{os.environ['PATH']}")
    with serve(finchat()) as url:
        ended = against(url, "--access", "docker", "-k", "container", env=env)
    require_unknown(ended, "prober.docker")
    assert "Cannot connect to the Docker daemon" in ended.text


def log_checks(directory: Path, *arguments: str, prefix: tuple[str, ...] = ()) -> Run:
    file = directory.parent / "target.toml"
    file.write_text(f'name = "t"\n[api]\nurl = "http://127.0.0.1:9"\n[logs]\ndirectory = "{directory}"\n')
    state = f"--state={directory.parent}"
    where = (f"--target={file}", "--access=logs", "--evidence=none", state)
    return run("checks/test_logs.py", *where, *arguments, prefix=prefix)


def test_a_log_directory_that_is_none_is_ours(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    require_unknown(log_checks(tmp_path / "logs"), "prober.logs")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user who may not read the logs")
def test_a_log_directory_that_may_not_be_read_is_ours(tmp_path: Path) -> None:
    for above in (tmp_path, *tmp_path.parents[:3]):
        if above.owner() == "root" and above != Path("/tmp"):
            above.chmod(0o755)
    (tmp_path / "logs").mkdir(mode=0o700)
    nobody = ("setpriv", "--reuid=65534", "--clear-groups")
    require_unknown(log_checks(tmp_path / "logs", prefix=nobody), "prober.logs")


def test_a_log_file_that_is_missing_is_the_targets(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    ended = log_checks(tmp_path / "logs")
    assert ended.exit_code == 1
    assert set(ended.codes().values()) == {"logs.missing"}


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "socks5://127.0.0.1:1", "ftp://127.0.0.1"])
def test_a_proxy_of_no_use_is_ours(proxy: str) -> None:
    ended = against(ELSEWHERE, env=environment(http_proxy=proxy, https_proxy=proxy))
    require_unknown(ended, "prober.proxy")


@pytest.mark.slow
def test_a_proxy_that_never_answers_is_not_a_target_that_is_down() -> None:
    ended = against(ELSEWHERE, env=environment(http_proxy="http://192.0.2.1:9"), timeout_s=PROBE_TIMEOUT_S)
    assert ended.exit_code == 3, ended.text
    assert {said.code for said in ended.said().values()} <= {"prober.proxy", "prober.no_route"}


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "socks5://127.0.0.1:1", "ftp://x"])
def test_this_machine_is_reached_without_its_proxy(proxy: str) -> None:
    variables = dict.fromkeys(["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"], proxy)
    with serve(finchat()) as url:
        assert against(url, env=environment(**variables)).exit_code == 0
        assert against(url.replace("127.0.0.1", "localhost"), env=environment(**variables)).exit_code == 0
