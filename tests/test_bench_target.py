"""The target of a bench as a file: every target comes back as it was, at the bench's own addresses."""

import math
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from checks.target import Edgar, OpenAI, Target
from checks.target_file import BUILT_IN, parse_target
from drills.bench.deployment import REFERENCE
from drills.bench.target import as_toml, seen_from_here

FILES = {path.stem: path for path in (*sorted(BUILT_IN.glob("*.toml")), REFERENCE / "target.toml")}
BARE = 'name = "bare"\n[api]\nurl = "http://localhost:8000"\n'
URLS = {"api": "http://127.0.0.1:31001", "webapp": "http://127.0.0.1:31002"}
UPSTREAMS = {
    "data.sec.gov": "https://127.0.0.1:32001",
    "www.sec.gov": "https://127.0.0.1:32002",
    "api.openai.com": "https://127.0.0.1:32003",
}
PREFIX = ("docker", "exec", "--user", "finchat", "0a1b")


def moved(text: str) -> Target:
    target = parse_target(text, source="before")
    return seen_from_here(target, urls=URLS, upstream_urls=UPSTREAMS, prefix=PREFIX)


def read_back(target: Target) -> Target:
    return parse_target(as_toml(target), source="after")


@pytest.mark.parametrize("name", FILES)
def test_a_target_that_is_written_is_the_one_that_is_read(name: str) -> None:
    target = moved(FILES[name].read_text())
    assert read_back(target) == target


@pytest.mark.parametrize("name", FILES)
def test_nothing_of_a_target_leads_anywhere_but_to_the_bench(name: str) -> None:
    target = moved(FILES[name].read_text())
    assert (target.api.url, target.webapp and target.webapp.url) == (URLS["api"], URLS["webapp"])
    assert target.edgar
    upstreams = [target.edgar.data_url, target.edgar.www_url, *([target.openai.url] if target.openai else [])]
    assert {urlsplit(url).hostname for url in upstreams} == {"127.0.0.1"}
    looked_at = (target.containers, target.host, target.logs)
    assert {part.prefix for part in looked_at if part} == {PREFIX}


@pytest.mark.parametrize("name", FILES)
def test_all_else_of_a_target_stays(name: str) -> None:
    before, after = parse_target(FILES[name].read_text(), source="before"), moved(FILES[name].read_text())
    for part in ("name", "timeout_s", "question", "metrics", "objectives", "environment"):
        assert getattr(after, part) == getattr(before, part)
    assert (after.api.query, after.secret_names()) == (before.api.query, before.secret_names())


def test_what_a_target_has_not_it_has_not_on_a_bench() -> None:
    target = moved(BARE)
    absent = (target.webapp, target.edgar, target.openai, target.containers, target.host, target.logs, target.metrics)
    assert absent == (None,) * 7
    assert read_back(target) == target


def test_the_containers_of_a_bench_are_reached_by_its_prefix_alone() -> None:
    target = moved(f'{BARE}[containers]\nsocket = "/var/run/docker.sock"\nprefix = ["ssh", "production"]\n')
    assert target.containers
    assert (target.containers.socket, target.containers.prefix) == (None, PREFIX)
    assert read_back(target) == target


@dataclass(frozen=True)
class Moved:
    """An upstream's address in a target, and where it is on the bench."""

    before: str
    after: str


OPENAI = {
    "the usual path": Moved("https://api.openai.com/v1", "https://127.0.0.1:32003/v1"),
    "another version": Moved("https://api.openai.com/v2/", "https://127.0.0.1:32003/v2"),
    "another service with a path": Moved("https://x.example/openai/v1", "https://127.0.0.1:32003/openai/v1"),
    "a port": Moved("https://api.openai.com:443/v1", "https://127.0.0.1:32003/v1"),
    "no path": Moved("https://api.openai.com", "https://127.0.0.1:32003"),
}


@pytest.mark.parametrize("what", OPENAI)
def test_openai_keeps_its_path(what: str) -> None:
    case = OPENAI[what]
    assert moved(f'{BARE}[openai]\nurl = "{case.before}"\n').openai == OpenAI(url=case.after)


EDGAR = {
    "both names": (
        ("https://data.sec.gov", "https://www.sec.gov"),
        ("https://127.0.0.1:32001", "https://127.0.0.1:32002"),
    ),
    "one name for both": (("https://data.sec.gov",) * 2, ("https://127.0.0.1:32001",) * 2),
    "a mirror with a path": (
        ("https://mirror.example/data", "https://mirror.example/www"),
        ("https://127.0.0.1:32001/data", "https://127.0.0.1:32002/www"),
    ),
}


@pytest.mark.parametrize("what", EDGAR)
def test_edgar_is_asked_under_the_names_that_the_target_has_for_it(what: str) -> None:
    (data, www), (data_here, www_here) = EDGAR[what]
    target = moved(f'{BARE}[edgar]\ndata_url = "{data}"\nwww_url = "{www}"\n')
    assert target.edgar == Edgar(data_url=data_here, www_url=www_here)


TEXTS = {
    "quotes": "\"What\" is 'risk'? '''x''' \"\"\"y\"\"\"",
    "backslashes": "C:\\temp\\new \\u0041",
    "other letters": "Qué, 何が, Ω",
    "what two halves are in JSON": "👍 𝄞",
    "lines and tabs": "one\ntwo\r\n\tthree",
    "control characters": "\x01\x1f\x7f\x85\u2028",
    "a comment": "# none",
    "nothing": "",
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_text_comes_back_as_it_was(what: str, tmp_path: Path) -> None:
    replace = msgspec.structs.replace
    target = moved(f"{BARE}[host]\n")
    assert target.host
    target = replace(
        target,
        description=TEXTS[what],
        question=replace(target.question, text=TEXTS[what]),
        host=replace(target.host, disks=("/", TEXTS[what])),
    )
    file = tmp_path / "target.toml"
    file.write_text(as_toml(target), newline="")
    assert parse_target(file.read_bytes().decode(), source="after") == target


@pytest.mark.parametrize("number", ["1e-7", "2.5e17", "inf", "3", "0.1"])
def test_a_number_comes_back_as_it_was(number: str) -> None:
    target = moved(f"{BARE}[objectives]\napi_p95_s = {number}\n")
    assert read_back(target).objectives.api_p95_s == float(number)
    assert float(number) <= math.inf
