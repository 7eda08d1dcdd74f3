"""What each way to fail looks like from the API's network: specific, so that one is not taken for another.

A sign gives in a few words what it recognises in an answer, and None where that is something else.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from drills.bench.interface import BenchView
from drills.faults.answer_view import Seen, see

Sign: TypeAlias = Callable[[Seen], str | None]

NO_SUCH_NAME, REFUSED, CUT_SHORT, TLS_FAILED, RECEIVE_FAILED, NOT_TRUSTED = 6, 7, 18, 35, 56, 60
"""curl's exit codes."""
OK = 200
PATIENCE_S = 3.0


def witnessed(bench: BenchView, urls: Sequence[str], sign: Sign, patience_s: float = PATIENCE_S) -> str | None:
    """What all `urls` show of the sign, in one sentence; None where one of them shows something else."""
    seen = see(bench, urls, patience_s=patience_s)
    shown = [(one.name, sign(one)) for one in seen]
    if not all(words for _, words in shown):
        return None
    return f"from the API's network: {'; '.join(f'{name} {words}' for name, words in shown)}"


def refused(seen: Seen) -> str | None:
    return "refuses the connection" if seen.curl_exit_code == REFUSED else None


def reset(seen: Seen) -> str | None:
    """A reset in the handshake or after it, in the kernel's words: other trouble with TLS has the same exit code."""
    ended = seen.curl_exit_code in (TLS_FAILED, RECEIVE_FAILED) and "reset by peer" in seen.said.lower()
    return (
        f"resets the connection after {seen.seconds:.2f} s (curl's exit code {seen.curl_exit_code})" if ended else None
    )


def no_such_name(seen: Seen) -> str | None:
    return "has no address" if seen.curl_exit_code == NO_SUCH_NAME else None


def certificate_expired(seen: Seen) -> str | None:
    expired = seen.curl_exit_code == NOT_TRUSTED and "expired" in seen.said
    return "shows a certificate that has expired" if expired else None


def cut_short(seen: Seen) -> str | None:
    short = seen.curl_exit_code == CUT_SHORT and seen.size_bytes > 0
    return f"ends after {seen.size_bytes} bytes, short of what it declared" if short else None


def not_json(seen: Seen) -> str | None:
    """A whole body with a good status that does not parse."""
    whole = seen.curl_exit_code == 0 and seen.status == OK and seen.size_bytes > 0
    return f"answers 200 with {seen.size_bytes} bytes that are not JSON" if whole and not seen.is_json else None


def status(wanted: int) -> Sign:
    """That status, whole."""

    def sign(seen: Seen) -> str | None:
        return f"answers {wanted}" if seen.curl_exit_code == 0 and seen.status == wanted else None

    return sign


def late(least_s: float) -> Sign:
    """A good answer, and not before `least_s`."""

    def sign(seen: Seen) -> str | None:
        good = seen.curl_exit_code == 0 and seen.status == OK and seen.seconds >= least_s
        return f"answers 200 after {seen.seconds:.2f} s" if good else None

    return sign


def dripping(most_bytes_s: float) -> Sign:
    """A whole good answer, whose body came no faster than that once the answer had begun."""

    def sign(seen: Seen) -> str | None:
        good = seen.curl_exit_code == 0 and seen.status == OK and seen.size_bytes > 0
        took_s = seen.seconds - seen.first_byte_s
        slow = good and took_s > 0 and seen.size_bytes / took_s <= most_bytes_s
        return f"gave the {seen.size_bytes} bytes of its answer in {took_s:.1f} s" if slow else None

    return sign
