"""Reading /metrics, the difference of two readings, and the file that keeps the last."""

import math
import threading
from pathlib import Path

import pytest

from checks.exchange import Answer, Exchange, NoAnswer
from checks.outcome import CheckFailed, CheckUnknown
from checks.scrape import Difference, Scrape, not_numbers, quantile_bounds, read_scrape
from checks.scrape_state import ScrapeState, compare_with_last
from checks.target import Metrics

METRICS = Metrics(requests="r_total", duration="d", probe_label="client")
QUERY = "/query"


def answer(text: str | bytes, status: int = 200) -> Answer:
    body = text.encode() if isinstance(text, str) else text
    return Answer("api", "GET", "http://a/metrics", status, {"content-type": "text/plain"}, body, 0.1, received_at=5.0)


def scrape(text: str) -> Scrape:
    return read_scrape(answer(text))


def requests(**counts: float) -> str:
    """r_total by status, `s200=5`; those of probes with a p in front, `p200=5`."""
    return "".join(
        f'r_total{{path="{QUERY}",status="{name[1:]}",client="{"probe" if name[0] == "p" else "user"}"}} {value}\n'
        for name, value in counts.items()
    )


def difference(before: str, after: str, metrics: Metrics = METRICS) -> Difference:
    return Difference(scrape(before), scrape(after), metrics)


@pytest.mark.parametrize(
    ("before", "after", "bad", "total"),
    [
        pytest.param(requests(s200=10, s500=1), requests(s200=25, s500=4), 3, 18, id="difference"),
        pytest.param(requests(s200=10), requests(s200=25, s500=4), 4, 19, id="a series that is new"),
        pytest.param(requests(s200=90, s500=9), requests(s200=5, s500=2), 2, 7, id="a counter that was reset"),
        pytest.param(requests(s200=1, p500=1), requests(s200=3, p500=50), 0, 2, id="our own probes"),
        pytest.param(requests(s200=5), requests(s200=5), 0, 0, id="nothing in between"),
        pytest.param(requests(s200=1), requests(s200=3, s503=1, s404=7), 1, 10, id="4xx is no server error"),
    ],
)
def test_server_errors_are_counted_in_the_time_between(before: str, after: str, bad: int, total: int) -> None:
    ratio = difference(before, after).server_errors()
    assert (ratio.bad, ratio.total) == (bad, total)
    if total:
        assert ratio.value == bad / total


def test_nothing_of_nothing_is_no_ratio() -> None:
    with pytest.raises(ZeroDivisionError):
        _ = difference(requests(s200=5), requests(s200=5)).server_errors().value


def test_the_askers_own_mistakes_are_no_failed_questions() -> None:
    found = difference(requests(s200=0), requests(s200=8, s404=5, s422=5, s429=1, s502=1)).failed_questions([QUERY])
    assert (found.bad, found.total) == (2, 10)
    assert difference(requests(s200=0), requests(s200=8)).failed_questions(["/other"]).total == 0


@pytest.mark.parametrize(
    ("metrics", "code"),
    [
        (Metrics(requests="no_such_total"), "metrics.no_series"),
        (Metrics(requests="r_total", status_label="code"), "metrics.no_label"),
    ],
)
def test_series_that_are_not_there_are_doubt_and_never_zero(metrics: Metrics, code: str) -> None:
    with pytest.raises(CheckUnknown) as unknown:
        difference(requests(s200=1), requests(s200=2), metrics).server_errors()
    assert unknown.value.reason.code == code


def histogram(*buckets: tuple[str, float]) -> str:
    return "# TYPE d histogram\n" + "".join(f'd_bucket{{le="{bound}"}} {count}\n' for bound, count in buckets)


EMPTY = histogram(("0.1", 0), ("1", 0), ("+Inf", 0))


