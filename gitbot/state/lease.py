"""The right to run one automation: what a lease says, whichever database keeps it."""

from __future__ import annotations

import os
from typing import Protocol


class Lease(Protocol):
    """True when this run holds the lease; otherwise `holder` says who does, as far as it is known."""

    @property
    def holder(self) -> str:
        """Who holds it (`pid 4711 on build-7`), "" when that is not known."""

    def __bool__(self) -> bool:
        """Whether the lease was free and is now held by this run."""

    def still_held(self) -> bool:
        """Whether it is held at this moment: asked right before the push, since a connection may have been lost."""


class HeldElsewhere:
    """The answer to a run that came second."""

    def __init__(self, holder: str) -> None:
        self.holder = holder

    def __bool__(self) -> bool:
        return False

    def still_held(self) -> bool:
        """Never: it was not held in the first place."""
        return False


def key_of(*names: str) -> int:
    """The same signed 64-bit number for the same names on every machine and in every version: the key of a lock."""
    import hashlib  # not above: it loads OpenSSL, which a look at the records does not need

    spelled = b"\0".join([b"gitbot", *(name.encode() for name in names)])
    return int.from_bytes(hashlib.blake2b(spelled, digest_size=8).digest(), "big", signed=True)


def this_process() -> str:
    """How this process is named to a run that finds it holding a lease."""
    return f"pid {os.getpid()} on {os.uname().nodename}"
