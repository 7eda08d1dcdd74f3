"""What msgspec says of a TOML file that is not as it should be, in our words. Pure."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence

NOTHING_INSTEAD: Mapping[str, str] = {}


def explained(
    message: str,
    known_in: Callable[[str], Sequence[str]],
    *,
    cutoff: float,
    instead: Mapping[str, str] = NOTHING_INSTEAD,
) -> str:
    """msgspec's message with the section in front and, for an unknown key, the nearest that exists.

    `known_in`: the keys of a section ("": of the file). `cutoff`: how near is near, 0 to 1. `instead`: what is said of
    a message that holds such words.
    """
    text, _, where = message.partition(" - at `")
    section = where.removeprefix("$").strip("`.")
    place = f"{section}: " if section else ""
    if said := next((said for words, said in instead.items() if words in text), None):
        return f"{place}{said}"
    unknown = re.search(r"unknown field `(.*)`", text)
    if not unknown:
        return f"{place}{text[0].lower()}{text[1:]}"
    key, known = unknown[1], known_in(section)
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=cutoff)
    mend = f"did you mean {nearest[0]!r}?" if nearest else f"known here: {', '.join(known)}"
    return f"{place}unknown key {key!r}; {mend}"
