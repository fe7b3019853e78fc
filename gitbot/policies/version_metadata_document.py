"""Version metadata as it is published (`versions.json` of Octopus's tools image): reading it, and refusing what is broken.

The document: `tools` (a list of versions per tool), `latest`, `revisionHash`, and `deprecations` (version → `latestTag`).
Only what a policy uses is looked at; a document that is wrong there is refused whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitbot.image import ImageRef, InvalidReferenceError
from gitbot.printable import printable

Pair = tuple[int, int]

MAX_BYTES = 1 << 20
_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})(?:\.[0-9]{1,9})?")
_TEXT = re.compile(r"\s*v?([0-9]{1,9})[^.0-9]*\.([0-9]{1,9})(?![0-9]).*", re.DOTALL)
_REVISION = re.compile(r"[A-Za-z0-9_.-]+")
_DIGITS = re.compile(r"[0-9]+")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class InvalidMetadataError(Exception):
    """A document that is not what it should be: a sentence with the JSON path of the fault."""


@dataclass(frozen=True, slots=True)
class Pin:
    """An entry of `deprecations`: the key as written, its version, and the tag (perhaps `tag@digest`) it is pinned to."""

    key: str
    version: Pair
    text: str

    @property
    def path(self) -> str:
        """The JSON path of the tag."""
        return _path("$.deprecations", self.key) + ".latestTag"

    def reference(self, image: str) -> ImageRef:
        """Give the pinned reference; raises InvalidReferenceError, which names the path, for anything but tag[@sha256]."""
        tag, at, digest = self.text.partition("@")
        image_ref = ImageRef(image, tag, digest)
        try:
            image_ref.check()
        except InvalidReferenceError as error:
            raise InvalidReferenceError(f"{self.path}: {printable(error.message)}", hint=error.hint) from None
        if at and not digest.startswith("sha256:"):
            raise InvalidReferenceError(f"{self.path}: {printable(self.text, 120)!r} has no sha256 digest after the @")
        return image_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A document that was found good: the versions of each tool that is used, the first listed first."""

    tools: Mapping[str, Sequence[str]]
    latest: Pair | None
    revision: str
    pins: Sequence[Pin]

    def pin(self, version: Pair) -> Pin | None:
        """Find the deprecation of a version, the first that is written."""
        return next((pin for pin in self.pins if pin.version == version), None)

    def listed(self, tool: str, version: Pair) -> str | None:
        """Find the entry of a version among those of a tool, the first that is written."""
        return next((text for text in self.tools[tool] if pair(text) == version), None)

    def warnings(self, image: str) -> Iterator[str]:
        """Say which deprecations are broken, whether a policy needs them now or not."""
        for pin in self.pins:
            try:
                pin.reference(image)
            except InvalidReferenceError as error:
                yield error.message


def read_metadata(data: bytes, tools: Sequence[str], *, needs_latest: bool) -> Metadata:
    """Read a document of at most 1 MiB; raises InvalidMetadataError. `tools` are those whose versions are needed."""
    if len(data) > MAX_BYTES:
        raise InvalidMetadataError(f"the metadata is longer than {MAX_BYTES} bytes")
    try:
        root = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InvalidMetadataError("the metadata is not JSON") from None
    top = _mapping(root, "$")
    listed = _mapping(top.get("tools"), "$.tools")
    revision = top.get("revisionHash")
    if not isinstance(revision, str) or not _REVISION.fullmatch(revision):
        raise _fault("$.revisionHash", "letters, digits and _.- (at least one)", revision)
    deprecations = {} if "deprecations" in top and top["deprecations"] is None else top.get("deprecations")
    return Metadata(
        tools={tool: _versions(listed.get(tool), _path("$.tools", tool)) for tool in tools},
        latest=_pair(top.get("latest"), "$.latest") if needs_latest else None,
        revision=revision,
        pins=tuple(_pins(_mapping(deprecations, "$.deprecations"))),
    )


def _pins(deprecations: Mapping[str, Any]) -> Iterator[Pin]:
    for key, value in deprecations.items():
        path = _path("$.deprecations", key)
        version = _pair(key, path)
        text = _mapping(value, path).get("latestTag")
        if not isinstance(text, str):
            raise _fault(f"{path}.latestTag", "a text", text)
        yield Pin(key, version, text)


def _versions(value: Any, path: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _fault(path, "a list of versions", value)
    for place, text in enumerate(value):
        _pair(text, f"{path}[{place}]")
    return tuple(value)


def _pair(value: Any, path: str) -> Pair:
    found = pair(value) if isinstance(value, str) else None
    if found is None:
        raise _fault(path, "a version N.N or N.N.N", value)
    return found


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _fault(path, "an object", value)
    return value


def _fault(path: str, wanted: str, value: Any) -> InvalidMetadataError:
    got = "nothing" if value is None else repr(printable(value, 60)) if isinstance(value, str) else type(value).__name__
    return InvalidMetadataError(f"{path}: want {wanted}, got {got}")


def _path(parent: str, key: str) -> str:
    return f"{parent}.{key}" if _PLAIN.fullmatch(key) else f'{parent}["{printable(key, 60)}"]'


def pair(text: str) -> Pair | None:
    """Read `N.N` or `N.N.N` as major and minor; None for any other text."""
    match = _VERSION.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def version_of(major: str, minor: str) -> Pair | None:
    """Read what a cluster reports as its version: of each text the first run of digits, so that `27+` is 27."""
    found = _DIGITS.search(major), _DIGITS.search(minor)
    if not found[0] or not found[1] or max(len(found[0][0]), len(found[1][0])) > 9:
        return None
    return (int(found[0][0]), int(found[1][0]))


def version_in(text: str) -> Pair | None:
    """Read a version that stands in a configuration, a variable or a file; None when there is none.

    Either text, `1.30`, `v1.30.5-eks`, `1.27+`, or the JSON of a cluster: `{"major": "1", "minor": "27+"}`.
    """
    match = _TEXT.fullmatch(text)
    if match:
        return (int(match[1]), int(match[2]))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    major, minor = (value.get("major"), value.get("minor")) if isinstance(value, dict) else (None, None)
    return version_of(major, minor) if isinstance(major, str) and isinstance(minor, str) else None
