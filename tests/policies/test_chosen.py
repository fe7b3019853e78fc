"""From the configuration of a policy to the values that decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gitbot.config.kinds import KINDS
from gitbot.config.load import load
from gitbot.config.policy import Policy
from gitbot.policies import leveled, version_metadata
from gitbot.policies.chosen import leveled_options, metadata_options, older_of
from gitbot.policies.ranges import InvalidRangeError

EXAMPLE = load(Path(__file__).parents[2] / "config.example.yaml")


def policy(choice: dict[str, Any], **more: Any) -> Policy:
    return Policy.model_validate({"name": "a", "image": "example.com/a", "policy": choice, **more})


def test_the_defaults_of_the_configuration_are_those_of_the_deciding_modules() -> None:
    assert leveled_options(policy({"leveled": {}})) == leveled.Options()
    spec = policy({"versionMetadata": {"file": "a", "version": "1.30"}}).policy.version_metadata
    assert spec is not None
    assert metadata_options(spec) == version_metadata.Options()


def test_every_option_arrives() -> None:
    written = {
        "emit": "short",
        "automate": "app",
        "range": "1.x",
        "separators": ["-r"],
        "onUnparseable": "apply",
        "allowDowngrade": True,
    }
    options = leveled_options(policy({"leveled": written}))
    assert (options.emit, options.automate, options.separators) == ("short", "app", ("-r",))
    assert (options.on_unparseable, options.allow_downgrade) == ("apply", True)
    assert options.range is not None
    assert options.range.text == "1.x"


def test_a_bad_range_is_an_error() -> None:
    with pytest.raises(InvalidRangeError):
        leveled_options(policy({"leveled": {"range": "one"}}))
    with pytest.raises(ValueError, match="no leveled policy"):
        leveled_options(policy({"fixed": {"tag": "1"}}))


OLDER = [
    ({"fixed": {"tag": "1.9.0"}}, {}, "1.9.0", "1.10.0"),
    ({"semver": {"range": "1.x"}}, {}, "1.9.0", "2.0.0"),
    ({"semver": {"range": "*"}}, {"filterTags": {"pattern": "^a-(.*)", "extract": "$1"}}, "a-1.9.0", "a-1.10.0"),
    ({"semver": {"range": "*"}}, {"filterTags": {}}, "1.9.0", "1.10.0"),
    ({"numerical": {}}, {}, "9", "10"),
    ({"numerical": {"order": "desc"}}, {}, "10", "9"),
    ({"alphabetical": {}}, {}, "10", "9"),
    ({"alphabetical": {"order": "desc"}}, {}, "9", "10"),
    ({"versionMetadata": {"file": "a", "version": "1.9"}}, {}, "1.9-zzz", "1.10-aaa"),
    ({"leveled": {}}, {}, "1.0-rev9", "1.0-rev10"),
]


@pytest.mark.parametrize(("choice", "more", "new", "old"), OLDER, ids=repr)
def test_every_kind_knows_which_tag_is_older(choice: dict[str, Any], more: dict[str, Any], new: str, old: str) -> None:
    older = older_of(policy(choice, **more))
    assert older(new, old) is True
    assert older(old, new) is False


def test_every_kind_is_in_the_example_and_can_be_made() -> None:
    assert {one.policy.kind for one in EXAMPLE.policies} == set(KINDS)
    for one in EXAMPLE.policies:
        assert not older_of(one)("1.0.0", "1.0.0")
        if one.policy.leveled is not None:
            assert leveled_options(one)
        if one.policy.version_metadata is not None:
            assert metadata_options(one.policy.version_metadata)


DOWNGRADES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"fixed": {"tag": "1"}}, {}, True),
    ({"fixed": {"tag": "1"}}, {"allowDowngrade": False}, False),
    ({"fixed": {"tag": "1"}}, {"minAge": "3d"}, False),
    ({"fixed": {"tag": "1"}}, {"platforms": ["linux/amd64"]}, False),
    ({"fixed": {"tag": "1"}}, {"minAge": "3d", "allowDowngrade": True}, True),
    ({"leveled": {}}, {}, False),
    ({"leveled": {"allowDowngrade": True}}, {}, True),
    ({"leveled": {"allowDowngrade": True}}, {"minAge": "3d"}, True),
    ({"leveled": {}}, {"allowDowngrade": True}, True),
]


@pytest.mark.parametrize(("choice", "more", "expected"), DOWNGRADES, ids=repr)
def test_whether_an_older_tag_may_be_written(choice: dict[str, Any], more: dict[str, Any], expected: bool) -> None:
    assert policy(choice, **more).downgrades is expected
