"""The configuration file and the manifests it includes, read, validated and checked: one frozen value, or every mistake."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitbot.config import document
from gitbot.config.document import Document, DocumentError, key_path
from gitbot.config.gather import gather
from gitbot.config.manifest_items import Item
from gitbot.config.manifests import STDIN, Manifest, Text, objects_of, read
from gitbot.config.mistakes import Mistake
from gitbot.config.models import Config
from gitbot.config.references import environment
from gitbot.config.settle import settle
from gitbot.errors import ConfigError, Problem, Severity

DEFAULT = "gitbot.yaml"
_MAX_BYTES = 8 * 1024 * 1024
_EXAMPLE = "config.example.yaml shows every option; `gitbot demo` makes a working one"


def config_path(path: Path | None) -> Path:
    """Choose the configuration file: the one given, else $GITBOT_CONFIG, else ./gitbot.yaml."""
    return path if path is not None else Path(environment("GITBOT_CONFIG") or DEFAULT)


def standard_input() -> bytes:
    """All of standard input."""
    return sys.stdin.buffer.read()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is read: the file (None: `config_path` says which), and manifests besides those that it includes itself.

    `include` is relative to the current folder. `fetched` are the files of scanned repositories; None: they are not read.
    `stdin` is called at most once.
    """

    path: Path | None = None
    include: tuple[str, ...] = ()
    fetched: tuple[Text, ...] | None = None
    stdin: Callable[[], bytes] = standard_input


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without mistakes, where in its files everything stands, and what is worth saying about them."""

    config: Config
    path: Path
    found: Document
    origins: Mapping[document.Path, Item] = field(default_factory=dict)
    positions: Mapping[str, Sequence[int]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def problem(self, at: document.Path, message: str, *, severity: Severity = "error", hint: str = "") -> Problem:
        """Make a problem of what is wrong at a path of keys; it counts the items of `config`."""
        if len(at) > 1 and at[0] in self.positions and isinstance(at[1], int):
            at = (at[0], self.positions[str(at[0])][at[1]], *at[2:])
        return _Places(self.path, self.found, self.origins).problem(Mistake(at, message), severity, hint)


def load(path: Path | None = None, include: Sequence[str] = ()) -> Config:
    """Read the configuration (`config_path` says which file), and manifests besides (see `Wanted`).

    Raises ConfigError with every mistake at once, each with file:line and key path, in the order of the file.
    """
    return load_with_places(Wanted(path=path, include=tuple(include))).config


def load_with_places(wanted: Wanted | None = None) -> Loaded:
    """Do as `load`, and keep the places, for those who have more to say about the configuration."""
    wanted = wanted or Wanted()
    path = config_path(wanted.path)
    found = _document(path, needed=not wanted.include)
    base = path.absolute().parent
    manifests, problems = _manifests(found.value, base, wanted)
    gathered = gather(found.value, manifests, more_to_come=_asks_repositories(found.value))
    places = _Places(path, found, gathered.origins)
    settled = settle(gathered, base, tuple(problems))
    found.places |= {at: place for at, place, _ in found.mistakes}
    settled.mistakes += [Mistake(at, text) for at, _, text in found.mistakes]
    alone = [places.problem(mistake) for mistake in settled.alone]
    if settled.config is None or settled.mistakes:
        wrong = [places.problem(mistake) for mistake in settled.mistakes]
        raise ConfigError(tuple(sorted({*wrong, *gathered.fatal, *alone})))
    said = (*problems, *gathered.refused, *gathered.problems, *alone)
    return Loaded(settled.config, path, found, gathered.origins, settled.positions, tuple(sorted(set(said))))


def _asks_repositories(tree: Mapping[str, Any]) -> bool:
    include = tree.get("include")
    return any(isinstance(item, Mapping) for item in include) if isinstance(include, list) else False


def _manifests(tree: Mapping[str, Any], base: Path, wanted: Wanted) -> tuple[list[Manifest], list[Problem]]:
    include = tree.get("include")
    own = [(item, base) for item in include if isinstance(item, str)] if isinstance(include, list) else []
    given = [(item, Path()) for item in wanted.include]
    manifests, problems = read([*own, *given], wanted.stdin) if own or given else ([], [])
    fetched, wrong = objects_of(wanted.fetched or ())
    results = tree.get("resultsFrom")
    if any(item == STDIN for item, _ in (*own, *given)) and isinstance(results, list) and STDIN in results:
        text = "resultsFrom and include both read standard input (-), which can be read only once"
        raise ConfigError((Problem(path=STDIN, code="config", severity="error", message=text),))
    return [*manifests, *fetched], [*problems, *wrong]


def _document(path: Path, *, needed: bool = True) -> Document:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        found = document.documents(document.decode(data, _MAX_BYTES))
    except OSError as error:
        if not needed and isinstance(error, FileNotFoundError) and path == Path(DEFAULT):
            return Document({})
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
        raise _whole(
            path, "this is a Kubernetes object", "manifests are read with --include, or `include` of a configuration", 1
        )
    # An option with nothing behind it is one that is not given.
    found[0].value = {key: item for key, item in value.items() if item is not None}
    return found[0]


def _whole(path: Path, message: str, hint: str, line: int = 0, column: int = 0) -> ConfigError:
    problem = Problem(path=str(path), line=line, column=column, code="config", severity="error", message=message)
    return ConfigError((problem,), hint=hint)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the options of a tree stand: in the own configuration, or in the manifest an item was made of."""

    path: Path
    found: Document
    origins: Mapping[document.Path, Item]

    def problem(self, mistake: Mistake, severity: Severity = "error", hint: str = "") -> Problem:
        """Make a problem of a mistake."""
        item = self.origins.get(mistake.path[:2])
        if item is not None:
            rest = mistake.path[2:]
            at = ("metadata", *rest) if rest[:1] in {("name",), ("namespace",), ("labels",)} else ("spec", *rest)
            return item.manifest.problem(at, mistake.message, severity=severity, hint=hint)
        line, column = self.found.place(mistake.path)
        return Problem(
            path=str(self.path),
            line=line,
            column=column,
            code="config",
            severity=severity,
            message=mistake.message,
            key_path=key_path(mistake.path),
            hint=hint,
        )
