"""The right to run one automation: what a lease says, whichever database keeps it."""

from __future__ import annotations

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
