"""How hard one host is pressed: so many calls at once, a pause when it asks for one, and few attempts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitbot.errors import Unavailable
from gitbot.transport.call import Answer, Deadline

if TYPE_CHECKING:
    from datetime import datetime

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_PAUSE = 3600.0
_FIRST_DELAY = 0.5


class Gate:
    """The gate in front of one host, shared by threads."""

    def __init__(self, host: str, width: int) -> None:
        self._host = host
        self._places = threading.Semaphore(width)
        self._closed_until = 0.0

    @contextmanager
    def passed(self, deadline: Deadline) -> Iterator[None]:
        """Wait for a place; raises Unavailable when none comes free before the deadline."""
        if not deadline.allows(0) or not self._places.acquire(timeout=deadline.left()):
            raise Unavailable(f"{self._host}: not asked within {deadline.seconds:g} s: other calls took so long")
        try:
            yield
        finally:
            self._places.release()

    def close_for(self, seconds: float) -> None:
        """Remember that the host asked for a pause; no call to it starts sooner, from any thread."""
        self._closed_until = max(self._closed_until, time.monotonic() + min(seconds, LONGEST_PAUSE))

    def wait(self) -> float:
        """Seconds until the host may be asked again, 0 when it may be asked now."""
        return max(0.0, self._closed_until - time.monotonic())


def retry_after(answer: Answer) -> float | None:
    """The seconds of a Retry-After header (RFC 9110 §10.2.3), None when there is no usable one.

    A date is compared with the answer's own Date header, so that no clock has to agree with another.
    """
    text = answer.header("retry-after").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:10]), LONGEST_PAUSE)
    then, now = _date(text), _date(answer.header("date"))
    if then is None or now is None or (then.tzinfo is None) != (now.tzinfo is None):
        return None
    return min(max(0.0, (then - now).total_seconds()), LONGEST_PAUSE)


def _date(text: str) -> datetime | None:
    if not text:
        return None
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None


def delay(attempt: int) -> float:
    """Seconds to wait after this attempt (1, 2, ...) when the server named none."""
    return float(_FIRST_DELAY * 3 ** (attempt - 1))
