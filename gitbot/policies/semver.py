"""The semver ordering: tags that are versions, in a range, the greatest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from gitbot.policies.candidates import Candidate, Dropped, Standing, tag_bytes
from gitbot.policies.ranges import InvalidRangeError, Range, parse_range
from gitbot.policies.traps import Seen, warnings_about, warnings_for
from gitbot.policies.versions import Key, Version, parse_tag, read_tag

__all__ = ["InvalidRangeError", "Range", "Semver", "Version", "latest", "parse_range", "parse_tag", "warnings_for"]


@dataclass(frozen=True, slots=True)
class Semver:
    """Elects the greatest version in a range. Of equal versions (`1.0.0`, `v1.0.0`) the bytewise greatest tag wins."""

    accepted: Range

    @classmethod
    def of(cls, text: str) -> Semver:
        """Parse the range; raises `InvalidRangeError`."""
        return cls(parse_range(text))

    def stand(self, candidates: Sequence[Candidate]) -> Standing:
        """Rank the candidates that are versions and in the range."""
        ranked: list[tuple[Key, bytes, Candidate, Version]] = []
        dropped: list[Dropped] = []
        hidden: list[Seen] = []
        for candidate in candidates:
            version = read_tag(candidate.key)
            reason = version if isinstance(version, str) else self.accepted.refusal(version)
            if isinstance(version, Version) and not reason:
                ranked.append((version.precedence, tag_bytes(candidate.tag), candidate, version))
                continue
            dropped.append(Dropped(candidate.tag, reason))
            if isinstance(version, Version) and self.accepted.hides(version):
                hidden.append(Seen(candidate.tag, version))
        ranked.sort(key=itemgetter(0, 1), reverse=True)
        return Standing(
            ranked=tuple(entry[2] for entry in ranked),
            dropped=tuple(dropped),
            equals=tuple(entry[2].tag for entry in ranked[1:] if entry[0] == ranked[0][0]),
            warnings=(
                *warnings_for(self.accepted),
                *warnings_about([Seen(entry[2].tag, entry[3]) for entry in ranked], hidden),
            ),
        )


def latest(tags: Iterable[str], accepted: Range) -> str | None:
    """Return the tag of the greatest accepted version, of equal ones the bytewise greatest tag; None for none."""
    best: tuple[Key, str] | None = None
    for tag in tags:
        version = parse_tag(tag)
        if version is not None and accepted.accepts(version):
            rank = (version.precedence, tag)
            best = rank if best is None else max(best, rank)
    return best[1] if best else None
