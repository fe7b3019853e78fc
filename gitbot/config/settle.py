"""A tree of options validated: the configuration, the mistakes that stop it, and those that fail one object alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gitbot.config import document
from gitbot.config.aside import Aside, Trouble
from gitbot.config.checks import SECTIONS, Written, check
from gitbot.config.gather import Gathered
from gitbot.config.manifests import mapping
from gitbot.config.mistakes import Mistake, explain
from gitbot.config.models import Config
from gitbot.errors import Problem


@dataclass(slots=True)
class Settled:
    """`mistakes` stop everything; `alone` fail the object of a manifest that they are about.

    `positions` says where in its section of the tree each item of the configuration was.
    """

    config: Config | None = None
    positions: Mapping[str, list[int]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    alone: list[Mistake] = field(default_factory=list)


def settle(gathered: Gathered, base: Path, problems: tuple[Problem, ...] = ()) -> Settled:
    """Make the configuration, when all of it is right, and list every mistake; what is right is checked in any case."""
    tree = gathered.tree
    found = Settled(mistakes=list(gathered.mistakes))
    written = Written.of(tree)
    found.mistakes += written.duplicates()
    bad = _sorted_out(found, gathered, written.unknown(tree))
    try:
        config: Config | None = _validate(tree)
    except ValidationError as error:
        config = None
        wrong = explain(error.errors(include_url=False), tree)
        _sorted_out(found, gathered, wrong)
        bad |= {details["loc"][:2] for details in error.errors(include_url=False, include_input=False)}
    bad |= _sorted_out(found, gathered, _cascade(gathered, bad))
    positions = {section: list(range(len(_items(tree, section)))) for section in SECTIONS}
    if config is None or bad:
        positions, rest = _salvaged(tree, bad)
        try:
            config = _validate(rest)
        except ValidationError:
            return found
    found.positions = positions
    for mistake in check(config.at(base), positions):
        (found.alone if mistake.path[:2] in gathered.origins else found.mistakes).append(mistake)
    if not found.mistakes and not gathered.fatal:
        found.config = config.at(base, _aside(gathered, found, bad, problems))
    return found


def _sorted_out(found: Settled, gathered: Gathered, mistakes: Any) -> set[document.Path]:
    """Put each mistake where it belongs; the places of those that fail an object alone."""
    bad: set[document.Path] = set()
    for mistake in mistakes:
        item = gathered.origins.get(mistake.path[:2])
        if item is not None and (item.section in {"images", "policies"} or item.manifest.repository):
            found.alone.append(mistake)
            bad.add(mistake.path[:2])
        else:
            found.mistakes.append(mistake)
    return bad


def _cascade(gathered: Gathered, bad: set[document.Path]) -> Iterator[Mistake]:
    """Policies whose image is one that fails."""
    items = _items(gathered.tree, "images")
    gone = {_key(items[at[1]]) for at in bad if at in gathered.origins and at[0] == "images" and isinstance(at[1], int)}
    for index, item in enumerate(_items(gathered.tree, "policies") if gone else []):
        ref = mapping(mapping(item).get("imageRepositoryRef"))
        key = f"{ref.get('namespace') or mapping(item).get('namespace') or 'default'}/{ref.get('name')}"
        if ref and key in gone and ("policies", index) not in bad:
            yield Mistake(("policies", index, "imageRepositoryRef"), f"the ImageRepository {key} cannot be used")


def _aside(gathered: Gathered, found: Settled, bad: set[document.Path], problems: tuple[Problem, ...]) -> Aside:
    troubles = dict(gathered.troubles)
    for mistake in reversed(found.alone):
        item = gathered.origins[mistake.path[:2]]
        where = document.key_path(mistake.path[2:])
        text = f"{where} {mistake.message}" if where else mistake.message
        troubles[item.section, item.manifest.key] = Trouble(text, _reason(mistake.path))
    dropped = {
        item.manifest.key.replace("/", ":", 1): item.value.get("labels", {})
        for at, item in gathered.origins.items()
        if at in bad and item.section == "policies"
    }
    return Aside(
        troubles=troubles,
        dropped=dropped,
        latest=gathered.latest,
        generations=gathered.generations,
        problems=(*problems, *gathered.refused),
    )


def _reason(path: document.Path) -> str:
    """Flux's condition reason for what is wrong there."""
    if path[2:3] == ("policySelector",):
        return "InvalidPolicySelector"
    return (
        "InvalidSourceConfiguration"
        if path[0] == "automations" and path[2:4] != ("git", "push")
        else "SourceManagerFailed"
    )


def _validate(tree: Any) -> Config:
    return Config.model_validate(tree, by_alias=True, by_name=False)


def _items(tree: Mapping[str, Any], section: str) -> list[Any]:
    items = tree.get(section)
    return items if isinstance(items, list) else []


def _key(item: Any) -> str:
    return f"{mapping(item).get('namespace') or 'default'}/{mapping(item).get('name')}"


def _salvaged(tree: Mapping[str, Any], bad: set[document.Path]) -> tuple[dict[str, list[int]], dict[str, Any]]:
    """Keep what has no mistakes: whole options, and of the sections each item that is right, with its place."""
    wrong = {place[0] for place in bad if place and (place[0] not in SECTIONS or len(place) == 1)}
    rest = {key: value for key, value in tree.items() if key not in wrong}
    positions: dict[str, list[int]] = {}
    for section in SECTIONS:
        items = _items(rest, section)
        positions[section] = [index for index in range(len(items)) if (section, index) not in bad]
        rest[section] = [items[index] for index in positions[section]]
    return positions, rest
