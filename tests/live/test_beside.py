"""Two benches side by side on one engine: each answers at an address of its own, and both are gone at the end."""

import httpx

from drills.bench.beside import benches_of
from drills.bench.engine import connect
from drills.bench.options import Choice

WITHIN_S = 10.0


def test_two_builds_stand_side_by_side_and_each_answers() -> None:
    said: list[str] = []
    with benches_of([Choice(), Choice()], said.append) as both:
        targets = [one.ground.target for one in both]
        assert len({target.api.url for target in targets}) == 2
        assert both[0].ground.environ["FINCHAT_TOKEN"] == both[1].ground.environ["FINCHAT_TOKEN"]
        for target in targets:
            with httpx.Client(base_url=target.api.url, timeout=WITHIN_S, trust_env=False) as client:
                assert client.get("/health").status_code == 200
                asked = {"question": target.question.text, "ticker": target.question.ticker}
                answer = client.post(str(target.api.path("query")), json=asked)
            assert answer.status_code == 200 and answer.json()["answer"]
        run_id = both[0].target_file.parent.name.rpartition("-")[0]
        assert any(run_id in one.name for one in connect().containers.list())
    assert not any(run_id in one.name for one in connect().containers.list(all=True))
