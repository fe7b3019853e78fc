"""Every field of Flux's four kinds has a row, and the rows are what the loader does."""

from __future__ import annotations

import json

import pytest

from gitbot.config.load import Wanted, load_with_places
from gitbot.config.manifest_fields import FIELDS

FULL = {
    "GitRepository": {
        "url": "https://example.com/fleet.git", "secretRef": {"name": "git"}, "timeout": "30s", "proxySecretRef": {"name": "proxy"},
        "ref": {"branch": "b", "tag": "t", "semver": ">=1.0.0", "name": "refs/heads/n", "commit": "0" * 40},
        "provider": "generic", "serviceAccountName": "x", "interval": "1m", "verify": {"mode": "HEAD"}, "ignore": "x", "suspend": True,
        "recurseSubmodules": True, "sparseCheckout": ["a"], "include": [{"repository": {"name": "x"}}], "gitImplementation": "go-git",
        "accessFrom": {"namespaceSelectors": []},
    },
    "ImageRepository": {
        "image": "ghcr.io/example/app", "interval": "5m", "timeout": "30s", "secretRef": {"name": "registry"}, "serviceAccountName": "x",
        "certSecretRef": {"name": "certs"}, "proxySecretRef": {"name": "proxy"}, "provider": "generic", "insecure": True, "suspend": True,
        "exclusionList": ["^x"], "accessFrom": {"namespaceSelectors": [{}]},
    },
    "ImagePolicy": {
        "imageRepositoryRef": {"name": "app", "namespace": "flux"},
        "policy": {"semver": {"range": "1.x"}, "alphabetical": {"order": "asc"}, "numerical": {"order": "asc"}},
        "filterTags": {"pattern": "^(?P<a>.*)", "extract": "$a"}, "digestReflectionPolicy": "Always", "interval": "5m", "suspend": True,
    },
    "ImageUpdateAutomation": {
        "sourceRef": {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "name": "fleet", "namespace": "flux"},
        "git": {
            "checkout": {"ref": {"branch": "b", "tag": "t", "semver": ">=1.0.0", "name": "refs/heads/n", "commit": "0" * 40}},
            "commit": {
                "author": {"email": "a@example.com", "name": "A"}, "signingKey": {"secretRef": {"name": "key"}, "type": "ssh"},
                "messageTemplate": "{{ .Values.a }}", "messageTemplateValues": {"a": "b"},
            },
            "push": {"branch": "next", "refspec": "refs/heads/next:refs/heads/x", "options": {"a": "b"}},
        },
        "interval": "10m", "suspend": True, "update": {"strategy": "Setters", "path": "./apps"},
        "policySelector": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]},
    },
}  # fmt: skip
SECRETS = {
    "git": {"username": "git", "password": "pass-word-1"},
    "proxy": {"address": "http://proxy.example.com:3128"},
    "registry": {".dockerconfigjson": "{}"},
    "certs": {"ca.crt": "CA"},
}
NAMES = {"GitRepository": "fleet", "ImageRepository": "app", "ImagePolicy": "app", "ImageUpdateAutomation": "fleet"}


def objects():
    for kind, spec in FULL.items():
        group = "source" if kind == "GitRepository" else "image"
        meta = {"name": NAMES[kind], "namespace": "flux"}
        yield {"apiVersion": f"{group}.toolkit.fluxcd.io/v1", "kind": kind, "metadata": meta, "spec": spec}
    for name, values in SECRETS.items():
        yield {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": "flux"},
            "stringData": values,
        }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fields")
    (folder / "all.yaml").write_text("---\n".join(json.dumps(one) + "\n" for one in objects()))
    return load_with_places(Wanted(path=None, include=(str(folder / "all.yaml"),)))


def paths(kind):
    """Every path of a full spec that has a row."""

    def walk(value, at):
        if ".".join(at) in FIELDS[kind]:
            yield ".".join(at)
        elif isinstance(value, dict):
            for key, below in value.items():
                yield from walk(below, (*at, key))
        else:
            yield f"no row: {'.'.join(at)}"

    return set(walk(FULL[kind], ()))


@pytest.mark.parametrize("kind", FIELDS)
def test_every_field_has_a_row_and_every_row_a_field(kind):
    assert paths(kind) == set(FIELDS[kind])


@pytest.mark.parametrize("kind", FIELDS)
def test_what_is_not_simply_honoured_is_said(loaded, kind):
    prefix = f"{kind} "
    said = {
        problem.key_path.removeprefix("spec."): (problem.severity, problem.message)
        for problem in loaded.problems
        if problem.code == "flux-field" and problem.message.startswith(prefix)
    }
    severities = {"differently": "note", "cannot apply": "warning"}
    assert {name: severity for name, (severity, _) in said.items()} == {
        name: severities[row.how] for name, row in FIELDS[kind].items() if row.how in severities
    }
    assert all(FIELDS[kind][name].note in message for name, (_, message) in said.items())


def test_what_is_honoured_arrives(loaded):
    config = loaded.config
    fleet, app, policy, automation = config.repositories[0], config.images[0], config.policies[0], config.automations[0]
    assert (fleet.timeout, fleet.ref.kind, fleet.auth.username, fleet.proxy.address) == (
        30.0, "commit", "git", "http://proxy.example.com:3128")  # fmt: skip
    assert (app.interval, app.timeout, app.insecure, app.suspend, app.exclusion_list) == (
        300.0,
        30.0,
        True,
        True,
        ("^x",),
    )
    assert (app.docker_config is not None, app.auth.ca is not None, app.proxy is not None) == (True, True, True)
    assert (policy.policy.kind, policy.filter_tags.extract, policy.digest_reflection_policy, policy.interval, policy.suspend) == (
        "semver", "$a", "Always", 300.0, True)  # fmt: skip
    git = automation.git
    assert (git.checkout.ref.kind, git.commit.author.name, git.commit.message_template, git.commit.message_template_values) == (
        "commit", "A", "{{ .Values.a }}", {"a": "b"})  # fmt: skip
    assert (git.push.branch, git.push.refspec, git.push.options) == (
        "next",
        ("refs/heads/next:refs/heads/x",),
        {"a": "b"},
    )
    assert (automation.interval, automation.suspend, automation.update.path) == (600.0, True, ("apps",))
    assert (automation.policy_selector.match_labels, len(automation.policy_selector.match_expressions)) == (
        {"a": "b"},
        1,
    )


def test_what_protects_stalls(loaded):
    assert "signingKey" in loaded.config.stalled_reason(loaded.config.automations[0])
