"""What the API serves: a resource by group, version and plural name, and the paths of its objects."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitbot.errors import Refused
from gitbot.printable import printable

# RFC 1123 subdomain: what names of namespaces and of the kinds we read are made of.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """A kind of object as it is asked for: `imagepolicies` of `image.toolkit.fluxcd.io` in `v1`; the core group is ""."""

    group: str
    version: str
    plural: str
    kind: str = ""
    namespaced: bool = True

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        """`group/version`, `v1` of the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", part: str = "") -> str:
        """The path of all objects, of those of a namespace, of one, or of its `status`; raises Refused for odd names."""
        steps = [group_path(self.group, self.version)]
        if namespace and self.namespaced:
            steps += ["namespaces", checked(namespace)]
        steps.append(checked(self.plural))
        if name:
            steps.append(checked(name))
        return "/".join([*steps, part] if part else steps)


def group_path(group: str, version: str = "") -> str:
    """The path of a group, or of one version of it."""
    steps = ["/apis", checked(group)] if group else ["/api"]
    return "/".join([*steps, checked(version)] if version else steps)


def checked(name: str) -> str:
    """A name that may stand in a path; raises Refused for any other."""
    if not _NAME.fullmatch(name):
        raise Refused(f"{printable(name, 100)!r} is no name that Kubernetes knows")
    return name


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the API, for messages: a verb as RBAC has it and what it was about."""

    verb: str
    resource: Resource
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        name = f" {self.name}" if self.name else ""
        where = f"in namespace {self.namespace}" if self.namespace else "in all namespaces"
        return f"{self.verb} {self.resource}{name}" + (f" {where}" if self.resource.namespaced else "")

    @property
    def right(self) -> str:
        """The right it takes: `the verb list on imagepolicies of the group image.toolkit.fluxcd.io`."""
        if self.verb == "discover":
            return "the ClusterRole system:discovery, which every account has by default"
        # The status of an object is a resource of its own for RBAC.
        plural = self.resource.plural + ("/status" if self.verb == "patch" else "")
        return f"the verb {self.verb} on {plural} of the group {self.resource.group!r}"
