"""Flux's objects found in files, folders, globs and standard input: each with the place where it stands."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitbot.config import document
from gitbot.config.document import Document, DocumentError, key_path
from gitbot.errors import ConfigError, Problem, Severity
from gitbot.printable import printable

STDIN = "-"
SOURCE = "source.toolkit.fluxcd.io"
IMAGE = "image.toolkit.fluxcd.io"
VERSIONS = ("v1", "v1beta2", "v1beta1")
GROUPS = {
    "GitRepository": SOURCE,
    "ImageRepository": IMAGE,
    "ImagePolicy": IMAGE,
    "ImageUpdateAutomation": IMAGE,
    "Secret": "",
}
_MAX_BYTES = 64 * 1024 * 1024
_NAMES = (".yaml", ".yml", ".json")
_NEEDLES = (b"toolkit.fluxcd.io", b"Secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One object, and where it stands: `at` is its path of keys in the document `found` of the file `path`.

    `repository` is the key of the scanned repository it comes from, whose word counts for less; "" where the user gave it.
    """

    path: str
    found: Document
    at: document.Path
    value: Mapping[str, Any]
    repository: str = ""

    @property
    def kind(self) -> str:
        """One of GROUPS."""
        return str(self.value["kind"])

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Name, namespace, labels; empty when it has none."""
        return mapping(self.value.get("metadata"))

    @property
    def spec(self) -> Mapping[str, Any]:
        """What is wanted; empty when it has none."""
        return mapping(self.value.get("spec"))

    @property
    def name(self) -> str:
        """Its name, "" when it has none."""
        return str(self.metadata.get("name") or "")

    @property
    def namespace(self) -> str:
        """Its namespace, `default` unless it says so."""
        return str(self.metadata.get("namespace") or "default")

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def shown(self) -> str:
        """Kind and name, as messages have it."""
        return printable(f"{self.kind} {self.key}", 400)

    def problem(
        self, at: document.Path, message: str, *, severity: Severity = "warning", hint: str = "", code: str = "manifest"
    ) -> Problem:
        """Make a problem of what is wrong at a path of keys inside the object."""
        line, column = self.found.place((*self.at, *at))
        return Problem(
            path=self.path,
            line=line,
            column=column,
            code=code,
            severity=severity,
            message=f"{self.shown}: {message}",
            key_path=key_path(at),
            hint=hint,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The bytes of one file, the path problems show, and the repository it comes from."""

    path: str
    data: bytes
    repository: str = ""
    named: bool = True


def read(includes: Sequence[tuple[str, Path]], stdin: Callable[[], bytes]) -> tuple[list[Manifest], list[Problem]]:
    """Every object of these files, folders and globs, each relative to its base folder; each file is read once.

    Raises ConfigError for what is named and cannot be read. A file that a folder or glob leads to is left out with a
    problem when it is not YAML: not everything beside manifests is.
    """
    texts: dict[str, Text] = {}
    for include, base in includes:
        for text in _texts(include, base, stdin):
            texts.setdefault(text.path if text.path == STDIN else os.path.realpath(text.path), text)
    return objects_of(texts.values())


def objects_of(texts: Any) -> tuple[list[Manifest], list[Problem]]:
    """Every object in these texts, and a problem for what cannot be read."""
    found: list[Manifest] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            one, wrong = _objects(text)
        except DocumentError as error:
            problem = _unreadable(text.path, error.message, error.line, error.column, named=text.named)
            if text.named:
                raise ConfigError((problem,)) from None
            problems.append(problem)
            continue
        found += one
        problems += wrong
    return found, problems


def files_of(include: str, base: Path) -> list[Path]:
    """The files a folder, glob or name leads to, sorted; for those who watch them. Nothing is read."""
    path = base / include
    if path.is_dir():
        return sorted(_below(path))
    if any(char in include for char in "*?["):
        matched = (Path(name) for name in glob.glob(str(path), recursive=True))  # noqa: PTH207 - the pattern may be absolute
        return sorted(file for one in matched for file in ([one] if one.is_file() else _below(one)))
    return [path]


def _texts(include: str, base: Path, stdin: Callable[[], bytes]) -> Iterator[Text]:
    if include == STDIN:
        data = stdin()
        if not data.strip():
            raise ConfigError((_unreadable(STDIN, "standard input is empty: nothing printed manifests into it"),))
        yield Text(path=STDIN, data=data)
        return
    found = files_of(include, base)
    if not found:
        raise ConfigError((_unreadable(include, "no file of YAML or JSON is there"),))
    named = found == [base / include]
    for file in found:
        try:
            with file.open("rb") as opened:
                data = opened.read(_MAX_BYTES + 1)
        except OSError as error:
            raise ConfigError((_unreadable(str(file), f"cannot be read: {error.strerror}"),)) from error
        if named or any(needle in data for needle in _NEEDLES):
            yield Text(path=str(file), data=data, named=named)


def _below(folder: Path) -> Iterator[Path]:
    """YAML and JSON files below a folder; hidden ones and links to folders are left out."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root, name) for name in names if name.endswith(_NAMES) and not name.startswith("."))


def _objects(text: Text) -> tuple[list[Manifest], list[Problem]]:
    found: list[Manifest] = []
    problems: list[Problem] = []
    for one in document.documents(document.decode(text.data, _MAX_BYTES)):
        for at, value in _items(one.value, ()):
            made = Manifest(path=text.path, found=one, at=at, value=value, repository=text.repository)
            if wrong := _wrong(made):
                problems.append(made.problem((), wrong, severity="error"))
            elif _is_ours(value):
                found.append(made)
                problems += _mistakes(made)
    return found, problems


def _items(value: Any, at: document.Path) -> Iterator[tuple[document.Path, Mapping[str, Any]]]:
    """The object, or those of a list, whatever kind of list it is."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _items(item, (*at, index))
    elif isinstance(value, dict) and isinstance(value.get("items"), list):
        yield from _items(value["items"], (*at, "items"))
    elif isinstance(value, dict) and value.get("kind") in GROUPS and isinstance(value.get("apiVersion"), str):
        yield at, value


def _is_ours(value: Mapping[str, Any]) -> bool:
    group = GROUPS[value["kind"]]
    return str(value["apiVersion"]).rpartition("/")[0] == group


def _wrong(made: Manifest) -> str:
    """Say why an object of ours cannot be read at all; "" when it can, or is not ours."""
    if not _is_ours(made.value):
        return ""
    version = str(made.value["apiVersion"])
    if made.kind != "Secret" and version.rpartition("/")[2] not in VERSIONS:
        return f"apiVersion {printable(version, 80)} is not read; known: {', '.join(VERSIONS)}"
    return "" if made.name else "has no metadata.name"


def _mistakes(made: Manifest) -> Iterator[Problem]:
    """Keys that stand twice and tags, where they are inside the object."""
    size = len(made.at)
    for at, _, message in made.found.mistakes:
        if at[:size] == made.at:
            yield made.problem(at[size:], message, severity="error")


def _unreadable(path: str, message: str, line: int = 0, column: int = 0, *, named: bool = True) -> Problem:
    return Problem(
        path=path,
        line=line,
        column=column,
        code="manifest",
        severity="error" if named else "warning",
        message=message if named else f"the file is left out: {message}",
    )


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}
