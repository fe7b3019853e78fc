"""What a policy answers when a marker asks: write this image, hold it, keep what is there, or nothing can be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from gitbot.image import ImageRef

Part = Literal["image", "tag", "name", "digest"]
_HUB = ("index.docker.io/", "docker.io/", "library/")


@dataclass(frozen=True, slots=True)
class Current:
    """What stands at a marker now, as far as it says anything; "" for what it does not say.

    Nothing is validated: a person may have written anything there.
    """

    name: str = ""
    tag: str = ""
    digest: str = ""

    @classmethod
    def of(cls, part: Part, value: str, beside: str = "") -> Current | None:
        """Read the value at a marker of this part; None for a `:name` marker, where no tag and no digest stands.

        `beside` is the tag that belongs to a `:digest` marker, where one is known: without it such a marker cannot be
        compared. None asks a policy for its answer without regard to a marker: the best image there is.
        """
        if part == "name":
            return None
        if part == "tag":
            return cls(tag=value)
        if part == "digest":
            return cls(tag=beside, digest=value)
        rest, _, digest = value.partition("@")
        head, colon, tag = rest.rpartition(":")
        return cls(rest, "", digest) if not colon or "/" in tag else cls(head, tag, digest)

    def is_of(self, image: str) -> bool:
        """Whether this is of an image, or does not say; the short names of Docker Hub are the long ones."""
        return not self.name or _long(self.name) == _long(image)


def _long(name: str) -> str:
    for prefix in _HUB:
        name = name.removeprefix(prefix)
    return name


@dataclass(frozen=True, slots=True)
class Hold:
    """A change that waits for a person: the value stays, `wanted` is reported as held with the reason.

    `code` is a word for programs: the level of a change too large to be made unattended (`app`, `revision`, `build`),
    `unparseable-current`, or `fallback`.
    """

    reason: str
    wanted: ImageRef
    code: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"wanted": str(self.wanted), "code": self.code, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Apply:
    """Write this image; writing what is there already is no change.

    `notes` are warnings to report beside it. `held` is a larger change that waits at the same place.
    """

    image: ImageRef
    notes: tuple[str, ...] = ()
    held: Hold | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """The value stays as it is although the policy has nothing better: a warning with the reason, and nothing is held.

    `code` is a word for programs: `downgrade`, `unavailable` or `missing-digest`.
    """

    reason: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class NotReady:
    """The policy can say nothing now: its markers stay, it counts as failed, the run goes on."""

    reason: str


Decision = Apply | Hold | Keep | NotReady


class Decider(Protocol):
    """A policy that is ready to be asked, once for each marker."""

    def decide(self, current: Current | None) -> Decision:
        """Answer for the value a marker has now; for None, without regard to a marker. Pure, and never raises."""


@dataclass(frozen=True, slots=True)
class Stated:
    """Answers the same to every marker: `fixed`, results given from outside, and orderings without a guard."""

    answer: Decision

    def decide(self, current: Current | None) -> Decision:  # noqa: ARG002 - it is the same for all
        """Give the one answer."""
        return self.answer
