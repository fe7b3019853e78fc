"""The `leveled` policy: elects tags of one level, and decides for each marker which change may be made unattended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from gitbot.image import ImageRef
from gitbot.policies.candidates import Dropped, tag_bytes
from gitbot.policies.decision import Apply, Current, Decision, Hold, Keep, NotReady
from gitbot.policies.leveled_tags import (
    LEVELS,
    SEPARATORS,
    SIZES,
    Level,
    LeveledTag,
    Size,
    older,
    parse,
    parse_written,
    size,
)
from gitbot.policies.ranges import Range
from gitbot.policies.versions import read_version
from gitbot.printable import printable

_PHRASE: Mapping[Size, str] = {"app": "another app version", "revision": "another revision", "build": "another build"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user chose, as in the configuration; `range` is parsed, None is every app version."""

    emit: Level = "long"
    automate: Literal["build", "revision", "app"] = "build"
    range: Range | None = None
    separators: tuple[str, ...] = SEPARATORS
    on_unparseable: Literal["hold", "apply"] = "hold"
    allow_downgrade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about single tags, beyond that they exist. Each is None when it is of no interest.

    `digests` gives the digest that is written with a tag. `labels` gives the image's version label; a tag without one
    counts as one that disagrees. `refused` gives why a guard refuses a tag, "" for one it allows; a tag that is not in it
    is refused.
    """

    digests: Mapping[str, str] | None = None
    labels: Mapping[str, str] | None = None
    refused: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The tags a policy may write, the best first, and every other tag with the reason why not, in byte order."""

    ranked: tuple[LeveledTag, ...]
    dropped: tuple[Dropped, ...]

    @property
    def fingerprint(self) -> str:
        """`sha256:…` of the candidates: markers may get another answer only when this is another."""
        text = "\n".join(sorted(tag.text for tag in self.ranked))
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def rank(tags: Iterable[str], options: Options) -> Ranking:
    """Put the tags that may be written in order. Pure; the order in which tags arrive never matters."""
    ranked: list[LeveledTag] = []
    dropped: list[Dropped] = []
    for tag in sorted(set(tags), key=tag_bytes):
        parsed = parse(tag, options.separators)
        if parsed is None:
            dropped.append(Dropped(tag, "not of the scheme APP, APP-revN, APP-revN-bM.K"))
        elif parsed.level != options.emit:
            dropped.append(Dropped(tag, f"a {parsed.level} tag, and the policy writes {options.emit} ones"))
        elif reason := _outside(parsed, options.range):
            dropped.append(Dropped(tag, reason))
        else:
            ranked.append(parsed)
    return Ranking(tuple(sorted(ranked, key=lambda tag: tag.key, reverse=True)), tuple(dropped))


