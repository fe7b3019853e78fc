"""The `versionMetadata` policy: the tag of a given version, looked up in published metadata, and what is done without it.

The rules are those of Octopus's Kubernetes agent (OctopusTentacle, pull request 1010, and 1274 with `resolve`). One thing
differs on purpose: while there is no metadata a good value stays, because here every change is a commit.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Literal

from gitbot.image import ImageRef, InvalidReferenceError
from gitbot.policies.decision import Apply, Current, Decision, Hold, Keep, NotReady
from gitbot.policies.version_metadata_document import (
    InvalidMetadataError,
    Metadata,
    Pair,
    pair,
    read_metadata,
)

TOOL_FIELDS = ("kubectl", "helm", "powershell")
Rule = Literal["deprecated", "revision", "newer-than-latest", "known", "last-resort"]
_FIELD = re.compile(r"\{([a-z]+)\}")
_FORMS = {"major": "[0-9]+", "minor": "[0-9]+", "revision": "[A-Za-z0-9_.-]+"}
_WHY: dict[Rule, str] = {
    "newer-than-latest": "the version is newer than the latest of the metadata",
    "known": "the tag is one of knownTags",
    "last-resort": "the version is not known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user chose, as in the configuration."""

    tool: str = "kubectl"
    tag_format: str = "{major}.{minor}-{revision}"
    newer_than_latest: Literal["fallback", "resolve"] = "fallback"
    known_tags: tuple[str, ...] = ()
    fallback_tag: str = "latest"
    on_unavailable: Literal["keep", "fallback", "fail"] = "keep"
    on_fallback: Literal["apply", "hold"] = "apply"

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools whose versions matter: the one that decides, and those the tag is composed of."""
        used = (field for field in _FIELD.findall(self.tag_format) if field in TOOL_FIELDS)
        return tuple(dict.fromkeys((self.tool, *used)))


@dataclass(frozen=True, slots=True)
class Choice:
    """The reference of a version, valid, and the rule that gave it."""

    image: ImageRef
    rule: Rule

    @property
    def fallback(self) -> bool:
        """Whether it is only what is left when the metadata knows nothing better: a tag that moves."""
        return self.rule in _WHY


def read(data: bytes, options: Options) -> Metadata | str:
    """Read a document as these options need it, or say what is wrong with it, by its JSON path."""
    try:
        return read_metadata(data, options.tools, needs_latest=options.newer_than_latest == "fallback")
    except InvalidMetadataError as error:
        return f"invalid metadata: {error}"


def choose(image: str, version: Pair, metadata: Metadata | None, options: Options) -> Choice:
    """Find the reference of a version. Raises InvalidReferenceError when what the metadata gives is none.

    In order: a deprecation; with `fallback`, a version newer than `latest` gets the fallback tag; a listed version;
    known tags (with `fallback` only when there is no metadata); the fallback tag.
    """
    if metadata is None:
        return _without(image, version, options)
    pin = metadata.pin(version)
    if pin is not None:
        return Choice(pin.reference(image), "deprecated")
    if metadata.latest is not None and metadata.latest < version:
        return _fallback(image, options, "newer-than-latest")
    entry = metadata.listed(options.tool, version)
    if entry is not None:
        return Choice(_composed(image, version, entry, metadata, options), "revision")
    if options.newer_than_latest == "resolve":
        return _without(image, version, options)
    return _fallback(image, options, "last-resort")


def _without(image: str, version: Pair, options: Options) -> Choice:
    for tag in options.known_tags:
        if pair(tag.removeprefix("v")) == version:
            return Choice(ImageRef(image, tag), "known")
    return _fallback(image, options, "last-resort")


def _fallback(image: str, options: Options, rule: Rule) -> Choice:
    return Choice(ImageRef(image, options.fallback_tag), rule)


def _composed(image: str, version: Pair, entry: str, metadata: Metadata, options: Options) -> ImageRef:
    """Compose the tag: of the deciding tool the entry of this version, of another one its first entry."""
    values = {tool: next(iter(versions), "") for tool, versions in metadata.tools.items()}
    values |= {options.tool: entry, "major": str(version[0]), "minor": str(version[1]), "revision": metadata.revision}
    found = ImageRef(image, _FIELD.sub(lambda field: values[field[1]], options.tag_format))
    empty = [field for field in _FIELD.findall(options.tag_format) if not values[field]]
    if empty:
        raise InvalidReferenceError(f"the metadata lists no version of {empty[0]}, which tagFormat needs")
    found.check()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionMetadata:
    """A `versionMetadata` policy with what is known now, ready to be asked by each marker.

    `metadata` is the document, or a sentence that says why there is none. `known` is what this policy last gave from a
    good document with the same `inputs`; None when nothing is remembered.
    """

    image: str
    version: Pair
    options: Options
    metadata: Metadata | str
    known: ImageRef | None = None

    @property
    def inputs(self) -> str:
        """`sha256:…` of what the user wrote: `known` may be given again only while this is the same."""
        text = json.dumps([self.image, *self.version, asdict(self.options)], sort_keys=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def good(self) -> ImageRef | None:
        """What is to be remembered as `known`: the reference found in good metadata, None for a fallback or a fault."""
        if isinstance(self.metadata, str):
            return None
        try:
            choice = choose(self.image, self.version, self.metadata, self.options)
        except InvalidReferenceError:
            return None
        return None if choice.fallback else choice.image

    def decide(self, current: Current | None) -> Decision:
        """Answer with the reference of the version; while there is no metadata, as `onUnavailable` says."""
        if isinstance(self.metadata, str):
            return self._unavailable(self.metadata, current)
        try:
            choice = choose(self.image, self.version, self.metadata, self.options)
        except InvalidReferenceError as error:
            return NotReady(f"the metadata gives no valid reference: {error.message}")
        return self._choice(choice, tuple(self.metadata.warnings(self.image)), current)

    def _unavailable(self, why: str, current: Current | None) -> Decision:
        if self.options.on_unavailable == "fail":
            return NotReady(why)
        if self.options.on_unavailable == "keep":
            if self.known is not None and self.known.name == self.image:
                return Apply(self.known, (f"{why}; what the metadata gave last is kept",))
            if current is not None and self._better_than_fallback(current):
                return Keep(f"{why}; the current value is kept", "unavailable")
        return self._choice(choose(self.image, self.version, None, self.options), (why,), current)

    def _choice(self, choice: Choice, notes: tuple[str, ...], current: Current | None) -> Decision:
        if not choice.fallback:
            return Apply(choice.image, notes)
        text = f"{choice.image.tag} is a fallback: {_WHY[choice.rule]} ({self.version[0]}.{self.version[1]})"
        there = current is not None and current in {Current(name, choice.image.tag) for name in ("", choice.image.name)}
        if self.options.on_fallback == "hold" and not there:
            return Hold("; ".join((*notes, text)), choice.image, "fallback")
        return Apply(choice.image, (*notes, text))

    def _better_than_fallback(self, current: Current) -> bool:
        """Whether a value says more than a fallback would: a digest, a composed tag, or the version itself."""
        if current.digest or pair(current.tag) == self.version:
            return True
        parts = _FIELD.split(self.options.tag_format)
        forms = [_FORMS.get(part, "[0-9.]+") if place % 2 else re.escape(part) for place, part in enumerate(parts)]
        return re.fullmatch("".join(forms), current.tag) is not None
