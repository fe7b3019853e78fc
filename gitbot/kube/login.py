"""Who we are to a cluster: a token and a client certificate, from files that are read again or from a plugin."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gitbot.secret import Secret
from gitbot.transport.tls import ClientCertificate

# Tokens of service accounts are replaced while they are valid for some more minutes; the official client looks as often.
FILES_S = 60.0
_EARLY_S = 10.0


@dataclass(frozen=True, slots=True)
class Credential:
    """What is shown to the API server; both may be missing."""

    token: Secret | None = field(default=None, repr=False)
    client: ClientCertificate | None = field(default=None, repr=False)

    @property
    def authorization(self) -> str:
        """The value of the header, "" without a token."""
        return f"Bearer {self.token.reveal()}" if self.token else ""


Look = Callable[[], tuple[Credential, float]]


class Login:
    """A credential that is looked up when wanted and kept until shortly before it ends. Shared by threads.

    `look` gives the credential and for how many seconds it is good, `math.inf` for ever.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._kept: Credential | None = None
        self._until = 0.0

    def get(self) -> Credential:
        """The credential; raises what looking it up raises."""
        with self._lock:
            if self._kept is None or time.monotonic() >= self._until:
                self._kept, lasts_s = self._look()
                self._until = time.monotonic() + max(lasts_s - _EARLY_S, lasts_s / 2)
            return self._kept

    def renewed(self, refused: Credential) -> Credential:
        """The credential after one was refused: looked up again, unless another thread has done so already."""
        with self._lock:
            if self._kept == refused:
                self._kept = None
        return self.get()
