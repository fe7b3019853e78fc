"""Secrets among the manifests: their keys as Flux names them, turned into credentials that never print."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitbot.config.fields import SecretSource
from gitbot.config.manifests import Manifest, mapping
from gitbot.secret import Secret

_DOCKER = {"kubernetes.io/dockerconfigjson": ".dockerconfigjson", "kubernetes.io/dockercfg": ".dockercfg"}


class SecretError(ValueError):
    """A Secret that cannot serve; the words never hold a value of it."""


@dataclass(frozen=True, slots=True)
class Held:
    """One Secret: its values by key, as text; `broken` says why it has none."""

    key: str
    type: str = ""
    values: Mapping[str, Secret] = field(default_factory=dict)
    broken: str = ""

    def text(self, *names: str) -> str | None:
        """The value of the first of these keys that is there and not empty, for what is no secret."""
        source = self.get(*names)
        return None if source is None or source.held is None else source.held.reveal()

    def get(self, *names: str) -> SecretSource | None:
        """The first of these keys that is there and not empty."""
        for name in names:
            if self.values.get(name):
                return SecretSource.held_by(f"Secret {self.key}, key {name}", self.values[name])
        return None


def held(secret: Manifest) -> Held:
    """Read a Secret: `data` in base64, `stringData` as it is, the latter first. What is wrong is told when it is used."""
    if _is_encrypted(secret.value):
        return Held(secret.key, broken="is encrypted with SOPS; decrypt it first: sops -d FILE | gitbot … --include -")
    values: dict[str, Secret] = {}
    for name, value in mapping(secret.value.get("data")).items():
        text = _decoded(value)
        if text is None:
            return Held(secret.key, broken=f"data.{name} is not text in base64")
        values[name] = Secret(text)
    for name, value in mapping(secret.value.get("stringData")).items():
        if not isinstance(value, str):
            return Held(secret.key, broken=f"stringData.{name} is not a text; put it in quotes")
        values[name] = Secret(value)
    return Held(secret.key, str(secret.value.get("type") or ""), values)


def _is_encrypted(value: Mapping[str, Any]) -> bool:
    """SOPS adds a key of its own; what it has encrypted begins with `ENC[`."""
    texts = [*mapping(value.get("data")).values(), *mapping(value.get("stringData")).values()]
    return "sops" in value or any(isinstance(text, str) and text.startswith("ENC[") for text in texts)


def _decoded(value: Any) -> str | None:
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode("utf-8")
    except (AttributeError, binascii.Error, UnicodeDecodeError):
        return None


def git_auth(secret: Held, scheme: str) -> dict[str, Any]:
    """`auth` of a repository from its Secret, by the keys Flux reads for this protocol; raises SecretError."""
    if scheme == "ssh":
        return _ssh(secret)
    if scheme == "file":
        return {}
    if secret.get("githubAppID") is not None:
        raise SecretError(f"Secret {secret.key} holds a GitHub App, which this version cannot log in as")
    auth = certificates(secret)
    if token := secret.get("bearerToken"):
        return auth | {"token": token}
    username, password = secret.text("username"), secret.get("password")
    if password is not None and username is None:
        raise SecretError(f"Secret {secret.key} has a password and no username")
    return auth | ({"username": username, "password": password} if password is not None else {})


def _ssh(secret: Held) -> dict[str, Any]:
    found = {"identity": secret.get("identity"), "knownHosts": secret.get("known_hosts")}
    for name, key in (("identity", "identity"), ("knownHosts", "known_hosts")):
        if found[name] is None:
            raise SecretError(f"Secret {secret.key} has no {key}, and SSH needs identity and known_hosts")
    passphrase = secret.get("password")
    return found | ({"passphrase": passphrase} if passphrase is not None else {})


def certificates(secret: Held) -> dict[str, Any]:
    """`ca`, `cert` and `key` of a Secret, by the keys of today and those of old."""
    found = {
        "ca": secret.get("ca.crt", "caFile"),
        "cert": secret.get("tls.crt", "certFile"),
        "key": secret.get("tls.key", "keyFile"),
    }
    if (found["cert"] is None) != (found["key"] is None):
        raise SecretError(f"Secret {secret.key} has one of tls.crt and tls.key; they go together")
    return {name: source for name, source in found.items() if source is not None}


def proxy(secret: Held) -> dict[str, Any]:
    """`proxy` from its Secret; a password counts only beside a user name, as in Flux. Raises SecretError."""
    address = secret.text("address")
    if address is None:
        raise SecretError(f"Secret {secret.key} has no address of the proxy")
    username, password = secret.text("username"), secret.get("password")
    login = {"username": username, "password": password} if username and password is not None else {}
    return {"address": address, **login}


def docker_config(secret: Held) -> SecretSource | None:
    """`dockerConfig` from a Secret of a docker type; None for another type, which Flux passes over. Raises SecretError."""
    name = _DOCKER.get(secret.type) or next((key for key in _DOCKER.values() if key in secret.values), "")
    source = secret.get(name)
    if name == "":
        return None
    if source is None or source.held is None:
        raise SecretError(f"Secret {secret.key} has no {name}")
    if name == ".dockerconfigjson":
        return source
    try:
        text = json.dumps({"auths": json.loads(source.held.reveal())})
    except ValueError:
        raise SecretError(f"Secret {secret.key}: {name} is not JSON") from None
    return SecretSource.held_by(str(source), Secret(text))
