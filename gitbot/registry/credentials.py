"""Who we are at a registry: a credential, and which entry of a docker configuration is for an image (kubelet's rules)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from gitbot.errors import UsageError
from gitbot.registry.name import HUB_ALIASES, Name
from gitbot.secret import Secret, remember_pair

_HUB_SERVER = "https://index.docker.io/v1/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """User name and password; or an identity token (OAuth 2 refresh token); or a registry token (sent as Bearer as it is).

    `source` says where it was found, for messages; never a secret.
    """

    username: str = ""
    password: Secret | None = None
    identity_token: Secret | None = None
    registry_token: Secret | None = None
    source: str = ""

    @property
    def basic(self) -> str:
        """The value of an Authorization header, "" without user name and password."""
        if not self.password:
            return ""
        remember_pair(self.username, self.password)
        pair = f"{self.username}:{self.password.reveal()}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def __bool__(self) -> bool:
        return bool(self.password or self.identity_token or self.registry_token)


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """What a docker `config.json` (or a Kubernetes secret of that kind) says; `source` names it in messages."""

    source: str
    entries: Mapping[str, Credential] = field(default_factory=dict)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for an image.

    A credential; or the `server` to ask a credential `helper` about; or a `note` why the registry is asked anonymously.
    """

    credential: Credential | None = None
    helper: str = ""
    server: str = ""
    note: str = ""


def parse_docker_config(text: str, source: str) -> DockerConfig:
    """Read `config.json`, `.dockerconfigjson` or the older `.dockercfg`; raises UsageError, never quoting the text."""
    try:
        read = json.loads(text)
    except ValueError:
        raise UsageError(f"{source} is not JSON") from None
    if not isinstance(read, dict):
        raise UsageError(f"{source} is not a docker configuration: want a JSON object")
    newer = read.keys() & {"auths", "credHelpers", "credsStore"}
    auths = _mapping(read.get("auths"), f"auths of {source}") if newer else read
    helpers = _mapping(read.get("credHelpers"), f"credHelpers of {source}")
    store = read.get("credsStore")
    entries = {
        key: credential
        for key, entry in auths.items()
        if isinstance(entry, dict) and (credential := _entry(entry, f"entry {key} of {source}"))
    }
    return DockerConfig(source, entries, {key: str(name) for key, name in helpers.items()}, str(store or ""))


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict | None):
        raise UsageError(f"{what} is not a JSON object")
    return value or {}


def _entry(entry: Mapping[str, Any], source: str) -> Credential:
    """`auth` (base64 of `user:password`) wins over `username` and `password`."""
    username, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if auth := str(entry.get("auth") or ""):
        username, password = _decode(auth, source)
    identity, token = str(entry.get("identitytoken") or ""), str(entry.get("registrytoken") or "")
    return Credential(
        username=username,
        password=Secret(password) if password else None,
        identity_token=Secret(identity) if identity else None,
        registry_token=Secret(token) if token else None,
        source=source,
    )


def _decode(auth: str, source: str) -> tuple[str, str]:
    text = auth.strip().rstrip("=")
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise UsageError(f"the auth of {source} is not base64 of user:password") from None
    username, colon, password = plain.partition(":")
    if not colon:
        raise UsageError(f"the auth of {source} is not base64 of user:password")
    # docker pads the password of some stores with NUL.
    return username, password.strip("\0")


def find(config: DockerConfig, name: Name) -> Found:
    """What the configuration has for an image: `credHelpers` of its host, then `auths`, then `credsStore`."""
    server = _HUB_SERVER if name.host in HUB_ALIASES else name.host
    for key, helper in config.helpers.items():
        if _split(key)[0] in _hosts(name):
            return Found(helper=helper, server=server)
    for key in sorted(config.entries, reverse=True):
        if matches(key, name):
            return Found(credential=config.entries[key])
    if config.store:
        return Found(helper=config.store, server=server)
    count = len(config.entries) + len(config.helpers)
    return Found(note=f"none of the {count} entries of {config.source} is for {name}; it is asked anonymously")


def matches(key: str, name: Name) -> bool:
    """Whether a key of `auths` is for an image, as kubelet decides, with the names of Docker Hub taken for one.

    Host labels are compared one by one and may be patterns (`*.example.com`), the port must be the same, and the key's path
    must be what the repository begins with.
    """
    host, path = _split(key)
    if not f"/{name.repository}".startswith(path):
        return False
    return any(_same_host(host, wanted) for wanted in _hosts(name))


def _hosts(name: Name) -> frozenset[str]:
    return HUB_ALIASES if name.host in HUB_ALIASES else frozenset({name.host})


def _split(key: str) -> tuple[str, str]:
    """Host and path of a key, without scheme; `/v1/` and `/v2/` mean the whole host."""
    rest = key.partition("://")[2] or key
    host, _, path = rest.partition("/")
    for version in ("v1", "v2"):
        if path == version or path.startswith(f"{version}/"):
            path = path.removeprefix(version).removeprefix("/")
            break
    return host.lower(), f"/{path}" if path else ""


def _same_host(pattern: str, host: str) -> bool:
    pattern_name, _, pattern_port = pattern.partition(":")
    name, _, port = host.partition(":")
    labels, wanted = pattern_name.split("."), name.split(".")
    if pattern_port != port or len(labels) != len(wanted):
        return False
    return all(fnmatchcase(label, glob) for glob, label in zip(labels, wanted, strict=True))
