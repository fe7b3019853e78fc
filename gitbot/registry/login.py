"""Credentials that do not last: looked up when they are wanted, kept for a while, forgotten when they are refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from gitbot.registry.credentials import Credential

LONGEST_S = 3600.0
_USED = 0.8


@dataclass(frozen=True, slots=True)
class Login:
    """A credential and how many seconds it is valid."""

    credential: Credential | None
    lasts_s: float


class Kept:
    """A credential that is looked up when wanted and kept for 80 % of its life, an hour at most. Shared by threads."""

    def __init__(self, look: Callable[[], Login]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._login: Login | None = None
        self._until = 0.0

    def get(self) -> Credential | None:
        """The credential; raises what looking it up raises."""
        with self._lock:
            if self._login is None or time.monotonic() >= self._until:
                self._login = self._look()
                self._until = time.monotonic() + min(_USED * self._login.lasts_s, LONGEST_S)
            return self._login.credential

    def forget(self) -> None:
        """Look it up again the next time: it was refused."""
        with self._lock:
            self._login = None
