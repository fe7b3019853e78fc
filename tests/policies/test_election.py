from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from gitbot.image import ImageRef
from gitbot.policies.election import Elections


def test_nothing_is_elected_at_first():
    assert Elections() == Elections(images={}, failed={}, hidden={})


def test_elections_are_values():
    elections = Elections(images={"ns:p": ImageRef("example.com/p", "1")})
    assert elections == Elections(images={"ns:p": ImageRef("example.com/p", "1")})
    with pytest.raises(FrozenInstanceError):
        elections.images = {}  # type: ignore[misc]
