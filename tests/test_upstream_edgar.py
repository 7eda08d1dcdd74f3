"""The EDGAR stand-in as a process: shapes, fair access, rate limit, faults, admin port."""

import json
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from drills.bench.upstreams import catalogue
from drills.bench.upstreams.edgar import declared

USER_AGENT = "Upstream-Tests tests@finchat.example"
ACME = "/submissions/CIK0009900001.json"
TICKERS = "/files/company_tickers.json"
ACME_10_K = "/Archives/edgar/data/9900001/000990000126000003/acme-20251231.htm"
COMMAND = [sys.executable, "-m", "drills.bench.upstreams.edgar"]


class Edgar:
    """A running stand-in: a client of its public port that declares itself, and one of its admin port."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        ports = json.loads(process.stdout.readline())
        self.name = ports["name"]
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{ports['port']}", headers={"User-Agent": USER_AGENT})
        self.admin = httpx.Client(base_url=f"http://127.0.0.1:{ports['admin_port']}")

    def close(self) -> None:
        self.client.close()
        self.admin.close()
        self.process.kill()
        self.process.communicate(timeout=5)


def start() -> Edgar:
    return Edgar(subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))


@pytest.fixture(scope="module")
def process() -> Iterator[Edgar]:
    running = start()
    yield running
    running.close()


@pytest.fixture
def edgar(process: Edgar) -> Edgar:
    process.admin.post("/reset").raise_for_status()
    return process


def test_every_ticker_leads_to_its_submissions_and_those_to_a_filing(edgar: Edgar) -> None:
    companies = edgar.client.get(TICKERS).json()
    by_ticker = {company["ticker"]: company for company in companies.values()}
    assert {"ACME", "BOLT", "CRNK", "SYN0001", "SYN2000"} <= set(by_ticker)
    assert len(by_ticker) == 2003
    for ticker in ("BOLT", "SYN2000"):
        cik = by_ticker[ticker]["cik_str"]
        recent = edgar.client.get(f"/submissions/CIK{cik:010d}.json").json()["filings"]["recent"]
        assert len({len(column) for column in recent.values()}) == 1, "all columns are equally long"
        index = recent["form"].index("10-K")
        accession = recent["accessionNumber"][index].replace("-", "")
        filing = edgar.client.get(f"/Archives/edgar/data/{cik}/{accession}/{recent['primaryDocument'][index]}")
        assert filing.status_code == 200
        assert by_ticker[ticker]["title"] in filing.text
        assert len(filing.content) == recent["size"][index]


def test_all_paths_are_served_at_any_host_name(edgar: Edgar) -> None:
    for host in ("data.sec.gov", "www.sec.gov"):
        for path in (TICKERS, ACME, ACME_10_K):
            assert edgar.client.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/submissions/CIK0000000001.json",
        "/submissions/CIK1.json",
        "/Archives/edgar/data/9900001/0/acme-20251231.htm",
    ],
)
def test_what_is_not_there_is_404(edgar: Edgar, path: str) -> None:
    answer = edgar.client.get(path)
    assert (answer.status_code, "NoSuchKey" in answer.text) == (404, True)


def test_every_filing_has_paragraphs_that_stand_in_one_run_and_sections_and_figures() -> None:
    filings = [filing for company in list(catalogue.companies())[:13] for filing in company.filings]
    assert {filing.form for filing in filings} == {"10-K", "10-Q"}
    for filing in filings:
        text = filing.html().decode()
        paragraphs = re.findall(r"<p>([^<>&\n]+)</p>", text)
        assert len(paragraphs) == text.count("<p")
        assert "<h2>Item 1A. Risk Factors</h2>" in text
        assert re.search(r"[Rr]evenue[^<]* was \$[\d,.]+", text)


def test_a_generated_filing_is_always_the_same_and_like_no_other() -> None:
    def documents() -> list[bytes]:
        return [filing.html() for company in catalogue.companies() for filing in company.filings]

    assert documents() == documents()
    assert len(set(documents())) == len(documents())


@pytest.mark.parametrize(
    ("user_agent", "is_declared"),
    [
        ("", False),
        ("python-httpx/0.28.1", False),
        ("python-requests/2.32", False),
        ("Python/3.11 aiohttp/3.9", False),
        ("curl/8.5.0", False),
        ("FinChat-SEC-QA admin@finchat.example", True),
        ("python-httpx/0.28.1 (admin@finchat.example)", True),
        ("Mozilla/5.0 (X11; Linux x86_64)", True),
    ],
)
def test_a_library_s_own_name_declares_nobody(user_agent: str, is_declared: bool) -> None:
    assert declared(user_agent) is is_declared


def test_a_caller_who_does_not_declare_itself_is_refused(edgar: Edgar) -> None:
    answer = edgar.client.get(TICKERS, headers={"User-Agent": "python-httpx/0.28.1"})
    assert answer.status_code == 403
    assert "Undeclared Automated Tool" in answer.text


def test_beyond_ten_requests_a_second_429_and_then_the_threshold_page(edgar: Edgar) -> None:
    statuses = [edgar.client.get(ACME) for _ in range(22)]
    assert [answer.status_code for answer in statuses] == [200] * 10 + [429] * 10 + [403] * 2
    assert statuses[10].headers["Retry-After"] == "1"
    assert "Request Rate Threshold Exceeded" in statuses[21].text
    edgar.admin.post("/reset")
    assert edgar.client.get(ACME).status_code == 200


@pytest.mark.parametrize(("status", "shown"), [(429, "Rate Threshold"), (403, "Rate Threshold"), (503, "unavailable")])
def test_a_rule_gives_the_next_requests_its_status(edgar: Edgar, status: int, shown: str) -> None:
    edgar.admin.post("/rules", json={"match": "/submissions", "status": status, "count": 1})
    assert edgar.client.get(TICKERS).status_code == 200
    refused = edgar.client.get(ACME)
    assert (refused.status_code, shown in refused.text) == (status, True)
    assert edgar.client.get(ACME).status_code == 200


def test_a_delay_comes_before_the_answer(edgar: Edgar) -> None:
    edgar.admin.post("/rules", json={"delay_s": 0.3})
    with pytest.raises(httpx.ReadTimeout):
        edgar.client.get(ACME, timeout=0.1)
    began_s = time.monotonic()
    assert edgar.client.get(ACME, timeout=5).status_code == 200
    assert time.monotonic() - began_s >= 0.3


def test_a_malformed_body_is_whole_and_cannot_be_parsed(edgar: Edgar) -> None:
    edgar.admin.post("/rules", json={"body": "malformed"})
    answer = edgar.client.get(ACME)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    with pytest.raises(UnicodeDecodeError):
        edgar.client.get(ACME_10_K).content.decode()


def test_a_truncated_body_ends_before_its_declared_length(edgar: Edgar) -> None:
    edgar.admin.post("/rules", json={"body": "truncated"})
    with pytest.raises(httpx.RemoteProtocolError):
        edgar.client.get(ACME_10_K)
    with edgar.client.stream("GET", ACME_10_K) as answer:
        assert int(answer.headers["Content-Length"]) == len((catalogue.FILINGS_DIR / "acme-20251231.htm").read_bytes())


def test_an_empty_body_is_a_success_without_content(edgar: Edgar) -> None:
    edgar.admin.post("/rules", json={"body": "empty"})
    answer = edgar.client.get(ACME)
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_oldest_rule_plays_first_and_delete_ends_them_all(edgar: Edgar) -> None:
    first = edgar.admin.post("/rules", json={"status": 500, "count": 1})
    second = edgar.admin.post("/rules", json={"status": 503})
    assert (first.status_code, first.json()["id"] < second.json()["id"]) == (201, True)
    assert [edgar.client.get(ACME).status_code for _ in range(3)] == [500, 503, 503]
    assert [rule["status"] for rule in edgar.admin.get("/state").json()["rules"]] == [503]
    assert edgar.admin.delete("/rules").status_code == 204
    assert edgar.client.get(ACME).status_code == 200


def test_it_counts_what_it_was_asked_whatever_it_answered(edgar: Edgar) -> None:
    edgar.client.get(ACME)
    edgar.admin.post("/rules", json={"status": 503})
    edgar.client.get(ACME)
    edgar.client.get(TICKERS, headers={"User-Agent": ""})
    seen = edgar.admin.get("/seen").json()
    assert seen == {"total": 3, "by_path": {ACME: 2, TICKERS: 1}, "by_status": {"200": 1, "503": 2}}
    assert edgar.admin.get("/state").json()["seen"] == seen
    assert edgar.admin.delete("/seen").status_code == 204
    assert edgar.admin.get("/seen").json()["total"] == 0


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/rules", {"status": 99}, "status: "),
        ("/rules", {"delay_s": -1}, "delay_s: "),
        ("/rules", {"delay_s": 100_000}, "delay_s: "),
        ("/rules", {"body": "odd"}, "body: "),
        ("/rules", {"count": 0}, "count: "),
        ("/rules", {"match": "submissions"}, "begin with '/'"),
        ("/rules", {"stauts": 500}, "stauts: "),
        ("/rules", {"error": "insufficient_quota"}, "Give a status instead"),
        ("/rules", [], "JSON object"),
        ("/keys/revoke", {"key": "sk-a"}, "takes no keys"),
    ],
)
def test_bad_input_at_the_admin_port_is_422_with_a_sentence(edgar: Edgar, path: str, body: object, said: str) -> None:
    answer = edgar.admin.post(path, json=body)
    assert (answer.status_code, said in answer.json()["error"]) == (422, True), answer.text
    assert edgar.admin.get("/state").json()["rules"] == []


def test_sigterm_ends_it_at_once_with_code_0_even_in_a_delay() -> None:
    running = start()
    try:
        assert running.name == "edgar"
        running.admin.post("/rules", json={"delay_s": 60})
        with pytest.raises(httpx.ReadTimeout):
            running.client.get(ACME, timeout=0.1)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=2) == 0
    finally:
        running.close()


def test_it_speaks_tls_with_a_certificate(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*make, *names], check=True, capture_output=True, timeout=10)
    command = [*COMMAND, "--certfile", str(cert), "--keyfile", str(key)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            ports = json.loads(process.stdout.readline())
            answer = httpx.get(
                f"https://localhost:{ports['port']}{TICKERS}",
                headers={"User-Agent": USER_AGENT},
                verify=ssl.create_default_context(cafile=str(cert)),
            )
            assert answer.status_code == 200
            assert httpx.get(f"http://127.0.0.1:{ports['admin_port']}/seen").json()["total"] == 1
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--expired-file", "x.pem"], "give --certfile and --keyfile too"),
        (["--certfile", "x.pem"], "go together"),
        (["--certfile", "/nowhere.pem", "--keyfile", "/nowhere.pem"], "is not a file"),
        (["--port", "99999"], "is not a port"),
    ],
)
def test_bad_arguments_end_it_with_one_clear_line(arguments: list[str], said: str) -> None:
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=10, check=False)
    assert ended.returncode != 0
    assert said in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
