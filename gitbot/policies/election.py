"""What the policies elected, as one automation sees it: the value that marker planning reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gitbot.image import ImageRef

if TYPE_CHECKING:
    from gitbot.policies.decision import Decider


@dataclass(frozen=True, slots=True, kw_only=True)
class Elections:
    """The elected images an automation may write, and why a policy it might name gives none.

    Every key is a policy's `ns:name`. `images` holds what is elected now. `failed` says why a visible policy elects
    nothing now. `hidden` says why this automation does not see a policy that exists: other namespace, not selected,
    suspended. A key stands in one of these at most; a key in none of them is a policy nobody configured.

    `deciders` answer each marker for itself. `observed` then stands for the policy in the record of a run: the image with
    a digest of everything its answers depend on, which is never written. `kept` is what a failed policy elected last.
    """

    images: Mapping[str, ImageRef] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    deciders: Mapping[str, Decider] = field(default_factory=dict)
    observed: Mapping[str, ImageRef] = field(default_factory=dict)
    kept: Mapping[str, ImageRef] = field(default_factory=dict)
