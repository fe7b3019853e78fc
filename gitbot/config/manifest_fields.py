"""What becomes of every field of Flux's four kinds: honoured, honoured differently, cannot apply, or protects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from gitbot.config.document import Path

How = Literal["honoured", "differently", "cannot apply", "protects"]


class Row(NamedTuple):
    """One field: how it is treated, and in words where that is not as Flux does it."""

    how: How
    note: str = ""


_SAME = Row("honoured")
_LIKE_FLUX = "Flux's image automation does not look at it either"

FIELDS: Mapping[str, Mapping[str, Row]] = {
    "GitRepository": {
        "url": Row("differently", "user name and password in the URL are refused; http and file want git.allowProtocols"),
        "secretRef.name": Row("differently", "the Secret has to be among the manifests, or `auth` in the configuration"),
        "ref.branch": _SAME,
        "ref.tag": _SAME,
        "ref.semver": _SAME,
        "ref.name": _SAME,
        "ref.commit": _SAME,
        "timeout": _SAME,
        "proxySecretRef.name": Row("differently", "the Secret has to be among the manifests"),
        "provider": Row("protects", "only generic; any other stalls the automations of this repository"),
        "serviceAccountName": Row("cannot apply", "there are no service accounts outside of a cluster"),
        "interval": Row("differently", "a repository is looked at whenever one of its automations runs"),
        "verify": Row("cannot apply", f"signatures of the source are not verified; {_LIKE_FLUX}"),
        "ignore": Row("cannot apply", f"{_LIKE_FLUX}; use update.exclude in the configuration"),
        "suspend": Row("cannot apply", f"suspend the automation; {_LIKE_FLUX}"),
        "recurseSubmodules": Row("cannot apply", f"submodules are never followed; {_LIKE_FLUX}"),
        "sparseCheckout": Row("cannot apply", f"nothing is checked out; {_LIKE_FLUX}"),
        "include": Row("cannot apply", f"other repositories are never mixed in; {_LIKE_FLUX}"),
        "gitImplementation": Row("cannot apply", "there is one implementation: git"),
        "accessFrom": Row("cannot apply", "it was removed from Flux; every automation may use every repository"),
    },
    "ImageRepository": {
        "image": _SAME,
        "interval": Row("differently", "0s means at every run"),
        "timeout": _SAME,
        "secretRef.name": Row("differently", "the Secret has to be among the manifests, or dockerConfig in the configuration"),
        "serviceAccountName": Row("cannot apply", "there are no service accounts outside of a cluster; use secretRef"),
        "certSecretRef.name": Row("differently", "the Secret has to be among the manifests"),
        "proxySecretRef.name": Row("differently", "the Secret has to be among the manifests"),
        "provider": Row("differently", "the identity is that of the environment gitbot runs in"),
        "insecure": _SAME,
        "suspend": _SAME,
        "exclusionList": _SAME,
        "accessFrom": Row("differently", "of the labels of namespaces only kubernetes.io/metadata.name is known"),
    },
    "ImagePolicy": {
        "imageRepositoryRef.name": _SAME,
        "imageRepositoryRef.namespace": _SAME,
        "policy.semver.range": _SAME,
        "policy.alphabetical.order": _SAME,
        "policy.numerical.order": _SAME,
        "filterTags.pattern": _SAME,
        "filterTags.extract": _SAME,
        "digestReflectionPolicy": _SAME,
        "interval": _SAME,
        "suspend": Row("differently", "a suspended policy elects what its status.latestRef says, and nothing without one"),
    },
    "ImageUpdateAutomation": {
        "sourceRef.apiVersion": Row("differently", "not used, as in Flux"),
        "sourceRef.kind": _SAME,
        "sourceRef.name": _SAME,
        "sourceRef.namespace": _SAME,
        "git.checkout.ref.branch": _SAME,
        "git.checkout.ref.tag": _SAME,
        "git.checkout.ref.semver": _SAME,
        "git.checkout.ref.name": _SAME,
        "git.checkout.ref.commit": _SAME,
        "git.commit.author.email": _SAME,
        "git.commit.author.name": Row("differently", "git wants a name: an empty one becomes what the address begins with"),
        "git.commit.signingKey.type": Row("protects", "commits cannot be signed yet: it stalls the automation"),
        "git.commit.signingKey.secretRef.name": Row("protects", "commits cannot be signed yet: it stalls the automation"),
        "git.commit.messageTemplate": Row("differently", "functions that are not deterministic are refused"),
        "git.commit.messageTemplateValues": _SAME,
        "git.push.branch": Row("differently", "what somebody else has committed there is never overwritten"),
        "git.push.refspec": Row("differently", "pushed together with the branch; force and deletion are refused"),
        "git.push.options": _SAME,
        "interval": _SAME,
        "policySelector.matchLabels": _SAME,
        "policySelector.matchExpressions": _SAME,
        "update.strategy": _SAME,
        "update.path": Row("differently", "a path that leaves the repository is refused"),
        "suspend": _SAME,
    },
}  # fmt: skip

# What is read besides `spec`, and what of the status is not.
OTHERS: Mapping[str, Mapping[str, Row]] = {
    "ImagePolicy": {
        "metadata.labels": _SAME,
        "status.latestRef": Row("differently", "counts as the elected image unless useLatestRef is false"),
        "status.latestImage": Row("differently", "as status.latestRef, of older versions"),
    },
    "ImageUpdateAutomation": {
        "metadata.generation": Row("differently", "shown as observedGeneration once the automation has run with it"),
    },
}


class Use(NamedTuple):
    """A field that an object has: its path of keys, as it is called in FIELDS, and its row (None: Flux has no such field)."""

    path: Path
    name: str
    row: Row | None


def uses(kind: str, spec: Mapping[str, Any]) -> Iterator[Use]:
    """Every field that an object's `spec` has."""
    yield from _uses(FIELDS[kind], spec, ())


def _uses(rows: Mapping[str, Row], value: Mapping[str, Any], at: Path) -> Iterator[Use]:
    for key, below in value.items():
        path = (*at, key)
        name = ".".join(map(str, path))
        if below is None:
            continue
        if name in rows:
            yield Use(path, name, rows[name])
        elif isinstance(below, Mapping) and any(row.startswith(f"{name}.") for row in rows):
            yield from _uses(rows, below, path)
        elif not any(row.startswith(f"{name}.") for row in rows):
            yield Use(path, name, None)
