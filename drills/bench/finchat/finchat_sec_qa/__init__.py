"""FinChat-SEC-QA: answers questions about SEC filings, with citations that quote the filing."""

__version__ = "2.1.0"
