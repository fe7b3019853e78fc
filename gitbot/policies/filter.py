"""`exclusionList` and `filterTags`: which tags reach the ordering, and the text each is compared by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gitbot.policies.candidates import Candidate, Dropped, tag_bytes
from gitbot.policies.expansion import Template, parse_template
from gitbot.policies.pattern import Pattern, compile_pattern
from gitbot.printable import printable

# What Flux leaves out of every image repository that has no list of its own: signatures of cosign.
DEFAULT_EXCLUSION = (r"^.*\.sig$",)


@dataclass(frozen=True, slots=True)
class TagFilter:
    """A pattern a tag must match somewhere, and what is taken out of the match for the comparison (None: the tag)."""

    pattern: Pattern
    template: Template | None

    @classmethod
    def of(cls, pattern: str, extract: str = "") -> TagFilter:
        """Compile `filterTags`; raises `InvalidPatternError`."""
        compiled = compile_pattern(pattern)
        return cls(compiled, parse_template(extract, compiled.names) if extract else None)

    def key(self, tag: str) -> str | None:
        """Return the text the tag is compared by; None when the pattern does not match it."""
        groups = self.pattern.search(tag)
        if groups is None:
            return None
        return self.template.expand(groups) if self.template else tag

    def apply(self, tags: Iterable[str]) -> tuple[list[Candidate], list[Dropped]]:
        """Part the tags into candidates and dropped; of several with the same key the bytewise smallest tag stays."""
        kept: dict[str, Candidate] = {}
        dropped: list[Dropped] = []
        reason = f"does not match the filter {printable(self.pattern.text, 80)}"
        for tag in sorted(tags, key=tag_bytes):
            key = self.key(tag)
            if key is None:
                dropped.append(Dropped(tag, reason))
            elif key in kept:
                dropped.append(Dropped(tag, f"extracts {printable(key)!r} as {printable(kept[key].tag)} does"))
            else:
                kept[key] = Candidate(tag, key)
        return list(kept.values()), dropped


def exclude(tags: Iterable[str], patterns: tuple[Pattern, ...]) -> tuple[list[str], list[Dropped]]:
    """Leave out every tag that one of the patterns matches somewhere, as `exclusionList` does."""
    kept: list[str] = []
    dropped: list[Dropped] = []
    for tag in tags:
        hit = next((pattern for pattern in patterns if pattern.search(tag) is not None), None)
        if hit is None:
            kept.append(tag)
        else:
            dropped.append(Dropped(tag, f"excluded by {printable(hit.text, 80)}"))
    return kept, dropped
