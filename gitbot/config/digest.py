"""One digest over everything that could change what an automation does."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from gitbot import __version__
from gitbot.config.automation import Automation
from gitbot.config.fields import Spec
from gitbot.config.models import Config
from gitbot.config.policy import Policy
from gitbot.config.selector import matches
from gitbot.config.templates import template_of


def digest(config: Config, automation: Automation) -> str:
    """`sha256:…` of an automation, its repository, its template's text and the policies it sees.

    Secrets enter by their references alone. What only says when it runs (interval, suspend, deadlines) stays out, so
    that a new interval costs no run. gitbot's own version is in: a new one may find what an older one did not.
    """
    visible = [
        policy
        for policy in config.policies
        if policy.namespace == automation.namespace and matches(automation.policy_selector, policy.labels)
    ]
    template = template_of(config, automation)
    described = {
        "gitbot": __version__,
        "automation": _spec(automation, "interval", "suspend"),
        "repository": _spec(config.repository_of(automation), "timeout"),
        "template": [template.name, template.engine, template.text],
        "policies": sorted(_of_policy(config, policy) for policy in visible),
    }
    return _hash(described)


def _of_policy(config: Config, policy: Policy) -> str:
    """Take the digest of one policy, once a configuration: many automations see the same policies."""
    if policy.key not in config.memo:
        config.memo[policy.key] = _hash(_spec(policy, "interval") | {"imageName": config.image_of(policy)})
    return config.memo[policy.key]


def _hash(described: dict[str, Any]) -> str:
    canonical = json.dumps(described, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _spec(spec: Spec, *without: str) -> dict[str, Any]:
    return spec.model_dump(mode="json", exclude=set(without))
