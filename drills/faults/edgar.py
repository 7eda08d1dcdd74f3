"""Where EDGAR is: its links, and what a witness asks there."""

LINKS = ("edgar-data", "edgar-www")
PATH = "/files/company_tickers.json"
URLS = (f"https://data.sec.gov{PATH}", f"https://www.sec.gov{PATH}")
