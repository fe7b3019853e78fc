from __future__ import annotations

import copy

import pytest

from gitbot.config.digest import digest
from gitbot.config.models import Config

WRITTEN = {
    "repositories": [
        {"name": "r", "url": "https://git.example.com/r", "auth": {"username": "u", "password": {"env": "A"}}},
        {"name": "other", "url": "https://git.example.com/other"},
    ],
    "policies": [
        {"name": "p", "labels": {"app": "a"}, "image": "example.com/p", "policy": {"fixed": {"tag": "1"}}},
        {"name": "q", "labels": {"app": "b"}, "image": "example.com/q", "policy": {"fixed": {"tag": "1"}}},
        {
            "name": "p",
            "namespace": "ns",
            "labels": {"app": "a"},
            "image": "example.com/p",
            "policy": {"fixed": {"tag": "1"}},
        },
    ],
    "automations": [
        {
            "name": "a",
            "sourceRef": {"name": "r"},
            "policySelector": {"matchLabels": {"app": "a"}},
            "git": {"commit": {"author": {"email": "a@example.com"}, "messageTemplateFile": "t.j2"}},
        }
    ],
}


def digest_after(folder, *changes) -> str:
    written = copy.deepcopy(WRITTEN)
    for path, value in changes:
        place = written
        for part in path[:-1]:
            place = place[part] if isinstance(place, list) else place.setdefault(part, {})
        place[path[-1]] = value
    config = Config.model_validate(written).at(folder)
    return digest(config, config.automations[0])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "t.j2").write_text("text")
    return tmp_path


def test_the_same_configuration_has_the_same_digest(folder):
    assert digest_after(folder) == digest_after(folder)
    assert digest_after(folder).startswith("sha256:")
    assert len(digest_after(folder)) == 71


def test_a_default_that_is_written_out_changes_nothing(folder):
    assert digest_after(folder, (("automations", 0, "update"), {"path": "./"})) == digest_after(folder)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param((("automations", 0, "interval"), "1h"), id="interval"),
        pytest.param((("automations", 0, "suspend"), True), id="suspend"),
        pytest.param((("repositories", 0, "timeout"), "5m"), id="timeout"),
        pytest.param((("repositories", 1, "url"), "https://git.example.com/x"), id="another repository"),
        pytest.param((("policies", 1, "policy", "fixed", "tag"), "2"), id="a policy not selected"),
        pytest.param((("policies", 2, "policy", "fixed", "tag"), "2"), id="a policy of another namespace"),
        pytest.param((("service", "port"), 1), id="service"),
    ],
)
def test_what_changes_nothing_leaves_the_digest(folder, change):
    assert digest_after(folder, change) == digest_after(folder)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param((("automations", 0, "update"), {"path": "apps"}), id="path"),
        pytest.param((("automations", 0, "git", "push"), {"branch": "x"}), id="push branch"),
        pytest.param((("automations", 0, "git", "commit", "author", "name"), "x"), id="author"),
        pytest.param((("automations", 0, "git", "commit", "messageTemplateValues"), {"a": "b"}), id="values"),
        pytest.param((("automations", 0, "policySelector"), {}), id="selector"),
        pytest.param((("repositories", 0, "url"), "https://git.example.com/x"), id="url"),
        pytest.param((("repositories", 0, "auth", "password"), {"env": "B"}), id="reference to a secret"),
        pytest.param((("repositories", 0, "ref"), {"branch": "x"}), id="ref"),
        pytest.param((("policies", 0, "policy", "fixed", "tag"), "2"), id="a selected policy"),
    ],
)
def test_what_changes_the_work_changes_the_digest(folder, change):
    assert digest_after(folder, change) != digest_after(folder)


def test_the_text_of_the_template_is_part_of_it(folder):
    before = digest_after(folder)
    (folder / "t.j2").write_text("other text")
    assert digest_after(folder) != before


def test_the_secret_itself_is_not(folder, monkeypatch):
    monkeypatch.setenv("A", "one")
    before = digest_after(folder)
    monkeypatch.setenv("A", "two")
    assert digest_after(folder) == before
