"""Which repository of which registry a policy is about, and with which credential: policies with the same share one scan."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from gitbot.config.models import Config
from gitbot.config.policy import ImageRepository, Policy
from gitbot.errors import GitbotError
from gitbot.policies.filter import DEFAULT_EXCLUSION
from gitbot.policies.scanning import Source
from gitbot.registry.name import parse_name

_REACHED = {"auth", "proxy", "insecure", "provider", "docker_config", "realms", "allow_private"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """A policy's source, the entry of `images` it comes from (None: the policy names the image itself), and its settings.

    `interval_s` 0 means every run.
    """

    source: Source
    entry: ImageRepository | None
    interval_s: float
    exclusions: tuple[str, ...]


def sourced(config: Config, policy: Policy) -> Sourced:
    """Where the tags of a policy come from; raises InvalidReferenceError for a name that the grammar forbids."""
    image = config.image_of(policy)
    name = parse_name(image)
    entry = _entry(config, policy)
    identity = _identity(entry) if entry else ""
    return Sourced(
        source=Source(image, name.host, name.repository, identity),
        entry=entry,
        interval_s=entry.interval if entry else 0.0,
        exclusions=entry.exclusion_list if entry and entry.exclusion_list else DEFAULT_EXCLUSION,
    )


def _entry(config: Config, policy: Policy) -> ImageRepository | None:
    ref = policy.image_repository_ref
    if policy.image is not None or ref is None:
        return None
    key = f"{ref.namespace or policy.namespace}/{ref.name}"
    if trouble := config.aside.trouble("images", key):
        raise GitbotError(f"ImageRepository {key}: {trouble.message}", reason=trouble.reason)
    return next(image for image in config.images if image.key == key)


def _identity(entry: ImageRepository) -> str:
    """A digest of how the registry is reached, by references: the secrets themselves stay out; "" for the plain way."""
    written = entry.model_dump(mode="json", include=_REACHED, exclude_defaults=True)
    if not any(written.values()):
        return ""
    return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:16]
