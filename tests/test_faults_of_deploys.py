"""Faults that deploy something bad, on a host whose engine is a stub: what counts as a witness, and what as amiss."""

from pathlib import Path

import pytest

from drills.bench.host import DEPLOYMENT
from drills.faults.bad_commit import SUBJECT, BadCommit
from drills.faults.bad_config import BadConfig
from drills.faults.bad_image import BadImage
from drills.faults.deployed import Deployed
from drills.faults.fault import FaultError, Particular, Settling, Telling
from tests.fault_fakes import FaultBench, ShellHost

DEPLOYED = f"finchat-api:latest|api|{DEPLOYMENT}|8000/tcp "


@pytest.fixture
def bench(tmp_path: Path) -> FaultBench:
    return FaultBench(ShellHost(tmp_path))


def engine(bench: FaultBench, *, labels: str = "", restarts: int = 0, status: str = "000", **images: str) -> None:
    """The host's engine and curl, as far as these faults ask them. `images`: the id of each tag, and of what runs."""
    cases = [
        f'*Config.Image*) echo "{DEPLOYED}" ;;',
        f'*finchat-drills.bad*) echo "{labels}" ;;',
        f"*RestartCount*) echo {restarts} ;;",
        f'*"image inspect"*:previous) echo "{images.get("previous", "")}" ;;',
        f'*Entrypoint*) echo "{images.get("entry", "[]")}" ;;',
        f'*Image*) echo "{images.get("runs", "")}" ;;',
        '*logs*) echo "PYTHONHOME = /opt/python" ;;',
    ]
    bench.host.stub("docker", 'case "$*" in\n' + "\n".join(cases) + "\nesac")
    bench.host.stub("curl", f"printf %s {status}")
    bench.host.stub("runuser", 'shift 5; exec bash -c "${@: -1}"')


CRASHING: dict[str, tuple[str, int, str, bool]] = {
    "it runs, ends again and again, and nothing answers": ("crashes sha256:aa sha256:bb", 2, "000", True),
    "it has not ended yet": ("crashes sha256:aa sha256:bb", 0, "000", False),
    "something answers": ("crashes sha256:aa sha256:bb", 2, "200", False),
    "another image runs": ("  sha256:bb", 2, "000", False),
    "one that is bad in another way runs": ("errors sha256:aa sha256:bb", 2, "000", False),
}


@pytest.mark.parametrize("what", CRASHING)
def test_a_build_that_crashes_is_witnessed_only_when(what: str, bench: FaultBench) -> None:
    labels, restarts, status, witnessed = CRASHING[what]
    engine(bench, labels=labels, restarts=restarts, status=status)
    said = BadImage("api", "crashes").witness(bench)
    assert said == (
        "finchat-api runs sha256:bb, deployed in place of sha256:aa: the engine started it again 2 times, and nothing "
        "answers"
        if witnessed
        else None
    )


@pytest.mark.parametrize(("status", "witnessed"), [("500", True), ("200", False), ("000", False)])
def test_a_build_that_errs_is_witnessed_by_what_it_answers(status: str, witnessed: bool, bench: FaultBench) -> None:
    engine(bench, labels="errors sha256:aa sha256:bb", status=status)
    assert (BadImage("api", "errors").witness(bench) is not None) is witnessed


ROLLED_BACK = {
    "what runs is the image before": ("sha256:01", "sha256:01", None),
    "what runs is another": (
        "sha256:02",
        "sha256:01",
        "finchat-api runs sha256:02, and finchat-api:previous was sha256:01",
    ),
    "there is none before": ("sha256:02", "", "finchat-api runs sha256:02, and finchat-api:previous was no image"),
}


@pytest.mark.parametrize("what", ROLLED_BACK)
def test_after_a_rollback_nothing_is_amiss_only_where(what: str, bench: FaultBench) -> None:
    runs, previous, amiss = ROLLED_BACK[what]
    engine(bench, runs=runs, previous=previous)
    fault = BadImage("api", "crashes")
    assert isinstance(fault, Settling)
    assert fault.amiss(bench) == amiss


@pytest.mark.parametrize(
    ("image", "previous"),
    [
        ("finchat-api:latest", "finchat-api:previous"),
        ("finchat-api", "finchat-api:previous"),
        ("registry.example:5000/team/finchat-api:2.0", "registry.example:5000/team/finchat-api:previous"),
    ],
)
def test_the_image_before_has_the_same_name(image: str, previous: str) -> None:
    assert Deployed("finchat-api", image, "api", "/x", 8000).previous == previous


def test_a_container_that_compose_did_not_make_is_a_sentence(bench: FaultBench) -> None:
    bench.host.stub("docker", "echo 'finchat-api:latest|||'")
    with pytest.raises(
        FaultError, match=r"^finchat-api was not made by compose with a published port: deploy it by the"
    ):
        BadImage("api", "crashes").inject(bench)


def test_a_deployment_without_a_configuration_in_git_is_not_fit_for_a_bad_one(bench: FaultBench) -> None:
    engine(bench)
    bench.host.stub("git", "true")
    bench.host.put(f"{DEPLOYMENT}/docker-compose.yml", "")
    fault = BadConfig()
    assert isinstance(fault, Particular)
    assert fault.unfit(bench) == "it has no config/*.env under git, of which a commit could be bad"
    bench.host.stub("git", "echo config/finchat.env")
    assert fault.unfit(bench) is None


@pytest.mark.parametrize(("restarts", "status", "witnessed"), [(3, "000", True), (0, "000", False), (3, "200", False)])
def test_a_bad_configuration_is_witnessed_by_the_engine(
    restarts: int, status: str, witnessed: bool, bench: FaultBench
) -> None:
    engine(bench, restarts=restarts, status=status)
    said = BadConfig().witness(bench)
    assert (said is not None) is witnessed
    assert said is None or said.endswith("its last words: PYTHONHOME = /opt/python")


@pytest.mark.parametrize(("entry", "witnessed"), [("[false]", True), ("[]", False)])
def test_a_bad_commit_is_witnessed_by_the_entry_point_that_the_engine_has(
    entry: str, witnessed: bool, bench: FaultBench
) -> None:
    engine(bench, restarts=3, entry=entry)
    assert (BadCommit().witness(bench) is not None) is witnessed


def test_the_hash_of_a_bad_commit_is_found_by_its_subject_also_after_a_revert(bench: FaultBench) -> None:
    engine(bench)
    bench.host.put(f"{DEPLOYMENT}/docker-compose.yml", "")
    bench.host.stub("git", f"echo '3333333 Revert \"{SUBJECT}\"'; echo '2222222 {SUBJECT}'; echo '1111111 The first'")
    fault = BadCommit()
    assert isinstance(fault, Telling)
    assert fault.told(bench) == {"commit-hash": "2222222"}


def test_a_commit_that_is_not_there_is_a_sentence(bench: FaultBench) -> None:
    engine(bench)
    bench.host.put(f"{DEPLOYMENT}/docker-compose.yml", "")
    bench.host.stub("git", "echo '1111111 The first'")
    with pytest.raises(FaultError, match="None of the last ten commits is called"):
        BadCommit().told(bench)
