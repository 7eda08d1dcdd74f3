"""The certificate that a stand-in shows, and the one that it can be told to show in its place."""

import asyncio
import json
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from drills.bench.certificates import issue
from drills.bench.upstreams.admin import admin_app
from drills.bench.upstreams.state import State

USER_AGENT = "Upstream-Tests tests@finchat.example"
ACME = "/submissions/CIK0009900001.json"
COMMAND = [sys.executable, "-m", "drills.bench.upstreams.edgar"]


def test_it_shows_new_connections_the_certificate_that_it_is_told_to(tmp_path: Path) -> None:
    files = issue(tmp_path, ("data.sec.gov",))
    command = [*COMMAND, "--certfile", str(files.certificate), "--keyfile", str(files.key)]
    command += ["--expired-file", str(files.expired)]
    trust = ssl.create_default_context(cafile=str(files.bundle))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            ports = json.loads(process.stdout.readline())
            admin, url = f"http://127.0.0.1:{ports['admin_port']}", f"https://127.0.0.1:{ports['port']}{ACME}"

            def ask() -> int:
                return httpx.get(url, headers={"User-Agent": USER_AGENT}, verify=trust).status_code

            assert ask() == 200
            assert httpx.post(f"{admin}/certificate", json={"expired": True}).json()["certificate_expired"] is True
            with pytest.raises(httpx.ConnectError, match="certificate has expired"):
                ask()
            httpx.post(f"{admin}/reset").raise_for_status()
            assert httpx.get(f"{admin}/state").json()["certificate_expired"] is False
            assert ask() == 200
        finally:
            process.kill()


def test_a_stand_in_with_one_certificate_has_no_other_to_show() -> None:
    async def asked() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(admin_app(State("edgar"), lambda fault: None))
        async with httpx.AsyncClient(transport=transport, base_url="http://edgar") as client:
            return await client.post("/certificate", json={"expired": True}), await client.get("/state")

    refused, state = asyncio.run(asked())
    assert refused.status_code == 422
    assert "start it with --expired-file" in refused.json()["error"]
    assert state.json()["certificate_expired"] is None
