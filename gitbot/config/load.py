"""The configuration file read, validated and checked: one frozen value, or every mistake at once with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gitbot.config import document
from gitbot.config.checks import SECTIONS, Written, check
from gitbot.config.document import Document, DocumentError, key_path
from gitbot.config.mistakes import Mistake, explain
from gitbot.config.models import Config
from gitbot.config.references import environment
from gitbot.errors import ConfigError, Problem, Severity

DEFAULT = "gitbot.yaml"
_MAX_BYTES = 8 * 1024 * 1024
_EXAMPLE = "config.example.yaml shows every option; `gitbot demo` makes a working one"


def config_path(path: Path | None) -> Path:
    """Choose the configuration file: the one given, else $GITBOT_CONFIG, else ./gitbot.yaml."""
    return path if path is not None else Path(environment("GITBOT_CONFIG") or DEFAULT)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without mistakes, and where in its file everything stands."""

    config: Config
    path: Path
    found: Document

    def problem(self, at: document.Path, message: str, *, severity: Severity = "error", hint: str = "") -> Problem:
        """Make a problem of what is wrong at a path of keys."""
        return _problem(self.path, self.found, Mistake(at, message), severity, hint)


def load(path: Path | None = None) -> Config:
    """Read the configuration (`config_path` says which file).

    Raises ConfigError with every mistake at once, each with file:line and key path, in the order of the file.
    """
    return load_with_places(path).config


def load_with_places(path: Path | None = None) -> Loaded:
    """Do as `load`, and keep the places, for those who have more to say about the configuration."""
    path = config_path(path)
    found = _document(path)
    config, mistakes = _validated(found.value, path.absolute().parent)
    found.places |= {at: place for at, place, _ in found.mistakes}
    mistakes += [Mistake(at, text) for at, _, text in found.mistakes]
    if config is None or mistakes:
        raise ConfigError(tuple(sorted({_problem(path, found, mistake) for mistake in mistakes})))
    return Loaded(config, path, found)


def _document(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        found = document.documents(document.decode(data, _MAX_BYTES))
    except OSError as error:
        raise _whole(path, f"cannot be read: {error.strerror}", _EXAMPLE) from error
    except DocumentError as error:
        raise _whole(path, error.message, "", error.line, error.column) from None
    if len(found) > 1:
        raise _whole(path, "the file holds several documents (---); a configuration is one", "", *found[1].place(()))
    if not found or found[0].value is None:
        raise _whole(path, "the file is empty", _EXAMPLE)
    value = found[0].value
    if not isinstance(value, dict):
        raise _whole(path, "want a mapping of options", _EXAMPLE, 1)
    if "apiVersion" in value and "kind" in value:
        hint = "write its spec below repositories, policies or automations"
        raise _whole(path, "this is a Kubernetes object; Flux manifests cannot be read in this version", hint, 1)
    # An option with nothing behind it is one that is not given.
    found[0].value = {key: item for key, item in value.items() if item is not None}
    return found[0]


def _whole(path: Path, message: str, hint: str, line: int = 0, column: int = 0) -> ConfigError:
    problem = Problem(path=str(path), line=line, column=column, code="config", severity="error", message=message)
    return ConfigError((problem,), hint=hint)


def _problem(path: Path, found: Document, mistake: Mistake, severity: Severity = "error", hint: str = "") -> Problem:
    line, column = found.place(mistake.path)
    return Problem(
        path=str(path),
        line=line,
        column=column,
        code="config",
        severity=severity,
        message=mistake.message,
        key_path=key_path(mistake.path),
        hint=hint,
    )


def _validated(tree: Mapping[str, Any], base: Path) -> tuple[Config | None, list[Mistake]]:
    """Make the configuration, when all of it is right, and list every mistake; what is right is checked in any case."""
    positions = {section: list(range(len(_items(tree, section)))) for section in SECTIONS}
    written = Written.of(tree)
    mistakes = [*written.duplicates(), *written.unknown(tree)]
    try:
        config = _validate(tree)
    except ValidationError as error:
        mistakes += explain(error.errors(include_url=False), tree)
        bad = {details["loc"][:2] for details in error.errors(include_url=False, include_input=False)}
        positions, rest = _salvaged(tree, bad)
        try:
            config = _validate(rest)
        except ValidationError:
            return None, mistakes
    config = config.at(base)
    mistakes += check(config, positions)
    return (None if mistakes else config), mistakes


def _validate(tree: Any) -> Config:
    return Config.model_validate(tree, by_alias=True, by_name=False)


def _items(tree: Mapping[str, Any], section: str) -> list[Any]:
    items = tree.get(section)
    return items if isinstance(items, list) else []


def _salvaged(tree: Mapping[str, Any], bad: set[tuple[Any, ...]]) -> tuple[dict[str, list[int]], dict[str, Any]]:
    """Keep what has no mistakes: whole options, and of the sections each item that is right, with its place."""
    wrong = {place[0] for place in bad if place and (place[0] not in SECTIONS or len(place) == 1)}
    rest = {key: value for key, value in tree.items() if key not in wrong}
    positions: dict[str, list[int]] = {}
    for section in SECTIONS:
        items = _items(rest, section)
        positions[section] = [index for index in range(len(items)) if (section, index) not in bad]
        rest[section] = [items[index] for index in positions[section]]
    return positions, rest