@pytest.mark.parametrize(
    ("after", "low_s", "high_s"),
    [
        pytest.param(histogram(("0.1", 95), ("1", 100), ("+Inf", 100)), 0, 0.1, id="on the edge of a bucket"),
        pytest.param(histogram(("0.1", 94), ("1", 100), ("+Inf", 100)), 0.1, 1, id="inside a bucket"),
        pytest.param(histogram(("0.1", 90), ("1", 90), ("+Inf", 100)), 1, math.inf, id="beyond the last bound"),
        pytest.param(histogram(("+Inf", 100)), 0, math.inf, id="one bucket tells nothing"),
        pytest.param(EMPTY, 0, 0, id="no requests"),
    ],
)
def test_a_quantile_is_no_more_exact_than_its_bucket(after: str, low_s: float, high_s: float) -> None:
    assert quantile_bounds(difference(EMPTY, after).latency_buckets(), 0.95) == (low_s, high_s)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(histogram(("0.1", 90), ("1", 90)), id="without +Inf"),
        pytest.param(histogram(("fast", 90), ("+Inf", 90)), id="a bound that is no number"),
        pytest.param(histogram(("NaN", 90), ("+Inf", 90)), id="a bound that is NaN"),
        pytest.param('d_bucket{lee="1"} 5\nd_bucket{le="+Inf"} 5\n', id="a bucket without a bound"),
    ],
)
def test_a_histogram_that_is_none_is_not_judged_by(after: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        difference(EMPTY, after).latency_buckets()
    assert failed.value.reason.code == "metrics.malformed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "metrics.empty"),
        ("# nothing\n", "metrics.empty"),
        ("a\n", "metrics.malformed"),
        ('a{b="c} 1\n', "metrics.malformed"),
        ("a twelve\n", "metrics.malformed"),
        ('{"json": true}', "metrics.malformed"),
        ("<html>", "metrics.malformed"),
        (b"a 1\xff\n", "api.not_utf8"),
        (b"a 1\n" * 300_000, "metrics.too_large"),
    ],
)
def test_what_is_no_metrics_fails_with_its_reason(body: str | bytes, code: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        read_scrape(answer(body))
    assert failed.value.reason.code == code


def test_metrics_with_another_status_are_none() -> None:
    with pytest.raises(CheckFailed, match=r"metrics\.status"):
        read_scrape(answer("a 1\n", status=500))


def test_values_that_are_no_numbers_are_named() -> None:
    text = "# TYPE c counter\nc_total -1\n# TYPE g gauge\ng -1\n# TYPE n gauge\nn NaN\n# TYPE i gauge\ni +Inf\n"
    assert not_numbers(scrape(text)) == ["c_total", "n"]


def test_nan_in_a_counter_never_passes() -> None:
    with pytest.raises(CheckFailed, match=r"metrics\.not_a_number"):
        difference(requests(s200=1), requests(s200=50, s500=math.nan)).server_errors()


def kept(directory: Path) -> ScrapeState:
    return ScrapeState(directory, "http://a")


def test_a_reading_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    before = compare_with_last(kept(tmp_path), Exchange(answer(requests(s200=1))))
    after = compare_with_last(kept(tmp_path), Exchange(answer(requests(s200=4))))
    assert before.before is None
    assert after.since_last_run(METRICS).server_errors().total == 3


def test_the_first_reading_is_doubt(tmp_path: Path) -> None:
    traffic = compare_with_last(kept(tmp_path), Exchange(answer(requests(s200=1))))
    with pytest.raises(CheckUnknown, match=r"metrics\.first_reading"):
        traffic.since_last_run(METRICS)


def test_each_address_has_a_state_of_its_own(tmp_path: Path) -> None:
    compare_with_last(kept(tmp_path), Exchange(answer(requests(s200=1))))
    assert ScrapeState(tmp_path, "http://b").load() is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"taken_at": null, "samples": []}',
        b'{"taken_at": 1, "samples": [["a", [], null]]}',
        b'{"taken_at": 1, "samples": [["a", [["b"]], 1]]}',
    ],
)
def test_a_spoilt_state_is_no_state_and_never_zeros(content: bytes, tmp_path: Path) -> None:
    kept(tmp_path).path.write_bytes(content)
    assert kept(tmp_path).load() is None
    compare_with_last(kept(tmp_path), Exchange(answer(requests(s200=1))))
    assert kept(tmp_path).load() is not None


def test_what_cannot_be_read_leaves_the_last_reading(tmp_path: Path) -> None:
    compare_with_last(kept(tmp_path), Exchange(answer(requests(s200=1))))
    compare_with_last(kept(tmp_path), Exchange(NoAnswer("api", "refused", "nothing")))
    compare_with_last(kept(tmp_path), Exchange(answer("garbage {")))
    assert kept(tmp_path).load() == scrape(requests(s200=1))


def test_all_series_are_kept_however_many(tmp_path: Path) -> None:
    many = "".join(f'r_total{{status="200",path="/{number}"}} 7\n' for number in range(25_000))
    compare_with_last(kept(tmp_path), Exchange(answer(many)))
    later = compare_with_last(kept(tmp_path), Exchange(answer(many)))
    assert later.since_last_run(METRICS).server_errors().total == 0


def test_two_runs_at_once_leave_one_whole_state(tmp_path: Path) -> None:
    readings = [scrape(requests(s200=number)) for number in range(8)]
    threads = [threading.Thread(target=kept(tmp_path).save, args=(reading,)) for reading in readings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert kept(tmp_path).load() in readings
    assert [path.name for path in tmp_path.iterdir()] == [kept(tmp_path).path.name]
