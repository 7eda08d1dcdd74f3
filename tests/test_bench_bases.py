"""What images are made from, where it cannot be had: one sentence with the mend, from commands that are not ours."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from drills.bench.images import bases
from drills.bench.images.bases import MaterialError, debian_root, python_packages, toxiproxy_server

Command = Callable[[str, str], Path]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Makes a command in a PATH that holds no other."""
    place = tmp_path / "bin"
    place.mkdir()
    monkeypatch.setenv("PATH", str(place))

    def make(name: str, script: str) -> Path:
        file = place / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    return make


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(MaterialError) as error:
        act()
    return str(error.value)


def make_root(place: Path) -> str:
    return refused(lambda: debian_root(("python3", "curl"), place / "root.tar"))


@pytest.mark.parametrize(("user_id", "apt"), [(1000, True), (0, False)], ids=["not as root", "not on Debian"])
def test_without_mmdebstrap_it_is_asked_for(
    user_id: int, apt: bool, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if apt:
        command("apt-get", f"touch {tmp_path}/touched")
    monkeypatch.setattr(os, "geteuid", lambda: user_id)
    assert "install mmdebstrap (as root on Debian this is done for you)" in make_root(tmp_path)
    assert not (tmp_path / "touched").exists()


def test_as_root_on_debian_mmdebstrap_is_installed_and_the_way_back_is_said(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "bin" / "mmdebstrap"
    installs = f"echo '#!/bin/sh\necho \"$@\" >{tmp_path}/asked' >{made}; /bin/chmod +x {made}"
    command("apt-get", f'case "$1" in install) {installs};; esac')
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    debian_root(("python3", "curl"), tmp_path / "root.tar")
    asked = (tmp_path / "asked").read_text()
    assert "--include=usr-is-merged,python3,curl bookworm" in asked
    assert asked.strip().endswith("/root.tar")
    assert "undo: apt-get remove mmdebstrap" in capsys.readouterr().out


APT: dict[str, tuple[str, str]] = {
    "update": ("the list of Debian's packages cannot be fetched", "E: no network"),
    "install": ("mmdebstrap cannot be installed", "E: no network"),
}


@pytest.mark.parametrize("fails", APT)
def test_where_apt_fails_its_last_lines_are_told(
    fails: str, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command("apt-get", f'[ "$1" != {fails} ] || {{ echo "E: no network" >&2; exit 100; }}')
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    trouble, last = APT[fails]
    assert make_root(tmp_path) == f"{trouble} (exit code 100 of apt-get). Its last lines:\n{last}"


def test_where_mmdebstrap_fails_its_last_eight_lines_are_told(command: Command, tmp_path: Path) -> None:
    command("mmdebstrap", "for n in 1 2 3 4 5 6 7 8 9; do echo line $n >&2; done; exit 25")
    head, *lines = make_root(tmp_path).splitlines()
    assert head == "Debian's packages cannot be fetched (exit code 25 of mmdebstrap). Its last lines:"
    assert lines == [f"line {number}" for number in range(2, 10)]


def test_a_command_that_does_not_end_is_ended(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bases, "MMDEBSTRAP_BOUND_S", 0.2)
    command("mmdebstrap", "exec /bin/sleep 30")
    said = "mmdebstrap did not end within 0.2 s, so Debian's packages cannot be fetched: try again."
    assert make_root(tmp_path) == said


def test_a_command_that_cannot_be_run_is_one_sentence(command: Command, tmp_path: Path) -> None:
    command("mmdebstrap", "").write_text("#!/nonexistent/sh\n")
    said = "mmdebstrap cannot be run (No such file or directory), so Debian's packages cannot be fetched."
    assert make_root(tmp_path) == said


def packages(place: Path, command: Command, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(sys, "executable", str(command("python", script)))
    lock = place / "finchat.txt"
    lock.write_text("")
    python_packages(lock, place / "lib")


def test_where_pip_fails_its_last_lines_are_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "echo 'ERROR: No matching distribution found for fastapi' >&2; exit 1"
    said = refused(lambda: packages(tmp_path, command, monkeypatch, script))
    assert said.startswith("the packages of finchat.txt cannot be fetched (exit code 1 of ")
    assert said.endswith("Its last lines:\nERROR: No matching distribution found for fastapi")


def test_packages_are_for_debians_python_and_bring_no_scripts_of_this_one(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lib" / "bin").mkdir(parents=True)
    packages(tmp_path, command, monkeypatch, f'echo "$@" >{tmp_path}/asked')
    asked = (tmp_path / "asked").read_text()
    assert all(part in asked for part in ("--python-version 3.11 ", "--require-hashes ", "--only-binary=:all: "))
    assert not (tmp_path / "lib" / "bin").exists()


@pytest.mark.usefixtures("command")
def test_without_go_it_is_asked_for(tmp_path: Path) -> None:
    said = refused(lambda: toxiproxy_server(tmp_path))
    assert "(no `go` in PATH): install Go 1.23 or newer, or let the engine pull images." in said
    assert len(said.splitlines()) == 1


def test_where_go_fails_its_last_lines_are_told(command: Command, tmp_path: Path) -> None:
    command("go", "echo 'go: module requires go >= 1.23' >&2; exit 1")
    said = refused(lambda: toxiproxy_server(tmp_path))
    assert said.startswith("Toxiproxy's Go module cannot be built (exit code 1 of ")
    assert said.endswith("\ngo: module requires go >= 1.23")


def test_go_builds_one_static_binary_whatever_its_environment(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    command("go", 'echo "$CGO_ENABLED,$GOFLAGS,$*" >"$GOBIN/server"')
    said = toxiproxy_server(tmp_path).read_text()
    assert said.startswith("0,,install ")
    assert said.strip().endswith("github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0")
