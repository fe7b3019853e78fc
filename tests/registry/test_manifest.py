"""What manifests and indexes say, also those that nobody should send."""

from __future__ import annotations

import pytest

from gitbot.registry.manifest import first_image, is_index, platforms_of_index

INDEX = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"}
LINUX = {"os": "linux", "architecture": "amd64"}
DIGEST = "sha256:" + "1" * 64


@pytest.mark.parametrize("manifests", [None, 5, "x", {}, [], [7, None, "x"], [{"platform": 5}]], ids=repr)
def test_an_index_without_readable_entries_has_no_platform_and_no_image(manifests):
    index = INDEX | {"manifests": manifests}
    assert is_index(index)
    assert platforms_of_index(index) == frozenset()
    assert first_image(index) == ""


def test_an_index_has_the_platforms_of_its_entries_and_a_first_image():
    index = INDEX | {"manifests": [7, {"platform": LINUX, "digest": DIGEST}]}
    assert platforms_of_index(index) == {"linux/amd64"}
    assert first_image(index) == DIGEST
