"""What is known of a configuration besides what the user wrote in it: what manifests bring along, and what fails alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitbot.errors import Problem
from gitbot.image import ImageRef


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why one object of the manifests cannot be used now; `reason` is Flux's condition reason."""

    message: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What belongs to single objects.

    `troubles`: by section and `namespace/name`, what fails that object alone. `dropped`: policies that cannot be made at
    all, by `ns:name`, with their labels. `latest`: the image that a policy's status says is elected. `generations`: the
    version of an automation's object in its cluster. `problems`: what every run mentions.
    """

    troubles: Mapping[tuple[str, str], Trouble] = field(default_factory=dict)
    dropped: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    latest: Mapping[str, ImageRef] = field(default_factory=dict)
    generations: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def trouble(self, section: str, key: str) -> Trouble | None:
        """What fails this object; `key` is `namespace/name`, or a policy's `ns:name`."""
        return self.troubles.get((section, key.replace(":", "/")))
