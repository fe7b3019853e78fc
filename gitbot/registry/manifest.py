"""Manifests and indexes: what we say we accept, and which platforms an image is for; no network."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# Both kinds, or a registry answers with the manifest of one platform where it has an index.
ACCEPT = ", ".join((*INDEXES, *MANIFESTS))
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digest_of(body: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def read_manifest(body: bytes) -> dict[str, Any]:
    """The JSON of a manifest or index of schema version 2; raises ValueError, saying why, for anything else."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(read, dict) or read.get("schemaVersion") != 2:
        raise ValueError("no manifest of schema version 2")
    return read


def is_index(manifest: dict[str, Any]) -> bool:
    """Whether it lists manifests of platforms; the media type is optional in OCI."""
    return manifest.get("mediaType") in INDEXES or isinstance(manifest.get("manifests"), list)


def platforms_of_index(manifest: dict[str, Any]) -> frozenset[str]:
    """`os/architecture[/variant]` of every entry; attestations (`unknown/unknown`) and entries without platform are none."""
    found = (platform(entry.get("platform")) for entry in _entries(manifest))
    return frozenset(name for name in found if name)


def _entries(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    entries = manifest.get("manifests")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def platform(value: Any) -> str:
    """`linux/arm64/v8` from a platform object or an image configuration, "" when it names none."""
    if not isinstance(value, dict):
        return ""
    parts = [value.get("os"), value.get("architecture"), value.get("variant")]
    if not all(isinstance(part, str) and part and part != "unknown" for part in parts[:2]):
        return ""
    return "/".join(str(part) for part in parts if part)


def config_digest(manifest: dict[str, Any]) -> str:
    """The digest of an image's configuration, "" when there is no valid one."""
    config = manifest.get("config")
    text = config.get("digest") if isinstance(config, dict) else ""
    return text if isinstance(text, str) and DIGEST.fullmatch(text) else ""


def first_image(manifest: dict[str, Any]) -> str:
    """The digest of the first entry of an index that is for a platform, "" when there is none."""
    for entry in _entries(manifest):
        if platform(entry.get("platform")):
            text = entry.get("digest")
            return text if isinstance(text, str) and DIGEST.fullmatch(text) else ""
    return ""


def labels_of(config: Any) -> dict[str, str]:
    """The labels of an image configuration; what is no text is none."""
    inner = config.get("config") if isinstance(config, dict) else None
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    return {key: text for key, text in labels.items() if isinstance(text, str)} if isinstance(labels, dict) else {}
