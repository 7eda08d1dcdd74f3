"""EDGAR is out, in the morning: the lists of filings that the cache has are of yesterday."""

from drills.faults.edgar_timeout import EdgarTimeout
from drills.faults.edgar_unavailable import EdgarUnavailable
from drills.faults.old_cache import YESTERDAYS_LISTS, WithOldCache


class EdgarOutage(WithOldCache):
    """EDGAR never answers, and every question needs it."""

    name = "EDGAR outage"

    def __init__(self) -> None:
        super().__init__(EdgarTimeout(), YESTERDAYS_LISTS)


class EdgarMaintenance(WithOldCache):
    """EDGAR answers 503, and every question needs it."""

    name = "EDGAR maintenance"

    def __init__(self) -> None:
        super().__init__(EdgarUnavailable(), YESTERDAYS_LISTS)