def _outside(tag: LeveledTag, accepted: Range | None) -> str:
    """Say why an app version is not in the range; of four numbers and more the first three are looked at."""
    if accepted is None:
        return ""
    version = read_version(".".join(tag.app_text.split(".")[:3]))
    return version if isinstance(version, str) else accepted.refusal(version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leveled:
    """A `leveled` policy with the tags of its image, ready to be asked by each marker."""

    image: str
    options: Options
    ranking: Ranking
    facts: Facts = field(default_factory=Facts)

    def decide(self, current: Current | None) -> Decision:
        """Answer with the highest tag whose change is small enough, and hold a larger one.

        An older tag than the current one is never written unless downgrades are allowed. Without a current value the
        answer is the highest tag there is.
        """
        newest = next(self._open(), None)
        if newest is None:
            return NotReady(self._nothing())
        if current is None:
            return self._apply(newest)
        now = self._read(current)
        if isinstance(now, LeveledTag):
            return self._gate(now, newest)
        if self.options.on_unparseable == "apply":
            return self._apply(newest, notes=(f"{now}; {newest.text} is written, as onUnparseable says",))
        return Hold(now, self._ref(newest), "unparseable-current")

    def asks(self, current: Current | None) -> tuple[str, ...]:
        """The tags of which a fact is still missing and matters to the answer for this value.

        Look up what is of interest of them ("" for none), add it to the facts and ask again, until nothing is missing.
        """
        facts = self.facts
        apps, free = (
            {tag.text: tag.app_text for tag in self.ranking.ranked},
            {tag.text: "" for tag in self.ranking.ranked},
        )
        hopeful = Facts(
            labels=None if facts.labels is None else {**apps, **facts.labels},
            refused=None if facts.refused is None else {**free, **facts.refused},
        )
        answer = replace(self, facts=hopeful).decide(current)
        wanted = [answer.wanted.tag] if isinstance(answer, Hold) else []
        if isinstance(answer, Apply):
            wanted = [answer.image.tag, *([answer.held.wanted.tag] if answer.held else [])]
        known = [values for values in (facts.digests, facts.labels, facts.refused) if values is not None]
        return tuple(tag for tag in wanted if any(tag not in values for values in known))

    def _open(self) -> Iterator[LeveledTag]:
        """The tags that no guard refuses, the best first."""
        refused = self.facts.refused
        return (tag for tag in self.ranking.ranked if refused is None or refused.get(tag.text) == "")

    def _gate(self, now: LeveledTag, newest: LeveledTag) -> Decision:
        best = self._best(now)
        behind = older(newest, now) and not self.options.allow_downgrade
        held = None
        if not behind and (best is None or best.key[:3] < newest.key[:3]):
            held = self._hold(now, newest)
        if best is not None:
            notes = () if now.legal else (f"{_shown(now)} is not a legal image tag; {best.text} replaces it",)
            return self._apply(best, notes, held)
        if held is not None:
            return held
        text = f"{_shown(now)} is newer than every tag that may be written (the newest is {newest.text})"
        return Keep(f"{text}; it is not replaced by an older one", "downgrade")

    def _best(self, now: LeveledTag) -> LeveledTag | None:
        """Find the highest tag whose change may be made; of those equal in all numbers the current one, if it is one."""
        best: LeveledTag | None = None
        largest = SIZES.index(self.options.automate)
        for tag in self._open():
            if older(tag, now) and not self.options.allow_downgrade:
                break
            if best is not None and tag.key[:3] != best.key[:3]:
                break
            if (best is None or tag.text == now.text) and SIZES.index(self._size(now, tag)) <= largest:
                best = tag
        return best

    def _size(self, now: LeveledTag, tag: LeveledTag) -> Size:
        """How large the change is; an image whose label tells of another app than its tag is another app."""
        found = size(now, tag)
        labels = self.facts.labels
        if labels is None or found == "same":
            return found
        return found if labels.get(tag.text, "").removeprefix("v") == tag.app_text.removeprefix("v") else "app"

    def _hold(self, now: LeveledTag, tag: LeveledTag) -> Hold:
        found = self._size(now, tag)
        limit = f"only changes up to {self.options.automate} are made unattended"
        return Hold(f"{_shown(now)} to {tag.text} is {_PHRASE[found]}, and {limit}", self._ref(tag), found)

    def _apply(self, tag: LeveledTag, notes: tuple[str, ...] = (), held: Hold | None = None) -> Decision:
        if self.facts.digests is not None and not self.facts.digests.get(tag.text):
            return Keep(f"the digest of {tag.text} is not known", "missing-digest")
        return Apply(self._ref(tag), notes, held)

    def _ref(self, tag: LeveledTag) -> ImageRef:
        return ImageRef(self.image, tag.text, (self.facts.digests or {}).get(tag.text, ""))

    def _read(self, current: Current) -> LeveledTag | str:
        """Take the current tag apart, or say why it cannot be compared."""
        if not current.is_of(self.image):
            return f"the current image is {printable(current.name, 120)}: its builds do not compare with {self.image}"
        if current.tag:
            parsed = parse_written(current.tag, self.options.separators)
            return parsed or f"the current tag {printable(current.tag, 80)} is none of APP, APP-revN, APP-revN-bM.K"
        same = [tag for tag in self.ranking.ranked if (self.facts.digests or {}).get(tag.text) == current.digest]
        if current.digest and same:
            return same[0]
        return "the current value has no tag to compare"

    def _nothing(self) -> str:
        if self.ranking.ranked:
            best = self.ranking.ranked[0].text
            return f"the guards allow no tag; {best}: {(self.facts.refused or {}).get(best) or 'not looked at yet'}"
        levels = {
            parsed.level for entry in self.ranking.dropped if (parsed := parse(entry.tag, self.options.separators))
        }
        if self.options.emit in levels:
            text = printable(self.options.range.text) if self.options.range else ""
            return f"no {self.options.emit} tag is in the range {text}"
        there = " and ".join(level for level in LEVELS if level in levels)
        count = len(self.ranking.dropped)
        return f"none of {count} tags is a {self.options.emit} tag" + (f"; there are {there} ones" if there else "")


def _shown(tag: LeveledTag) -> str:
    return printable(tag.text, 130)
