"""The status of automations as Flux's API has it: ImageUpdateAutomation objects of v1beta2, printed as YAML."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gitbot.errors import GitbotError
from gitbot.secret import mask
from gitbot.state.record import Record

if TYPE_CHECKING:
    from gitbot.config.models import Config

_API = "image.toolkit.fluxcd.io/v1beta2"
_FIELDS = (
    "conditions",
    "lastAutomationRunTime",
    "lastPushCommit",
    "lastPushTime",
    "observedPolicies",
    "observedSourceRevision",
)


def print_statuses(records: Iterable[Record], config: Config | None) -> None:
    """Each automation as a document: name, namespace, status."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.explicit_start = True
    yaml.width = 10_000
    for record in records:
        yaml.dump(_masked(as_object(record, config)), sys.stdout)


def as_object(record: Record, config: Config | None) -> dict[str, Any]:
    """The object: fields that say nothing are left out, as the API does; observedGeneration is -1 unless it is known."""
    known = record.as_dict()
    status = {key: known[key] for key in _FIELDS if known[key]}
    generation = _generation(record, config)
    seen = {"observedGeneration": generation}
    metadata: dict[str, Any] = {"name": record.name, "namespace": record.namespace}
    return {"apiVersion": _API, "kind": "ImageUpdateAutomation", "metadata": metadata, "status": status | seen}


def _generation(record: Record, config: Config | None) -> int:
    """The version of the object that the last good run worked with."""
    from gitbot.config.digest import digest

    found = {item.key: item for item in config.automations} if config else {}
    if config is None or record.key not in config.aside.generations or record.key not in found:
        return -1
    try:
        current = digest(config, found[record.key])
    except GitbotError:
        return -1
    return config.aside.generations[record.key] if current == record.config_digest else -1


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return mask(value) if isinstance(value, str) else value
