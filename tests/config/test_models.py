from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from gitbot.config.models import Config, Ref, Repository, SecretSource, Update


def test_a_configuration_is_frozen():
    with pytest.raises(ValidationError):
        Config().state = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("ref", "kind", "branch"),
    [
        (Ref(), "default", None),
        (Ref(branch="main"), "branch", "main"),
        (Ref(branch="main", tag="v1"), "tag", None),
        (Ref(semver="1.x", branch="main"), "semver", None),
        (Ref(tag="v1", semver="1.x"), "tag", None),
        (Ref(name="refs/heads/dev", tag="v1"), "name", "dev"),
        (Ref(name="refs/pull/1/head"), "name", None),
        (Ref(commit="0" * 40, name="refs/heads/dev"), "commit", None),
    ],
)
def test_of_several_refs_the_first_in_flux_order_counts(ref, kind, branch):
    assert (ref.kind, ref.checkout_branch) == (kind, branch)


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("https://git.example.com/a", "https://git.example.com/a"),
        ("git@git.example.com:a", "git@git.example.com:a"),
        ("file:///srv/a", "file:///srv/a"),
        ("/srv/a", "/srv/a"),
        ("./a.git", "/etc/gitbot/a.git"),
        ("../a.git", "/etc/a.git"),
    ],
)
def test_a_local_path_starts_at_the_configuration(url, remote):
    assert Repository(name="a", url=url).remote(Path("/etc/gitbot")) == remote


@pytest.mark.parametrize(
    ("written", "paths"),
    [
        ({}, ("",)),
        ({"path": "./"}, ("",)),
        ({"path": "/"}, ("",)),
        ({"path": "./apps/"}, ("apps",)),
        ({"path": "/apps//web/../api"}, ("apps/api",)),
        ({"path": ["a", "./b.yaml"]}, ("a", "b.yaml")),
        ({"path": "-rf"}, ("-rf",)),
    ],
)
def test_update_paths_are_relative_to_the_root(written, paths):
    assert Update.model_validate(written).path == paths


def test_another_checkout_replaces_that_of_the_repository():
    config = Config.model_validate(
        {
            "repositories": [
                {"name": "r", "namespace": "git", "url": "https://git.example.com/r", "ref": {"tag": "v1"}}
            ],
            "automations": [
                {
                    "name": "a",
                    "sourceRef": {"name": "r", "namespace": "git"},
                    "git": {"checkout": {"ref": {"branch": "x"}}, "commit": {"author": {"email": "a@example.com"}}},
                }
            ],
        }
    )
    assert config.checkout_ref(config.automations[0]) == Ref(branch="x")
    assert config.repository_of(config.automations[0]).key == "git/r"


def test_a_reference_to_a_secret_prints_where_it_stands():
    assert str(SecretSource(env="TOKEN")) == "env TOKEN"
    assert str(SecretSource(file="token")) == "file token"
