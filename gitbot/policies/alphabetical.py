"""The alphabetical ordering: plain comparison of bytes, no locale, no natural order of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gitbot.policies.candidates import Candidate, Standing, tag_bytes

Direction = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class Alphabetical:
    """`asc` elects the last in byte order (the newest of dates), `desc` the first."""

    direction: Direction = "asc"

    def stand(self, candidates: Sequence[Candidate]) -> Standing:
        """Rank by the bytes of the key; keys differ, so there are no ties."""
        ranked = sorted(candidates, key=lambda candidate: tag_bytes(candidate.key), reverse=self.direction == "asc")
        return Standing(ranked=tuple(ranked))
