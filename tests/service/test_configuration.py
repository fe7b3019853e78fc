"""The configuration of a service is read again when one of its files changes, or an included repository."""

from __future__ import annotations

import json

import pytest

from gitbot.config.load import Wanted
from gitbot.service import configuration
from gitbot.service.configuration import Watched


def policy(tag):
    """A policy whose status says what is elected."""
    meta, latest = {"name": "app", "namespace": "default"}, {"name": "example.com/app", "tag": tag}
    spec = {"imageRepositoryRef": {"name": "app"}, "policy": {"semver": {"range": "*"}}}
    kind = {"apiVersion": "image.toolkit.fluxcd.io/v1", "kind": "ImagePolicy"}
    return json.dumps(kind | {"metadata": meta, "spec": spec, "status": {"latestRef": latest}})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "flux").mkdir()
    (tmp_path / "flux" / "policy.yaml").write_text(policy("1"))
    (tmp_path / "gitbot.yaml").write_text("include: [flux]\n")
    return tmp_path


def test_what_has_not_changed_is_not_read_again(folder):
    watched = Watched(Wanted(path=folder / "gitbot.yaml"))
    before = watched.current
    assert watched.refresh() is False
    assert watched.current is before


def test_a_changed_manifest_is_taken_up(folder):
    watched = Watched(Wanted(path=folder / "gitbot.yaml"))
    (folder / "flux" / "policy.yaml").write_text(policy("22"))
    assert watched.refresh() is True
    assert str(watched.current.aside.latest["default:app"]) == "example.com/app:22"


def test_a_new_manifest_is_taken_up(folder):
    watched = Watched(Wanted(path=folder / "gitbot.yaml"))
    (folder / "flux" / "other.yaml").write_text(policy("1").replace('"app", "namespace"', '"new", "namespace"'))
    assert watched.refresh() is True
    assert len(watched.current.policies) == 2


def test_a_broken_manifest_changes_nothing(folder):
    watched = Watched(Wanted(path=folder / "gitbot.yaml"))
    (folder / "flux" / "again.yaml").write_text(policy("1"))
    assert watched.refresh() is False
    assert (watched.failures, len(watched.current.policies)) == (1, 1)


def test_standard_input_is_read_once(folder):
    texts = iter([policy("1").encode()])
    (folder / "gitbot.yaml").write_text("{}\n")
    watched = Watched(Wanted(path=folder / "gitbot.yaml", include=("-",), stdin=lambda: next(texts)))
    (folder / "gitbot.yaml").write_text("useLatestRef: true\n")
    assert watched.refresh() is True
    assert len(watched.current.policies) == 1


def test_an_included_repository_is_asked_now_and_then(tmp_path, make_repo, monkeypatch):
    monkeypatch.setattr(configuration, "_SCAN_S", 0.0)
    repo = make_repo({"flux.yaml": policy("1")})
    spec = {
        "cacheDir": "cache", "git": {"allowProtocols": ["file"]}, "include": [{"repository": "fleet"}],
        "repositories": [{"name": "fleet", "url": repo.url, "ref": {"branch": "main"}}],
        "images": [{"name": "app", "image": "example.com/app"}],
    }  # fmt: skip
    (tmp_path / "gitbot.yaml").write_text(json.dumps(spec))
    watched = Watched(Wanted(path=tmp_path / "gitbot.yaml"))
    assert [one.key for one in watched.current.policies] == ["default:app"]
    assert watched.refresh() is False
    repo.commit({"flux.yaml": policy("1").replace('"*"', '"1.x"')})
    assert watched.refresh() is True
    assert watched.current.policies[0].policy.semver.range == "1.x"
