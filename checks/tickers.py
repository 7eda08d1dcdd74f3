"""The companies that a check may ask about."""

import re
from collections.abc import Sequence

_COUNT_MAX = 100_000


def ticker_pool(spec: Sequence[str] | str) -> list[str]:
    """The tickers of a list, or of a range such as "SYN0001..SYN2000". ValueError for a range that is none."""
    if not isinstance(spec, str):
        return list(spec)
    parts = re.fullmatch(r"([A-Z]*)(\d+)\.\.\1(\d+)", spec)
    if not parts or int(parts[2]) > int(parts[3]):
        raise ValueError(f"{spec!r} is not a range of tickers; write one like 'SYN0001..SYN2000'")
    if int(parts[3]) - int(parts[2]) >= _COUNT_MAX:
        raise ValueError(f"{spec!r} names more than {_COUNT_MAX} companies; fewer will do")
    width = len(parts[2])
    return [f"{parts[1]}{number:0{width}}" for number in range(int(parts[2]), int(parts[3]) + 1)]
