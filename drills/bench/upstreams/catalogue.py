"""The companies and filings that the EDGAR stand-in knows. All are invented; the SEC has not given out their CIKs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from drills.bench.upstreams import synthetic

FILINGS_DIR = Path(__file__).parent / "filings"


@dataclass(frozen=True)
class Filing:
    """One filing. `html` gives its primary document, which is made or read when somebody asks for it."""

    accession: str
    form: str
    filed: str
    period: str
    document: str
    html: Callable[[], bytes]


@dataclass(frozen=True)
class Company:
    cik: int
    ticker: str
    name: str
    sic: str
    sic_description: str
    state: str
    filings: tuple[Filing, ...]


def companies() -> Iterator[Company]:
    """Three companies with hand-written filings, newest first, then SYN0001 to SYN2000 with a generated one each."""
    yield _written(9_900_001, "ACME", "Acme Rivet Works Inc.", "3452", "Bolts, Nuts, Screws, Rivets and Washers", "OH")
    yield _written(9_900_002, "BOLT", "Bolt Freight Systems Corp.", "4213", "Trucking (No Local)", "TX")
    yield _written(9_900_003, "CRNK", "Crank Bicycle Components Ltd.", "3751", "Motorcycles, Bicycles and Parts", "OR")
    for number in range(1, synthetic.COUNT + 1):
        yield _generated(number)


def _written(cik: int, ticker: str, name: str, sic: str, sic_description: str, state: str) -> Company:
    def filing(form: str, serial: int, filed: str, period: str) -> Filing:
        document = f"{ticker.lower()}-{period.replace('-', '')}.htm"
        return Filing(f"{cik:010d}-26-{serial:06d}", form, filed, period, document, (FILINGS_DIR / document).read_bytes)

    quarterly = filing("10-Q", 14, "2026-08-06", "2026-06-30")
    annual = filing("10-K", 3, "2026-02-19", "2025-12-31")
    return Company(cik, ticker, name, sic, sic_description, state, (quarterly, annual))


def _generated(number: int) -> Company:
    cik = 9_910_000 + number
    ticker = f"SYN{number:04d}"
    annual = Filing(
        f"{cik:010d}-26-000001",
        "10-K",
        "2026-03-02",
        "2025-12-31",
        f"{ticker.lower()}-20251231.htm",
        lambda: synthetic.annual_report(number).encode(),
    )
    return Company(
        cik, ticker, synthetic.name(number), "3490", "Miscellaneous Fabricated Metal Products", "DE", (annual,)
    )
