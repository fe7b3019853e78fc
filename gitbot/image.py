"""Image references: parse, validate against the OCI distribution grammar, format.

Grammar: OCI distribution specification, "Pulling manifests" (name, tag) and OCI image specification, "Digests".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitbot.errors import GitbotError

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
MAX_NAME = 255


class InvalidReferenceError(GitbotError):
    """A text that is no image reference of the OCI grammar: writing it to a manifest would break the manifest."""


@dataclass(frozen=True, slots=True, order=True)
class ImageRef:
    """What a policy elected: the image name as the user wrote it, a tag, and a digest when one is known (else "")."""

    name: str
    tag: str
    digest: str = ""

    def __str__(self) -> str:
        """`name:tag` or `name:tag@digest`: what a marker without a part writes."""
        return f"{self.name}:{self.tag}" + (f"@{self.digest}" if self.digest else "")

    @classmethod
    def parse(cls, text: str) -> ImageRef:
        """Split `name:tag[@digest]`; raises InvalidReferenceError unless every part is valid."""
        rest, _, digest = text.partition("@")
        head, colon, tag = rest.rpartition(":")
        if not colon or "/" in tag:
            raise InvalidReferenceError(f"invalid image reference {text!r}: it has no tag", hint="write name:tag")
        ref = cls(head, tag, digest)
        ref.check()
        if text.endswith("@"):
            raise InvalidReferenceError(f"invalid image reference {text!r}: nothing follows the @")
        return ref

    def check(self) -> None:
        """Raise InvalidReferenceError, naming the part that is wrong, unless this is a valid reference with a tag."""
        check_name(self.name)
        if not _TAG.fullmatch(self.tag):
            raise InvalidReferenceError(
                f"invalid tag {self.tag!r} of image {self.name!r}: want [A-Za-z0-9_][A-Za-z0-9._-]{{0,127}}"
            )
        if self.digest and not _DIGEST.fullmatch(self.digest):
            raise InvalidReferenceError(
                f"invalid digest {self.digest!r} of image {self.name!r}: want sha256: and 64 hex digits"
            )


def check_name(name: str) -> None:
    """Raise InvalidReferenceError unless the text is an image name: no scheme, no tag, no digest."""
    if "://" in name:
        scheme = name.partition("://")[0]
        raise InvalidReferenceError(f"image {name!r} should not include a URL scheme; remove '{scheme}://'")
    first, slash, path = name.partition("/")
    has_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    host, path = (first, path) if has_host else ("", name)
    if ":" in path or "@" in path:
        raise InvalidReferenceError(f"image {name!r} should not include a tag or digest")
    if len(name) > MAX_NAME or (host and not _HOST.fullmatch(host)) or not _PATH.fullmatch(path):
        raise InvalidReferenceError(
            f"invalid image name {name!r}: want host/path in lower case, at most {MAX_NAME} characters",
        )
